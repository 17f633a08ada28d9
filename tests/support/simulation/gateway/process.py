"""One process of the gateway: its real cache, heads poller and feeds. All that uses the cache's own API is here.

Virtual time: the cache's clocks are the loop's, and work in slices is interrupted at random places.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine, Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, cast
from unittest import mock

from msgspec import Struct

from gateway.budget import caller_pace, replay_memory
from gateway.live import heads_poller, organization_cache
from gateway.live.cache_limits import CacheLimits
from gateway.live.commit_listeners import Listener
from gateway.live.event_feed import EventFeed
from gateway.live.folded_organization import FoldedOrganization
from gateway.live.heads_poller import HeadsPoller
from gateway.live.organization_cache import OrganizationCache
from gateway.live.organization_view import OrganizationView
from gateway.live.reload_backoff import ReloadBackoff
from gateway.upstream.ports import Upstreams
from gateway.upstream.streams import ALERTS, ALIGNMENT, GOALS, SOURCES
from goldenthread.contracts.entities import Id
from goldenthread.contracts.envelope import Event
from goldenthread.contracts.events.goals import entities_of
from goldenthread.contracts.read_api import PersonName, StreamPosition
from goldenthread.runtime import slices
from tests.support.simulation.broker import PARTITIONS, Broker
from tests.support.simulation.faults import Faults
from tests.support.simulation.gateway.history import Picture
from tests.support.simulation.gateway.services import Services
from tests.support.simulation.gateway.upstreams import SimulatedUpstreams

HEADS_EVERY = 1.0
IDLE_SECONDS = 1800.0
LIMITS = CacheLimits(held_weight=25, in_use=8.0, width=2, page=4)
"""So small that they are reached."""


@dataclass(frozen=True)
class Seen:
    """What a view shows at one moment: per stream the last event received, the number of the last one shown, and what
    it shows of it. `known` are the streams of which it says anything.
    """

    organization: str
    view: OrganizationView
    received: dict[str, StreamPosition]
    shown: dict[str, int]
    pictures: dict[str, Picture]
    indexed: dict[str, Picture]
    known: frozenset[str]
    judged: int
    up_to_date: bool
    at: float


class ShownIndex:
    """An index of what is shown: equal to it, if it is told of every change."""

    backlog = 0

    def __init__(self, state: FoldedOrganization) -> None:
        self._state = state
        self.pictures: dict[str, dict[str, Any]] = {
            GOALS: {each.id: each for each in state.org.entities()},
            ALIGNMENT: dict(state.judgements),
        }

    def touched(self, payload: Struct | None) -> None:
        assert payload is not None
        self.pictures[GOALS].update((each.id, each) for each in entities_of(payload))

    def judged(self, nodes: Iterable[Id]) -> None:
        self.pictures[ALIGNMENT].update((node, self._state.judgement(node)) for node in nodes)

    def catching_up(self) -> Iterator[None]:
        return iter(())


def seen(view: OrganizationView) -> Seen:
    return Seen(
        view.id,
        view,
        {source: view.position(source) for source in SOURCES},
        {source: view.shown(source) for source in SOURCES},
        {
            GOALS: {each.id: each for each in view.org.entities()},
            ALIGNMENT: dict(view.judgements),
            ALERTS: dict(view.alerts),
        },
        {source: dict(picture) for source, picture in view.index(ShownIndex).pictures.items()},
        frozenset([GOALS, *([ALIGNMENT] if view.verdicts_known else []), *([ALERTS] if view.alerts_known else [])]),
        view.judged,
        view.up_to_date,
        _now(),
    )


def listen(view: OrganizationView, hear: Listener, failed: Callable[[], None]) -> None:
    """Hear every commit from now on; `failed` is called when `hear` has raised, after which it hears no more."""
    view.listeners.add(hear, failed)


def end_listening(view: OrganizationView, hear: Listener) -> None:
    view.listeners.discard(hear)


def version_of(view: OrganizationView) -> object:
    """Equal as long as nothing that is shown changes."""
    places = [(view.position(source), view.shown(source)) for source in SOURCES]
    return id(view.org), places, view.judged, view.verdicts_known, view.alerts_known


def names_of(view: OrganizationView) -> dict[str, PersonName]:
    return dict(view.names)


class _Cache(OrganizationCache):
    """Tells what was evicted, and what was held then; `pinned` are those that sockets hold."""

    pinned: Callable[[], set[str]]
    report: Callable[[list[str], set[str]], None]

    def evict(self, idle_seconds: float) -> list[str]:
        heard = {id for id, view in self.organizations.items() if len(view.listeners)}
        held = self.pinned() | heard | {id for id in self.organizations if self.repairs.is_at_work(id)}
        gone = super().evict(idle_seconds)
        self.report(gone, held)
        return gone


class GatewayProcess:
    """`report` is told of each eviction: what was evicted, and what was held."""

    def __init__(
        self,
        services: Services,
        broker: Broker,
        faults: Faults,
        report: Callable[[list[str], set[str]], None],
        *,
        heads: bool = True,
    ) -> None:
        self.kept = Counter[str]()
        self._broker, self._faults = broker, faults
        self._upstreams = SimulatedUpstreams(services, faults)
        self._cache = _Cache(cast(Upstreams, self._upstreams), [ShownIndex], LIMITS, ReloadBackoff(_now))
        self._cache.pinned, self._cache.report = lambda: set(+self.kept), report
        places = [(source, partition) for source in SOURCES for partition in range(PARTITIONS)]
        self._cursors = {place: broker.end(*place) for place in places}
        self._tasks = [asyncio.ensure_future(self._tail())]
        if heads:
            poller = HeadsPoller(self._cache, IDLE_SECONDS)
            self._tasks.append(asyncio.ensure_future(poller.run(HEADS_EVERY)))

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Run a coroutine for as long as the process lives."""
        self._tasks.append(asyncio.ensure_future(work))

    async def kill(self) -> None:
        """From now on nothing of it moves: what it asked for is never answered."""
        self._upstreams.dead = True
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    # -- what others do with the cache --------------------------------------------------------------------------------

    async def get(self, organization: str) -> OrganizationView:
        return await self._cache.get(organization)

    def views(self) -> list[OrganizationView]:
        """Those in memory."""
        return list(self._cache.organizations.values())

    def view(self, organization: str) -> OrganizationView | None:
        return self._cache.organizations.get(organization)

    @contextmanager
    def keeping(self, organization: str) -> Iterator[None]:
        """As a socket does."""
        self._cache.keep(organization)
        self.kept[organization] += 1
        try:
            yield
        finally:
            self.kept[organization] -= 1
            self._cache.release(organization)

    def feed(self, view: OrganizationView, source: str, after: int | None) -> AbstractContextManager[EventFeed]:
        """A subscription that falls behind soon."""
        return EventFeed(self._cache, view, source, after, room=6, page=4)

    async def answer(self, events: list[Event]) -> None:
        """What a command has written, as its answer says."""
        view = self.view(events[0].organization)
        if events[0].source == ALERTS and view is not None:
            await self._cache.know_alerts(view)
        self._cache.deliver_all(events)

    def evict(self, idle_seconds: float) -> None:
        self._cache.evict(idle_seconds)

    async def _tail(self) -> None:
        """As `KafkaTail`: everything from the end on, records of organizations that are not here left undecoded."""
        while True:
            some = False
            for place, at in self._cursors.items():
                records, self._cursors[place] = self._broker.read(*place, at, self._faults.random.randint(1, 12))
                some |= bool(records)
                for record in records:
                    if not self._cache.wants(record.organization):
                        continue
                    if record.event is None:
                        self._cache.repair(record.organization)
                    else:
                        self._cache.deliver(record.event)
            await asyncio.sleep(self._faults.random.choice((0.0, 0.05)) if some else 0.3)


def _now() -> float:
    return asyncio.get_running_loop().time()


@contextmanager
def virtual_time(faults: Faults) -> Iterator[None]:
    """Inside the block no clock of the cache is the computer's."""

    def uneven() -> float:
        return faults.random.choice((0.0, 1.0))

    with ExitStack() as patched:
        for module in (organization_cache, heads_poller, replay_memory):
            patched.enter_context(mock.patch.object(module, "monotonic", _now))
        patched.enter_context(mock.patch.object(caller_pace, "time", SimpleNamespace(monotonic=_now)))
        patched.enter_context(mock.patch.object(slices, "perf_counter", uneven))
        yield
