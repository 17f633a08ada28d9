"""The organizations this process serves: loaded on demand, kept current, forgotten when idle.

Events come in by `deliver`, from wherever; what is missing is fetched from its upstream in the organization's own tasks
(`organization_repairs.py`), and nobody else waits for it. While an organization is loaded its events are kept, so the
consumer must run before.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from time import monotonic

from gateway.budget.replay_memory import ReplayPages
from gateway.live.cache_limits import CacheLimits
from gateway.live.folded_organization import FoldedOrganization, Index
from gateway.live.history_cache import HistoryCache
from gateway.live.import_runs import ImportRuns
from gateway.live.names_reader import NamesReader
from gateway.live.organization_repairs import OrganizationRepairs
from gateway.live.organization_view import OrganizationView
from gateway.live.reload_backoff import ReloadBackoff
from gateway.upstream.ports import OrganizationSnapshot, Unreachable, Upstreams
from gateway.upstream.streams import ALERTS, ALIGNMENT, GOALS, SOURCES
from goldenthread.contracts.entities import Id
from goldenthread.contracts.envelope import DELETED, Event
from goldenthread.contracts.read_api import HistoryEntry
from goldenthread.runtime.observability import metrics
from goldenthread.runtime.observability.failures import log_unforeseen
from goldenthread.runtime.streams.position import Position
from goldenthread.runtime.streams.sequencer import OfferOutcome
from goldenthread.runtime.streams.upstream import ChangedHeads

log = logging.getLogger(__name__)


class _Early:
    """The events of an organization that arrive while it is loaded: the first of them, at most `room`."""

    def __init__(self, room: int) -> None:
        self.events: list[Event] = []
        self.dropped = False
        self._room = room

    def keep(self, event: Event) -> None:
        """Keep an event, if there is room: later ones are fetched."""
        if len(self.events) < self._room:
            self.events.append(event)
        else:
            self.dropped = True


class OrganizationCache:
    """Every organization in memory. `upstreams` are asked for events; `indexes` are worked out while one is loaded."""

    def __init__(
        self,
        upstreams: Upstreams,
        indexes: Sequence[type[Index]] = (),
        limits: CacheLimits | None = None,
        backoff: ReloadBackoff | None = None,
    ) -> None:
        self.upstreams = upstreams
        self.limits = limits or CacheLimits()
        self.organizations: dict[Id, OrganizationView] = {}
        metrics.ORGANIZATIONS.follow(lambda: len(self.organizations), "gateway")
        self.pages = ReplayPages()
        self.imports = ImportRuns(self)
        self.history = HistoryCache(upstreams)
        self.repairs = OrganizationRepairs(self, upstreams, self.limits, backoff or ReloadBackoff())
        self._names = NamesReader(upstreams, self._is_shown, self.history.forget, again=self.limits.names_retry)
        self._indexes = tuple(indexes)
        self._loading: dict[Id, asyncio.Task[OrganizationView]] = {}
        self._early: dict[Id, _Early] = {}
        self._kept: Counter[Id] = Counter()
        self._used: dict[Id, float] = {}
        self._weighed = float("-inf")
        """When all together were weighed last."""

    # -- organizations ------------------------------------------------------------------------------------------------

    async def get(self, organization: Id) -> OrganizationView:
        """The organization, loaded if need be. Raises `UnknownOrganization` and `Unreachable`."""
        view = self.organizations.get(organization)
        if view is None:
            view = await asyncio.shield(self._load_once(organization))
        if organization in self.organizations:
            self._used[organization] = monotonic()
        await self.named(view)
        await view.indexed()
        return view

    async def named(self, view: OrganizationView) -> None:
        """Wait, bounded, until it is read what people are called whose name has changed or who have just joined."""
        await self._names.wait(view.id, self.limits.names_wait)

    def wants(self, organization: Id) -> bool:
        """True for organizations that are here or on their way: records of others need not be decoded."""
        return organization in self.organizations or organization in self._loading

    def is_loading(self, organization: Id) -> bool:
        """Whether a snapshot of an organization is being read."""
        return organization in self._loading

    def keep(self, organization: Id) -> None:
        """Pin an organization, whose view is used for longer than a request: it is kept current until `release`."""
        self._kept[organization] += 1

    def release(self, organization: Id) -> None:
        """Take one pin away."""
        self._kept[organization] -= 1
        self._kept = +self._kept
        if organization in self.organizations:
            self._used[organization] = monotonic()

    def evict(self, idle_seconds: float) -> list[Id]:
        """Evict organizations that were not asked for lately, and more where all together weigh too much.

        Organizations that are pinned, have listeners, or are being repaired or loaded, stay.
        """
        now = monotonic()
        idle = self._idle(now - idle_seconds)
        for id in idle:
            self.forget(id)
        return idle + self._evict_heavy(now - self.limits.in_use)

    def forget(self, organization: Id) -> None:
        """Show an organization no more."""
        self.organizations.pop(organization, None)
        self._used.pop(organization, None)
        self.repairs.forget(organization)

    # -- events -------------------------------------------------------------------------------------------------------

    def deliver(self, event: Event) -> None:
        """Take an event, wherever it came from. What does not follow starts a repair."""
        loading = event.organization in self._loading
        if loading:
            self._early[event.organization].keep(event)
        view = self.organizations.get(event.organization)
        if view is None or (event.source == ALIGNMENT and not view.verdicts_known):
            return  # verdicts are loaded as a whole once alignment answers
        if event.type == DELETED and event.source == GOALS:
            self.repairs.request(event.organization, GOALS)  # what goals says counts
            return
        try:
            outcome = view.apply(event)
        except Exception as error:
            message = f"{event.organization}: {event.source} {event.sequence} cannot be shown; it is loaded again"
            log_unforeseen("gateway", message, error, organization=event.organization)
            if not loading:
                self.repairs.reload(event.organization)
            return
        self.read_changed_names(view)
        if not loading:  # what is loaded has what is missing here
            self._repair_after(view, event, outcome)

    def deliver_all(self, events: Iterable[Event]) -> None:
        """Take events in order."""
        for event in events:
            self.deliver(event)

    def repair(self, organization: Id) -> None:
        """Fetch what is missing of every stream, in the background."""
        for source in SOURCES:
            self.repairs.request(organization, source)

    def heads_answered(self, source: str, answer: ChangedHeads) -> None:
        """An upstream reported its heads: it can be asked for what was not known of it."""
        for view in self.organizations.values():
            if source == ALERTS and not view.alerts_known:
                self.repairs.request(view.id, source)
            if source == ALIGNMENT and not view.verdicts_known:
                self.repairs.reload(view.id)
        for id, through in answer.through.items() if source == ALIGNMENT else ():
            if (found := self.organizations.get(id)) is not None:
                self._judged_through(found, answer.heads[id], through)

    def follows(self, source: str, organization: Id) -> bool:
        """Whether the stream of an organization is shown, and its head to be compared."""
        view = self.organizations.get(organization)
        return view is not None and (source != ALIGNMENT or view.verdicts_known)

    def read_changed_names(self, view: OrganizationView) -> None:
        """Something may be shown that was not: names that changed are read."""
        self._names.follow(view)

    async def know_alerts(self, view: OrganizationView) -> bool:
        """Whether alerts can be shown. Where notifications did not answer while `view` was loaded, ask it again."""
        if not view.alerts_known:
            with suppress(TimeoutError):
                async with asyncio.timeout(self.limits.alerts):
                    await self.repairs.attempt(view.id, ALERTS)
        return view.alerts_known

    async def settled(self) -> None:
        """Wait for the repairs that are under way, and for names that are being read."""
        await self.repairs.until_attempted()
        await self._names.until_read()

    async def change(self, organization: Id, revision: int) -> HistoryEntry | None:
        """The change that made a revision, in words; None when goals cannot say."""
        return await self.history.change(organization, revision)

    async def load_again(self, view: OrganizationView, *, judged: bool, keep: bool) -> None:
        """Replace what is shown by a new snapshot, as a whole; with `judged`, only if that has verdicts.

        With `keep`, what is known of alignment and notifications stays where they do not answer. Raises `Unreachable`
        and `UnknownOrganization`.
        """
        await self._load_once(view.id, judged=judged, keep=keep)

    def close(self) -> None:
        """Stop whatever is under way."""
        self.repairs.close()
        self._names.close()
        for loading in self._loading.values():
            loading.cancel()

    # -- inside -------------------------------------------------------------------------------------------------------

    def _judged_through(self, view: OrganizationView, at: Position, through: Position) -> None:
        try:
            view.judged_through(at, through)
        except Exception as error:
            log_unforeseen("gateway", f"{view.id} is loaded anew", error, organization=view.id)
            self.repairs.reload(view.id)

    def _repair_after(self, view: OrganizationView, event: Event, outcome: OfferOutcome) -> None:
        """What an event showed to be missing."""
        full = view.streams.full(event.source)
        if outcome in (OfferOutcome.GAP, OfferOutcome.FORKED) and not full:
            log.info("%s: %s %s: %s", view.id, event.source, event.sequence, outcome.value)
            self.repairs.request(view.id, event.source)
        if view.goals_must_be_asked:
            self.repairs.request(view.id, GOALS)
        elif event.source != GOALS and view.streams.waits(event.source):
            self.repairs.request(view.id, GOALS, waiting=True)

    def _load_once(
        self, organization: Id, *, judged: bool = False, keep: bool = True
    ) -> asyncio.Task[OrganizationView]:
        task = self._loading.get(organization)
        if task is None:
            self._early[organization] = _Early(self.limits.early)
            task = self._loading[organization] = asyncio.create_task(self._load(organization, judged, keep))
            task.add_done_callback(lambda done: done.cancelled() or done.exception())  # heard even if nobody waits
        return task

    async def _load(self, organization: Id, judged: bool, keep: bool) -> OrganizationView:
        """Snapshots, then what arrived meanwhile."""
        try:
            loaded, waiting = await self._snapshot(organization, judged, keep)
            state = await FoldedOrganization.prepared(loaded, self._indexes)
            early, shown = self._early[organization], self.organizations.get(organization)
            if shown is not None and keep and not shown.failed and early.dropped:
                raise Unreachable("so much was written while it was loaded that what is shown is more recent")
            events = early.events if shown is None or keep else _not_shown(early.events, shown)
            view = self._swap_in(organization, loaded, state)
        finally:
            del self._loading[organization], self._early[organization]
        self.deliver_all([*waiting, *events])
        if monotonic() - self._weighed > self.limits.weighed_every:
            self._evict_heavy(monotonic() - self.limits.in_use)
        return view

    async def _snapshot(
        self, organization: Id, judged: bool, keep: bool
    ) -> tuple[OrganizationSnapshot, Sequence[Event]]:
        """What is loaded. With `keep`, completed by what is shown of upstreams that did not answer, and by what was
        received of these and waits for goals.
        """
        loaded, waiting = await self.upstreams.load(organization, judged=judged), list[Event]()
        shown = self.organizations.get(organization)
        if shown is not None and keep and shown.agrees(loaded.goals.position):
            waiting = _waiting_for_goals(loaded, shown)
            loaded = _with_what_is_shown(loaded, shown)
        for source, part in {ALERTS: loaded.alerts, ALIGNMENT: loaded.alignment}.items():
            if part is None:
                log.warning("%s is loaded without what %s has of it: it does not answer", organization, source)
        return loaded, waiting

    def _swap_in(self, organization: Id, loaded: OrganizationSnapshot, state: FoldedOrganization) -> OrganizationView:
        """Show what was loaded, in the view that there is, or in a new one."""
        self.history.forget(organization)  # whoever was renamed or erased meanwhile is named in it as before
        view = self.organizations.get(organization)
        if view is not None:
            view.load(loaded, state)
            return view
        view = self.organizations[organization] = OrganizationView(organization, loaded, state)
        self._used[organization] = monotonic()
        return view

    def _idle(self, before: float) -> list[Id]:
        """Organizations that were not used since then and are not needed now, the longest unused first."""
        idle = [id for id in self.organizations if self._used.get(id, 0) < before and not self._is_pinned(id)]
        return sorted(idle, key=lambda id: self._used.get(id, 0))

    def _is_pinned(self, organization: Id) -> bool:
        heard = len(self.organizations[organization].listeners) > 0
        return (
            heard
            or organization in self._kept
            or organization in self._loading
            or self.repairs.is_at_work(organization)
        )

    def _evict_heavy(self, before: float) -> list[Id]:
        """Forget the longest unused while all together weigh too much; the one used last stays, whatever it weighs."""
        self._weighed = monotonic()
        weight, evicted = sum(view.weight for view in self.organizations.values()), list[Id]()
        if weight <= self.limits.held_weight:
            return evicted
        for id in self._idle(before):
            if weight <= self.limits.held_weight or len(self.organizations) == 1:
                break
            weight -= self.organizations[id].weight
            self.forget(id)
            evicted.append(id)
        return evicted

    def _is_shown(self, view: OrganizationView) -> bool:
        return self.organizations.get(view.id) is view


def _waiting_for_goals(loaded: OrganizationSnapshot, view: OrganizationView) -> list[Event]:
    """What a view received of the upstreams that did not answer, and does not show yet."""
    kept = [source for source, part in {ALIGNMENT: loaded.alignment, ALERTS: loaded.alerts}.items() if part is None]
    return [event for source in kept for event in view.streams.unfolded(source)]


def _with_what_is_shown(loaded: OrganizationSnapshot, view: OrganizationView) -> OrganizationSnapshot:
    """The snapshot, completed by what a view shows of the upstreams that did not answer."""
    return replace(
        loaded,
        alignment=loaded.alignment or view.shown_verdicts(),
        alerts=loaded.alerts or view.shown_alerts(),
    )


def _not_shown(events: Sequence[Event], view: OrganizationView) -> list[Event]:
    """Events without those of goals that a view shows: they are of the branch that was taken back."""
    return [each for each in events if each.source != GOALS or view.id_at(GOALS, each.sequence) != each.id]
