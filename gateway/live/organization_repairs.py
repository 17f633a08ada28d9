"""Fetches what organizations in memory miss: the rest of a stream, or a new snapshot where theirs is of another stream.

Each stream is fetched by itself: an upstream that does not answer keeps nobody from the others. Nothing is ever folded
again from the first event, and nothing is quarantined: what is in memory is shown until the snapshot is there.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from functools import partial
from typing import Protocol

from gateway.live.cache_limits import CacheLimits
from gateway.live.organization_view import OrganizationView
from gateway.live.reload_backoff import ReloadBackoff
from gateway.live.stream_upstream import StreamUpstream
from gateway.upstream.ports import UnknownOrganization, Unreachable, Unreadable, Upstreams
from gateway.upstream.streams import ALIGNMENT, GOALS, SOURCES
from goldenthread.contracts.entities import Id
from goldenthread.runtime.observability.failures import log_unforeseen
from goldenthread.runtime.streams.organization_streams import BrokenPage
from goldenthread.runtime.streams.position import GONE
from goldenthread.runtime.streams.repairs import Repairs, Work

log = logging.getLogger(__name__)


class Repaired(Protocol):
    """The organizations in memory (`OrganizationCache`)."""

    @property
    def organizations(self) -> Mapping[Id, OrganizationView]:
        """Those in memory."""
        ...

    def is_loading(self, organization: Id) -> bool:
        """Whether a snapshot of it is being read: what is fetched meanwhile is void."""
        ...

    def read_changed_names(self, view: OrganizationView) -> None:
        """Something may be shown that was not."""
        ...

    async def load_again(self, view: OrganizationView, *, judged: bool, keep: bool) -> None:
        """Replace what is shown by a new snapshot. Raises `Unreachable` and `UnknownOrganization`."""
        ...

    def forget(self, organization: Id) -> None:
        """Remove an organization from memory."""
        ...


class OrganizationRepairs:
    """The repairs of all organizations in a cache, for each stream, and those that need a new snapshot."""

    def __init__(self, cache: Repaired, upstreams: Upstreams, limits: CacheLimits, backoff: ReloadBackoff) -> None:
        self._cache, self._limits = cache, limits
        self.upstreams = {source: StreamUpstream(upstreams, source) for source in SOURCES}
        self._streams = {source: self._repairs(partial(self._catch_up, source)) for source in SOURCES}
        self._reloads = self._repairs(self._reload, backoff.pause)
        self._all = (self._reloads, *self._streams.values())
        self._backoff = backoff
        self._forked: set[Id] = set()
        """Organizations whose goals went on from an earlier revision: what is known of them rests on other goals."""

    def is_at_work(self, organization: Id) -> bool:
        """Whether an organization is being repaired: not one that only waits for an upstream which is away."""
        return any(each.is_at_work(organization) for each in self._all)

    def request(self, organization: Id, source: str, *, waiting: bool = False) -> None:
        """Fetch what is missing of a stream; with `waiting`, a little later and only if commits still wait for it."""
        self._streams[source].request(organization, waiting=waiting)
        if not waiting:
            self._streams[source].hurry(organization)

    def reload(self, organization: Id) -> None:
        """Read a new snapshot."""
        self._reloads.request(organization)

    async def attempt(self, organization: Id, source: str) -> None:
        """Fetch what is missing of a stream now, and wait for one attempt."""
        await self._streams[source].attempt(organization)

    def retry_now(self, source: str) -> None:
        """An upstream that was away is back."""
        self._streams[source].retry_now()
        self._reloads.retry_now()

    async def until_attempted(self) -> None:
        """Wait until nothing is being repaired but what waits for another attempt."""
        while any([await self._busy(each) for each in self._all]):
            pass

    def close(self) -> None:
        """Stop repairing."""
        for each in self._all:
            each.cancel(each.organizations())

    def forget(self, organization: Id) -> None:
        """Forget an organization that is not in memory any more."""
        for each in self._all:
            each.cancel([organization])
        self._backoff.forget(organization)
        self._forked.discard(organization)

    # -- inside -------------------------------------------------------------------------------------------------------

    def _repairs(self, work: Work, pause_before: Callable[[Id], float] | None = None) -> Repairs:
        limits = self._limits
        return Repairs(
            work,
            width=limits.width,
            patience=limits.patience,
            slowest=limits.slowest,
            consumer="gateway",
            pause_before=pause_before,
        )

    async def _catch_up(self, source: str, organization: Id, asked: bool) -> bool:
        """Fetch one stream up to its head; False when its upstream did not answer, or something waits for goals."""
        view = self._cache.organizations.get(organization)
        if view is None or self._is_void(view, source) or not (asked or view.streams.waiting):
            return True
        full = [each for each in SOURCES if view.streams.full(each)]
        try:
            follows = await self._fetch(view, source)
        except (BrokenPage, Unreadable) as broken:
            log.warning("%s is loaded again: %s", organization, broken)
            follows = False
        except Unreachable as error:
            log.warning("%s was not repaired, it is tried again: %s", organization, error)
            return False
        except Exception as error:
            message = f"{source} of {organization} cannot be shown; it is loaded again"
            log_unforeseen("gateway", message, error, organization=organization)
            follows = False
        if not follows:
            self.reload(organization)
            return True
        for each in full:
            self.request(organization, each)  # what there was no room for
        return not (source == GOALS and view.streams.waiting)  # for goals that are not written yet, or not any more

    async def _fetch(self, view: OrganizationView, source: str) -> bool:
        """Page by page until the upstream has no more; False when what is shown is not of its stream."""
        while True:
            streams, asked = view.streams, view.streams.received(source)
            page = await self.upstreams[source].events(view.id, asked.sequence, self._limits.page)
            if self._is_void(view, source):
                return True
            if page.head == GONE:
                self._deleted(view, source)
                return True
            if view.streams is not streams:
                continue  # loaded anew meanwhile: another place is asked for
            if not streams.continues(asked, page):
                log.warning("%s is loaded again: %s does not go on from %s", view.id, source, asked)
                if source == GOALS:
                    self._forked.add(view.id)
                return False
            if not page.events and page.head != asked:
                raise Unreachable(f"{source} has events after {asked.sequence} and does not give them")
            view.take(source, asked, page)
            if page.events and streams.received(source) == asked and not streams.full(source):
                raise Unreachable(f"{source} gives half a commit after {asked.sequence}")
            if page.through is not None and source == ALIGNMENT:
                view.judged_through(page.head, page.through)
            self._cache.read_changed_names(view)
            if view.streams.received(source).sequence >= page.head.sequence:
                view.caught_up(source)
                return True
            if view.streams.full(source):
                return True  # the rest is fetched when goals are here on which what is here rests

    def _deleted(self, view: OrganizationView, source: str) -> None:
        """An upstream has deleted an organization. What goals says counts: it is forgotten, and whoever listens is told
        that there is nothing more to hear.
        """
        if source != GOALS:
            self.request(view.id, GOALS)
            return
        log.warning("%s was deleted", view.id)
        self._cache.forget(view.id)
        view.end()

    def _is_void(self, view: OrganizationView, source: str) -> bool:
        """A snapshot is on its way, or is needed, which has all of it."""
        here = self._cache.organizations.get(view.id) is view
        unknown = source == ALIGNMENT and not view.verdicts_known
        return not here or unknown or view.failed or self._cache.is_loading(view.id)

    async def _reload(self, organization: Id, _: bool) -> bool:
        view = self._cache.organizations.get(organization)
        if view is None:
            return True
        forked = organization in self._forked
        # One that is shown without verdicts, and needs nothing else, is loaded anew only with them.
        judged = not (view.verdicts_known or forked or view.failed)
        try:
            await self._cache.load_again(view, judged=judged, keep=not forked)
        except Unreachable as error:
            log.warning("%s was not loaded again: %s", organization, error)
            return False
        except UnknownOrganization:
            log.warning("%s is not there any more: goals was restored to a time before it", organization)
            self._cache.forget(organization)
            view.end()
            return True
        self._forked.discard(organization)
        for source in SOURCES:
            self.request(organization, source)
        return True

    async def _busy(self, repairs: Repairs) -> bool:
        """Wait for what is under way; whether there was any."""
        busy = repairs.at_work
        await repairs.until_attempted()
        return busy
