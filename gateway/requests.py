"""From a token to the organisation its bearer may see: what every request and every socket begins with."""

from __future__ import annotations

from gateway.callers import admit, known
from gateway.commanding import reached
from gateway.context import Context
from gateway.errors import BadRequest, Unavailable
from gateway.hub import Hub
from gateway.sources import UnknownOrganization, Unreachable
from goldenthread.runtime.auth import KeysUnavailable, Unauthenticated, Verifier
from goldenthread.runtime.clock import Clock

REVISION_WITHIN = 3.0
"""Seconds a request waits for the revision it asks for."""


class Requests:
    """Makes the context of a request. Every refusal is a `BadRequest` with a code."""

    def __init__(self, hub: Hub, verifier: Verifier, clock: Clock) -> None:
        self._hub, self._verifier, self._clock = hub, verifier, clock

    async def context(
        self, authorization: str | None, revision: str | None = None, traceparent: str | None = None
    ) -> Context:
        """Who asks, a live person, and their organisation as it is now, or at `revision` at least."""
        try:
            caller = await self._verifier.caller(authorization)
        except Unauthenticated as error:
            raise BadRequest(str(error), "UNAUTHENTICATED") from error
        except KeysUnavailable as error:
            raise Unavailable(str(error)) from error
        if caller.service or caller.organization is None:
            raise BadRequest("This token speaks for a service; take a token of an organisation.", "FORBIDDEN")
        try:
            model = await self._hub.get(caller.organization)
        except UnknownOrganization as error:
            raise BadRequest("There is no organisation that this token is for.", "FORBIDDEN") from error
        except Unreachable as error:
            raise Unavailable(f"The organisation cannot be loaded now: {error}. Try again.") from error
        await admit(self._hub, model, caller)
        context = Context(caller, model, self._hub, self._clock, traceparent)
        await self._reach(context, revision)
        if revision is not None and known(model, caller) is None:
            await admit(self._hub, model, caller)  # they left while the revision was waited for
        return context

    async def _reach(self, context: Context, revision: str | None) -> None:
        """Wait, bounded, until the revision asked for is shown and judged; not shown in time is an error."""
        if revision is None:
            return
        if not (revision.isascii() and revision.isdigit()):
            raise BadRequest("Golden-Thread-Min-Revision must be a whole number: a `revision` you were answered.")
        wanted = int(revision)
        if context.model.revision < wanted:
            self._hub.repair(context.model.id)
        if not await reached(context, wanted, REVISION_WITHIN) and context.model.revision < wanted:
            raise Unavailable(f"Revision {wanted} is not here yet, only {context.model.revision}. Try again.")
