"""The organisations this process serves: loaded on demand, kept current, forgotten when idle.

Events come in by `deliver`, from wherever; what is missing is fetched from the producer in the organisation's own task,
and nobody else waits for it. A loading organisation keeps what arrives meanwhile, so the consumer must run before.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Iterable
from time import monotonic

from gateway.model import ALERTS, SOURCES, Model
from gateway.sources import Sources, Unreachable
from gateway.stream import Forked, Gap
from goldenthread.contracts.entities import Id
from goldenthread.contracts.envelope import Event
from goldenthread.contracts.reading import Head, HistoryEntry

log = logging.getLogger(__name__)

_REMEMBERED_CHANGES = 4096
_NAMES_SECONDS = 2.0


class Hub:
    """Every organisation in memory. `sources` are the producers."""

    def __init__(self, sources: Sources) -> None:
        self.sources = sources
        self.models: dict[Id, Model] = {}
        self._loading: dict[Id, asyncio.Task[Model]] = {}
        self._early: dict[Id, list[Event]] = {}
        self._repairs: dict[Id, asyncio.Task[None]] = {}
        self._used: dict[Id, float] = {}
        self._named: dict[Id, float] = {}
        self._behind: dict[tuple[Id, str], int] = {}
        self._changes: OrderedDict[tuple[Id, int], HistoryEntry] = OrderedDict()

    # -- organisations ------------------------------------------------------------------------------------------------

    async def get(self, organization: Id) -> Model:
        """The organisation, loaded if need be. Raises `UnknownOrganization` and `Unreachable`."""
        self._used[organization] = monotonic()
        model = self.models.get(organization)
        if model is None:
            model = await asyncio.shield(self._load_once(organization))
        if model.unnamed and monotonic() - self._named.get(organization, float("-inf")) > _NAMES_SECONDS:
            await self.rename(model)
        return model

    async def rename(self, model: Model) -> None:
        """Fetch what people are called; without goals the names stay as they are."""
        self._named[model.id] = monotonic()
        try:
            model.rename(await self.sources.people(model.id))
        except Unreachable as error:
            log.warning("names of %s were not read: %s", model.id, error)

    def wants(self, organization: Id) -> bool:
        """True for organisations that are here or on their way: records of others need not be decoded."""
        return organization in self.models or organization in self._loading

    def evict(self, idle_seconds: float) -> list[Id]:
        """Forget organisations that nobody asked for lately and nobody listens to."""
        limit = monotonic() - idle_seconds
        idle = [id for id, m in self.models.items() if self._used.get(id, 0) < limit and not m.listeners]
        for id in idle:
            del self.models[id]
            self._used.pop(id, None)
            self._named.pop(id, None)
            for source in SOURCES:
                self._behind.pop((id, source), None)
        return idle

    # -- events -------------------------------------------------------------------------------------------------------

    def deliver(self, event: Event) -> None:
        """Take an event, wherever it came from. What does not follow starts a repair."""
        if event.organization in self._loading:
            self._early[event.organization].append(event)
        model = self.models.get(event.organization)
        if model is not None and event.organization not in self._loading:
            try:
                model.apply(event)
            except (Gap, Forked) as reason:
                log.info("%s: %s", event.organization, reason)
                self.repair(event.organization)

    def deliver_all(self, events: Iterable[Event]) -> None:
        """Take events in order."""
        for event in events:
            self.deliver(event)

    def compare(self, source: str, heads: dict[Id, Head]) -> None:
        """What the producer says it has written: who is not there on two polls, and does not move, is repaired."""
        if source == ALERTS:
            for each in self.models.values():
                if not each.alerts_known:
                    self.repair(each.id)
        for id, head in heads.items():
            model = self.models.get(id)
            if model is None:
                continue
            model.judged_through(source, head)
            at, before = model.position(source).sequence, self._behind.pop((id, source), None)
            if at != head.sequence:
                self._behind[id, source] = at
                if before == at:
                    self.repair(id)

    def repair(self, organization: Id) -> None:
        """Fetch what is missing, in the background; once at a time."""
        if organization not in self._repairs:
            task = asyncio.create_task(self._repair(organization))
            self._repairs[organization] = task
            task.add_done_callback(lambda _: self._repairs.pop(organization, None))

    async def settled(self) -> None:
        """Wait for the repairs that are under way."""
        await asyncio.gather(*self._repairs.values(), return_exceptions=True)

    async def change(self, organization: Id, revision: int) -> HistoryEntry | None:
        """The change that made a revision, in words; None when goals cannot say."""
        key = (organization, revision)
        if key not in self._changes:
            page = await self.sources.history(organization, None, revision + 1, 1)
            if not page.entries or page.entries[0].revision != revision:
                return None
            self._changes[key] = page.entries[0]
            if len(self._changes) > _REMEMBERED_CHANGES:
                self._changes.popitem(last=False)
        return self._changes[key]

    # -- inside -------------------------------------------------------------------------------------------------------

    def _load_once(self, organization: Id) -> asyncio.Task[Model]:
        task = self._loading.get(organization)
        if task is None:
            self._early[organization] = []
            task = self._loading[organization] = asyncio.create_task(self._load(organization))
        return task

    async def _load(self, organization: Id) -> Model:
        """Snapshots, then what arrived meanwhile."""
        try:
            loaded = await self.sources.load(organization)
            model = self.models.get(organization)
            if model is None:
                self.models[organization] = model = Model(organization, loaded)
            else:
                model.load(loaded)
        finally:
            del self._loading[organization]
            early = self._early.pop(organization)
        self.deliver_all(early)
        return model

    async def _repair(self, organization: Id) -> None:
        model = self.models.get(organization)
        if model is None:
            return
        try:
            for source in SOURCES:
                await self._catch_up(model, source)
        except Forked as reason:
            log.warning("%s is loaded anew: %s", organization, reason)
            await self._reload(organization)
        except Unreachable as error:
            log.warning("%s was not repaired, the next poll tries again: %s", organization, error)

    async def _reload(self, organization: Id) -> None:
        try:
            await self._load_once(organization)
        except Unreachable as error:
            log.warning("%s was not loaded anew: %s", organization, error)

    async def _catch_up(self, model: Model, source: str) -> None:
        """Fetch and apply page by page until the producer has no more. Raises `Forked`."""
        model.streams[source].forget_open()
        while True:
            after = model.position(source).sequence
            page = await self.sources.events(source, model.id, after)
            if page.head.sequence < model.position(source).sequence and not page.events:
                raise Forked(f"{source} has written {page.head.sequence} events, {after} were seen")
            for event in page.events:
                try:
                    model.apply(event)
                except Gap as reason:
                    raise Forked(f"a replay has a gap: {reason}") from reason
            model.judged_through(source, page.head)
            if not page.events or model.position(source).sequence >= page.head.sequence:
                self._behind.pop((model.id, source), None)
                model.alerts_known |= source == ALERTS
                return
