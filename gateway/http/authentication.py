"""From a token to the organization its bearer may see: what every request and every socket begins with."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from msgspec import Struct

from gateway.budget.caller_pace import CallerPaces
from gateway.errors import BadRequest, OrganizationRequired, RateLimited, Unavailable
from gateway.live.callers import admit, person_of
from gateway.live.organization_cache import OrganizationCache
from gateway.live.sign_ins import FirstSignIns
from gateway.request.command_execution import reached
from gateway.request.context import RequestContext
from gateway.request.import_dry_runs import ImportDryRuns
from gateway.upstream.ports import UnknownOrganization, Unreachable
from goldenthread.runtime.clock import Clock
from goldenthread.runtime.identity.caller import (
    Caller,
    KeysUnavailable,
    NotPermitted,
    OrganizationChoiceNeeded,
    Unauthenticated,
)
from goldenthread.runtime.identity.verifier import Verifier
from goldenthread.runtime.web.concurrency_limits import CallerLimit, CallerLimitReached

REVISION_WITHIN = 3.0
"""Seconds a request waits for the revision it asks for."""
_MOST_DIGITS = 18
"""Of a revision; Python refuses to read very long numbers."""


class CallerLimits(Struct, frozen=True, kw_only=True):
    """What one caller may have at once in this process: open sockets, subscriptions, and
    requests that are being answered."""

    sockets: int = 50
    subscriptions: int = 1_000
    requests: int = 20


class RequestAuthenticator:
    """Makes the context of a request. Every refusal is a `BadRequest` with a code."""

    def __init__(
        self,
        cache: OrganizationCache,
        verifier: Verifier,
        clock: Clock,
        limits: CallerLimits | None = None,
        sign_ins: FirstSignIns | None = None,
    ) -> None:
        self._cache, self._verifier, self._clock = cache, verifier, clock
        self._sign_ins = sign_ins or FirstSignIns(cache.upstreams)
        limits = limits or CallerLimits()
        self._paces, self._import_dry_runs = CallerPaces(), ImportDryRuns()
        self._in_flight, self._sockets = CallerLimit(limits.requests), CallerLimit(limits.sockets)
        self._subscriptions = CallerLimit(limits.subscriptions)

    async def context(
        self, authorization: str | None, revision: str | None = None, organization: str | None = None
    ) -> RequestContext:
        """Who asks, a live person, and their organization as it is now, or at `revision` at least."""
        return await self.context_of(await self.caller(authorization, organization), revision)

    @contextmanager
    def in_flight(self, caller: Caller) -> Iterator[None]:
        """A request of `caller` while it is answered. Raises `RateLimited` when they have too many."""
        with _limited(self._in_flight, caller, "{} requests of yours are being answered. Send the next after one."):
            yield

    @contextmanager
    def subscription(self, caller: Caller) -> Iterator[None]:
        """A subscription of `caller` while it lasts. Raises `RateLimited` when they have too many."""
        with _limited(self._subscriptions, caller, "You have {} subscriptions. End one before you begin another."):
            yield

    @contextmanager
    def socket(self, caller: Caller) -> Iterator[None]:
        """A socket of `caller` while it is open. Raises `RateLimited` when they have too many."""
        with _limited(self._sockets, caller, "You have {} sockets open. Close one, or subscribe on it."):
            yield

    async def caller(
        self, authorization: str | None, organization: str | None = None, *, choice_needed: bool = True
    ) -> Caller:
        """Whom the token speaks for, in the organization that was chosen or is the only one: all that is asked before a
        request's body is read. Without `choice_needed` several organizations may be left to choose from.
        """
        try:
            caller = await self._verifier.caller(authorization, organization)
        except Unauthenticated as error:
            raise BadRequest(str(error), "UNAUTHENTICATED") from error
        except NotPermitted as error:
            raise BadRequest(str(error), "FORBIDDEN") from error
        except KeysUnavailable as error:
            raise Unavailable(str(error)) from error
        if choice_needed or caller.service or not caller.organizations:
            _organization(caller)
        return caller

    async def context_of(self, caller: Caller, revision: str | None = None) -> RequestContext:
        """As `context`, for a caller who is known."""
        try:
            view = await self._cache.get(_organization(caller))
        except UnknownOrganization as error:
            raise BadRequest("There is no organization that this token is for.", "FORBIDDEN") from error
        except Unreachable as error:
            raise Unavailable(f"The organization cannot be loaded now: {error}. Try again.") from error
        self._sign_ins.saw(view, await admit(self._cache, view, caller))
        pace = self._paces.of(caller.key)
        context = RequestContext(caller, view, self._cache, self._clock, pace, import_dry_runs=self._import_dry_runs)
        await self._reach(context, revision)
        if revision is not None and person_of(view, caller) is None:
            await admit(self._cache, view, caller)  # they left while the revision was waited for
        return context

    async def paced(self, context: RequestContext) -> None:
        """Wait until the caller's next execution may begin, and see that they are still here. Raises `BadRequest`."""
        await context.pace.wait()
        if person_of(context.view, context.caller) is None:
            await admit(self._cache, context.view, context.caller)

    async def _reach(self, context: RequestContext, revision: str | None) -> None:
        """Wait, bounded, until the revision asked for is shown and judged; not shown in time is an error."""
        if revision is None:
            return
        if not (revision.isascii() and revision.isdigit() and len(revision) <= _MOST_DIGITS):
            raise BadRequest(
                "The header Golden-Thread-Min-Revision must be a whole number of at most"
                f" {_MOST_DIGITS} digits: a `revision` you were answered."
            )
        wanted = int(revision)
        if context.view.revision < wanted:
            self._cache.repair(context.view.id)
        if not await reached(context, wanted, REVISION_WITHIN) and context.view.revision < wanted:
            raise Unavailable(f"Revision {wanted} is not here yet, only {context.view.revision}. Try again.")


def _organization(caller: Caller) -> str:
    """The organization that the caller acts in. Raises `BadRequest` for whoever has none, or has to choose."""
    try:
        return caller.chosen_organization()
    except OrganizationChoiceNeeded as error:
        raise OrganizationRequired(str(error), error.organizations) from error
    except NotPermitted as error:
        raise BadRequest(str(error), "FORBIDDEN") from error


@contextmanager
def _limited(counts: CallerLimit, caller: Caller, message: str) -> Iterator[None]:
    try:
        counts.begin(caller.key)
    except CallerLimitReached as error:
        raise RateLimited(message.format(counts.most)) from error
    try:
        yield
    finally:
        counts.end(caller.key)
