"""From a token to the organization its bearer may see: what every request and every socket begins with."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from msgspec import Struct
from starlette.responses import Response

from gateway.budget.caller_pace import CallerPaces
from gateway.budget.quotas import AT_ONCE, LIMIT, POLICY, Quota, QuotaState, partition_key
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

_LIMIT, _POLICY = LIMIT.lower().encode(), POLICY.lower().encode()
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
        self._requests_quota = Quota("requests-per-replica", limits.requests, AT_ONCE)
        self._requests_policy = self._requests_quota.policy.encode()
        self._sockets_quota = Quota("sockets-per-replica", limits.sockets)
        self._subscriptions_quota = Quota("subscriptions-per-replica", limits.subscriptions)

    async def context(
        self, authorization: str | None, revision: str | None = None, organization: str | None = None
    ) -> RequestContext:
        """Who asks, a live person, and their organization as it is now, or at `revision` at least."""
        return await self.context_of(await self.caller(authorization, organization), revision)

    @contextmanager
    def in_flight(self, caller: Caller) -> Iterator[None]:
        """A request of `caller` while it is answered. Raises `RateLimited` when they have too many."""
        message = "{} requests of yours are being answered by this replica. Send the next after one."
        with _limited(self._in_flight, self._requests_quota, caller, message):
            yield

    def show_quota(self, answer: Response, caller: Caller) -> None:
        """Say in the headers of an answer how many requests `caller` may have under way here, and how many more now;
        unless they say already which quota is used up.
        """
        told = answer.raw_headers  # appended to, since every request pays for this
        if not any(name == _LIMIT for name, _ in told):
            key = caller.key
            left = self._in_flight.left(key)
            told.append((_POLICY, self._requests_policy))
            told.append((_LIMIT, QuotaState(self._requests_quota, left, partition_key(*key[0], key[1])).limit.encode()))

    @contextmanager
    def subscription(self, caller: Caller) -> Iterator[None]:
        """A subscription of `caller` while it lasts. Raises `RateLimited` when they have too many."""
        message = "You have {} subscriptions at this replica. End one before you begin another."
        with _limited(self._subscriptions, self._subscriptions_quota, caller, message):
            yield

    @contextmanager
    def socket(self, caller: Caller) -> Iterator[None]:
        """A socket of `caller` while it is open. Raises `RateLimited` when they have too many."""
        message = "You have {} sockets open at this replica. Close one, or subscribe on it."
        with _limited(self._sockets, self._sockets_quota, caller, message):
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


def _partition(caller: Caller) -> str:
    login, organization = caller.key
    return partition_key(*login, organization)


@contextmanager
def _limited(counts: CallerLimit, quota: Quota, caller: Caller, message: str) -> Iterator[None]:
    try:
        counts.begin(caller.key)
    except CallerLimitReached as error:
        raise RateLimited(message.format(counts.most), QuotaState(quota, 0, _partition(caller))) from error
    try:
        yield
    finally:
        counts.end(caller.key)
