"""The organizations this process serves: loaded on demand, kept current, forgotten when idle.

Events come in by `deliver`, from wherever; what is missing is fetched from its upstream in the organization's own task,
and nobody else waits for it. A loading organization keeps what arrives meanwhile, so the consumer must run before.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter, OrderedDict
from collections.abc import Iterable, Sequence
from time import monotonic

from gateway.budget import cost
from gateway.budget.replay_memory import ReplayPages
from gateway.live.folded_organization import FoldedOrganization, Index
from gateway.live.import_runs import ImportRuns
from gateway.live.organization_view import OrganizationView
from gateway.live.reload_backoff import ReloadBackoff
from gateway.live.stream import Forked, Gap
from gateway.upstream.ports import UnknownOrganization, Unreachable, Upstreams
from gateway.upstream.streams import ALERTS, ALIGNMENT, SOURCES
from goldenthread.contracts.entities import Id
from goldenthread.contracts.envelope import Event
from goldenthread.contracts.read_api import Head, HistoryEntry, StreamPosition
from goldenthread.runtime.observability.failures import log_unforeseen

log = logging.getLogger(__name__)

_REMEMBERED_CHANGES = 4096
_NAMES_SECONDS = 2.0
"""After which goals, which did not answer, is asked again what people are called."""
_NAMED_WITHIN = 1.0
"""How long a reader waits for that: the names of before are shown otherwise."""
_ALONE = 20
"""People who are read one by one; of more, everybody is read."""
_ALERTS_SECONDS = 2.0
"""How long a question about alerts waits for notifications, which was away."""


class OrganizationCache:
    """Every organization in memory. `upstreams` are asked for events; `indexes` are worked out while one is loaded."""

    def __init__(self, upstreams: Upstreams, indexes: Sequence[type[Index]] = ()) -> None:
        self.upstreams = upstreams
        self._indexes = tuple(indexes)
        self.pages = ReplayPages()
        self.imports = ImportRuns(self)
        self.organizations: dict[Id, OrganizationView] = {}
        self._loading: dict[Id, asyncio.Task[OrganizationView]] = {}
        self._early: dict[Id, list[Event]] = {}
        self._repairs: dict[Id, asyncio.Task[None]] = {}
        self._wanted: dict[Id, bool] = {}
        """Repairs asked for; True: to be loaded anew."""
        self._kept: Counter[Id] = Counter()
        self._used: dict[Id, float] = {}
        self._naming: dict[Id, asyncio.Task[None]] = {}
        """Who is reading what people are called."""
        self._reloads = ReloadBackoff()
        self._behind: dict[tuple[Id, str], StreamPosition] = {}
        self._changes: OrderedDict[tuple[Id, int], HistoryEntry] = OrderedDict()
        self._reworded: Counter[Id] = Counter()
        """How often people were renamed, after which sentences of the history are read again: they name people."""

    # -- organizations ------------------------------------------------------------------------------------------------

    async def get(self, organization: Id) -> OrganizationView:
        """The organization, loaded if need be. Raises `UnknownOrganization` and `Unreachable`."""
        view = self.organizations.get(organization)
        if view is None:
            view = await asyncio.shield(self._load_once(organization))
        self._used[organization] = monotonic()
        await self.named(view)
        await view.indexed()
        return view

    async def named(self, view: OrganizationView) -> None:
        """Wait, bounded, until it is read what people are called whose name has changed or who have just joined."""
        reading = self._naming.get(view.id)
        if reading is not None:
            await asyncio.wait([reading], timeout=_NAMED_WITHIN)

    def wants(self, organization: Id) -> bool:
        """True for organizations that are here or on their way: records of others need not be decoded."""
        return organization in self.organizations or organization in self._loading

    def keep(self, organization: Id) -> None:
        """Somebody holds this organization's view for longer than a request: keep it current until `release`."""
        self._kept[organization] += 1

    def release(self, organization: Id) -> None:
        """One of those who keep it does so no more."""
        self._kept[organization] -= 1
        self._kept = +self._kept
        self._used[organization] = monotonic()

    def evict(self, idle_seconds: float) -> list[Id]:
        """Forget organizations that nobody asked for lately, keeps, or listens to."""
        limit = monotonic() - idle_seconds
        heard = {id for id, view in self.organizations.items() if view.listeners}
        held = self._kept.keys() | self._repairs.keys() | heard
        idle = [id for id in self.organizations if self._used.get(id, 0) < limit and id not in held]
        for id in idle:
            del self.organizations[id]
            self._used.pop(id, None)
            self._reloads.forget(id)
            for source in SOURCES:
                self._behind.pop((id, source), None)
        return idle

    # -- events -------------------------------------------------------------------------------------------------------

    def deliver(self, event: Event) -> None:
        """Take an event, wherever it came from. What does not follow starts a repair."""
        if event.organization in self._loading:
            self._early[event.organization].append(event)
        elif (view := self.organizations.get(event.organization)) is not None:
            if event.source == ALIGNMENT and not view.verdicts_known:
                return  # verdicts are loaded as a whole once alignment answers
            try:
                view.apply(event)
                self._follow_names(view)
            except (Gap, Forked) as reason:
                log.info("%s: %s", event.organization, reason)
                self.repair(event.organization)
            except Exception as error:
                message = f"{event.organization}: {event.source} {event.sequence} cannot be shown; it is loaded anew"
                log_unforeseen("gateway", message, error, organization=event.organization)
                self.repair(event.organization, anew=True)

    def deliver_all(self, events: Iterable[Event]) -> None:
        """Take events in order."""
        for event in events:
            self.deliver(event)

    def compare(self, source: str, heads: dict[Id, Head]) -> None:
        """What an upstream says it has written: who is not there on two polls, and does not move, is repaired."""
        for each in self.organizations.values():
            if source == ALERTS and not each.alerts_known:
                self.repair(each.id)
            if source == ALIGNMENT and not each.verdicts_known:
                self.repair(each.id, anew=True)
        for id, head in heads.items():
            view = self.organizations.get(id)
            if view is None or (source == ALIGNMENT and not view.verdicts_known):
                continue
            try:
                self._compare(view, source, head)
            except Exception as error:
                log_unforeseen("gateway", f"{id} is loaded anew", error, organization=id)
                self.repair(id, anew=True)

    def repair(self, organization: Id, *, anew: bool = False) -> None:
        """Fetch what is missing (with `anew`: everything), in the background; once at a time, and again if asked."""
        self._wanted[organization] = self._wanted.get(organization, False) or anew
        if organization not in self._repairs:
            self._repairs[organization] = asyncio.create_task(self._repair(organization))

    async def know_alerts(self, view: OrganizationView) -> bool:
        """Whether alerts can be shown. Where notifications did not answer while `view` was loaded, ask it again."""
        if not view.alerts_known:
            self.repair(view.id)
            await asyncio.wait([self._repairs[view.id]], timeout=_ALERTS_SECONDS)
        return view.alerts_known

    async def settled(self) -> None:
        """Wait for the repairs that are under way, and for names that are being read."""
        await asyncio.gather(*self._repairs.values(), return_exceptions=True)
        await asyncio.gather(*self._naming.values(), return_exceptions=True)

    async def change(self, organization: Id, revision: int) -> HistoryEntry | None:
        """The change that made a revision, in words; None when goals cannot say."""
        key = (organization, revision)
        if key not in self._changes:
            reworded = self._reworded[organization]
            async with cost.reading():
                page = await self.upstreams.history(organization, None, revision + 1, 1)
            if not page.entries or page.entries[0].revision != revision:
                return None
            if self._reworded[organization] != reworded:
                return page.entries[0]
            self._changes[key] = page.entries[0]
            if len(self._changes) > _REMEMBERED_CHANGES:
                self._changes.popitem(last=False)
        return self._changes[key]

    # -- inside -------------------------------------------------------------------------------------------------------

    def _compare(self, view: OrganizationView, source: str, head: Head) -> None:
        view.judged_through(source, head)
        at, before = view.position(source), self._behind.pop((view.id, source), None)
        if at != StreamPosition(head.sequence, head.id):
            self._behind[view.id, source] = at
            if before == at:
                self.repair(view.id)

    def _load_once(self, organization: Id) -> asyncio.Task[OrganizationView]:
        task = self._loading.get(organization)
        if task is None:
            self._early[organization] = []
            task = self._loading[organization] = asyncio.create_task(self._load(organization))
            task.add_done_callback(lambda done: done.cancelled() or done.exception())  # heard even if nobody waits
        return task

    async def _load(self, organization: Id) -> OrganizationView:
        """Snapshots, then what arrived meanwhile. What is here without verdicts is loaded anew only with them."""
        try:
            view = self.organizations.get(organization)
            loaded = await self.upstreams.load(organization, judged=view is not None and not view.verdicts_known)
            if loaded.alerts is None:
                log.warning("%s is loaded without its alerts: notifications does not answer", organization)
            if loaded.alignment is None:
                log.warning("%s is loaded without its verdicts: alignment does not answer", organization)
            state = await FoldedOrganization.prepared(loaded, self._indexes)
            view = self.organizations.get(organization)
            if view is None:
                self._used[organization] = monotonic()
                self.organizations[organization] = view = OrganizationView(organization, loaded, state)
            else:
                view.load(loaded, state)
        finally:
            del self._loading[organization]
            early = self._early.pop(organization)
        self.deliver_all(early)
        return view

    async def _repair(self, organization: Id) -> None:
        try:
            while (anew := self._wanted.pop(organization, None)) is not None:
                try:
                    view = self.organizations.get(organization)
                    if view is not None and (anew or await self._left(view)):
                        await self._reload(organization)
                except Exception as error:
                    log_unforeseen(
                        "gateway",
                        f"{organization} was not repaired; it is tried again",
                        error,
                        organization=organization,
                    )
                    self._wanted[organization] = True
        finally:
            del self._repairs[organization]

    async def _left(self, view: OrganizationView) -> bool:
        """Catch up with every upstream that answers, none waiting for another; True when what is here is not of its
        stream.
        """
        return any(await asyncio.gather(*(self._left_by(view, source) for source in SOURCES)))

    async def _left_by(self, view: OrganizationView, source: str) -> bool:
        if source == ALIGNMENT and not view.verdicts_known:
            return False
        try:
            await self._catch_up(view, source)
        except Unreachable as error:
            log.warning("%s was not repaired, the next poll tries again: %s", view.id, error)
        except Forked as reason:
            log.warning("%s is loaded anew: %s: %s", view.id, type(reason).__name__, reason)
            return True
        except Exception as error:
            message = f"{source} of {view.id} cannot be shown; it is loaded anew"
            log_unforeseen("gateway", message, error, organization=view.id)
            return True
        return False

    def _follow_names(self, view: OrganizationView) -> None:
        """Read, in the background, what events said has changed of people; until goals answers, or nobody is here."""
        if not view.people_names.outdated:
            return
        self._reworded[view.id] += 1
        for key in [key for key in self._changes if key[0] == view.id]:
            del self._changes[key]
        if view.id not in self._naming:
            self._naming[view.id] = asyncio.create_task(self._read_people_names(view))

    async def _read_people_names(self, view: OrganizationView) -> None:
        try:
            await self._take_names(view)
        except Unreachable as error:
            log.warning("names of %s were not read, trying again: %s", view.id, error)
        except Exception as error:
            log_unforeseen("gateway", f"names of {view.id} were not read, trying again", error, organization=view.id)
        finally:
            del self._naming[view.id]
        if view.people_names.outdated:
            asyncio.get_running_loop().call_later(_NAMES_SECONDS, self._names_again, view)

    def _names_again(self, view: OrganizationView) -> None:
        if self.organizations.get(view.id) is view:
            self._follow_names(view)

    async def _take_names(self, view: OrganizationView) -> None:
        """Read whoever is outdated; ends also when goals answers with what is no more recent than what is here."""
        before: dict[Id, int] = {}
        while (outdated := dict(view.people_names.outdated)) != before:
            people, before = view.people_names, outdated
            # A load meanwhile brings other names, and what is read for these is void.
            if len(outdated) > _ALONE:
                people.take_all(await self.upstreams.people(view.id))
                continue
            for person in outdated:
                answer = await self.upstreams.name(view.id, person)
                people.take(person, answer.person, answer.revision)

    async def _reload(self, organization: Id) -> None:
        await asyncio.sleep(self._reloads.pause(organization))
        try:
            await self._load_once(organization)
        except Unreachable as error:
            log.warning("%s was not loaded anew: %s", organization, error)
        except UnknownOrganization:
            log.warning("%s is not there any more: goals was restored to a time before it", organization)
            self.organizations.pop(organization, None)

    async def _catch_up(self, view: OrganizationView, source: str) -> None:
        """Fetch and apply page by page until the upstream has no more. Raises `Forked`."""
        view.streams[source].forget_open()
        while True:
            before = view.position(source)
            page = await self.upstreams.events(source, view.id, before.sequence)
            head = StreamPosition(page.head.sequence, page.head.id)
            if not page.events and head != before and head.sequence <= before.sequence:
                raise Forked(f"{source} ends at {head.sequence} ({head.id}), {before.sequence} ({before.id}) was seen")
            for event in page.events:
                try:
                    view.apply(event)
                except Gap as reason:
                    raise Forked(f"a replay has a gap: {reason}") from reason
            self._follow_names(view)
            view.judged_through(source, page.head)
            if not page.events or view.position(source).sequence >= page.head.sequence:
                self._behind.pop((view.id, source), None)
                view.alerts_known |= source == ALERTS
                return
