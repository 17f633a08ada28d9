"""One run: three services, a broker, processes of the gateway one after another, and a seed of trouble."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import cast

from gateway.live.organization_view import OrganizationView
from gateway.upstream.streams import ALERTS, ALIGNMENT, GOALS, SOURCES
from goldenthread.contracts.envelope import Event
from tests.support.simulation import loop
from tests.support.simulation.broker import Broker
from tests.support.simulation.faults import Faults
from tests.support.simulation.gateway import laws
from tests.support.simulation.gateway.process import GatewayProcess, Seen, seen, version_of, virtual_time
from tests.support.simulation.gateway.readers import Readers
from tests.support.simulation.gateway.services import ORGANIZATIONS, Services

CALM_SECONDS = 60
"""After which, in calm, everything must be shown."""


@dataclass(frozen=True)
class GatewayRun:
    """`steps` moments of trouble. `raising`: some listeners raise. `heads`: heads are polled. `deletes`: organizations
    may be deleted. `excused`: laws.
    """

    seed: int
    steps: int = 25
    heads: bool = True
    raising: bool = True
    deletes: bool = True
    excused: frozenset[str] = frozenset()


class GatewayWorld:
    def __init__(self, run: GatewayRun, faults: Faults) -> None:
        self.run, self.faults, self.random = run, faults, faults.random
        self.broker = Broker(faults)
        self.services = Services(faults, self.broker.publish)
        self.broken = laws.Violations(run.excused)
        self._seen: dict[str, tuple[object, Seen]] = {}
        self._answers: set[asyncio.Task[None]] = set()
        for service in self.services.followers:
            for organization in ORGANIZATIONS:
                service.follow(organization, 1)
        self._tasks = [asyncio.ensure_future(each.run(self.services.away)) for each in self.services.followers]
        self._start()
        cast(loop.VirtualLoop, asyncio.get_running_loop()).watch = self._watch

    def _start(self, *, readers: bool = True, heads: bool = True) -> None:
        self._seen = {}
        self.process = GatewayProcess(
            self.services, self.broker, self.faults, self._evicted, heads=heads and self.run.heads
        )
        self.readers = Readers(self.process, self.services, self.faults, self.broken)
        for organization in ORGANIZATIONS if readers else ():
            self.process.spawn(self.readers.request(organization))
            if self.random.random() < 0.7:  # or else nobody holds it, and it can be evicted
                self.process.spawn(self.readers.socket(organization, raising=self.run.raising))
                for source in SOURCES:
                    self.process.spawn(self.readers.subscribe(organization, source))

    async def live(self) -> list[str]:
        """Trouble, then calm; which laws were broken."""
        for _ in range(self.run.steps):
            await self._trouble()()
            await asyncio.sleep(self.random.choice((0.0, 0.01, 0.1, 0.3, 1.5)))
            if self.broken:
                return self.broken
        self._calm()
        for _ in range(CALM_SECONDS):
            await asyncio.sleep(1.0)
            if self.broken or not self.differences():
                break
        if found := [*self.broken, *self.differences()]:
            return found
        await self._answer_during_load()
        await self._restored_unheard()
        return self.broken

    def differences(self) -> list[str]:
        """What is not as it must be in calm."""
        found = laws.Violations(self.run.excused)
        for organization in ORGANIZATIONS:
            view = self.process.view(organization)
            shown = None if view is None else seen(view)
            if organization in self.services.goals.deleted:
                found.check(laws.nothing_is_left_of_it, organization, shown, self.readers.listening(organization))
            else:
                found.check(laws.like_a_fresh_fold, self.services, shown, organization)
        for feed in self.readers.feeds:
            feed.look(found)
        return found

    def _watch(self) -> None:
        """Between any two turns of the event loop: the laws that hold at every moment."""
        for view in self.process.views():
            version, (before, last) = version_of(view), self._seen.get(view.id, (None, None))
            if before != version or last is None or last.view is not view:
                self._look(view, last if last is not None and last.view is view else None)
                self._seen[view.id] = version, self._now
        for socket in self.readers.sockets:
            socket.look()

    def _look(self, view: OrganizationView, last: Seen | None) -> None:
        now = self._now = seen(view)
        self.broken.check(laws.whole_commits_only, self.services.history, now)
        self.broken.check(laws.nothing_before_its_basis, self.services, now)
        self.broken.check(laws.indexes_agree, now)
        self.broken.check(laws.never_empty, now)
        self.broken.check(laws.up_to_date_is_true, now)
        if last is not None:
            self.broken.check(laws.never_back, self.services, last, now)
            self.broken.check(laws.never_unknown, self.services, last, now)

    def _evicted(self, gone: list[str], held: set[str]) -> None:
        self.broken.check(laws.held_is_not_evicted, gone, held)

    # -- trouble ------------------------------------------------------------------------------------------------------

    def _trouble(self) -> Callable[[], Awaitable[None]]:
        kinds: list[tuple[int, Callable[[], Awaitable[None]]]] = [
            (30, self._write),
            (25, self._command),
            (6, self._acknowledge),
            (6, self._away),
            (12, self._evict),
            (3, self._empty),
            (5, self._back_up),
            (5, self._restore),
            (4, self._restore_follower),
            (2, self._deploy),
            (3, self._restart),
            *([(2, self._delete)] if self.run.deletes else []),
        ]
        return self.random.choices([kind for _, kind in kinds], [weight for weight, _ in kinds])[0]

    async def _write(self) -> None:
        for _ in range(self.random.randint(1, 5)):
            for event in self.services.goals.write(self._any(), self.random.choice((1, 1, 2, 4))):
                self.broker.publish(event)

    async def _command(self) -> None:
        """Somebody's command, whose answer comes before the broker's copies or after."""
        if GOALS not in self.services.away:
            self._answered(self.services.goals.write(self._any(), self.random.choice((1, 1, 2, 4))))

    async def _acknowledge(self) -> None:
        if ALERTS not in self.services.away:
            self._answered(self.services.notifications.acknowledge(self._any()))

    def _answered(self, events: list[Event]) -> None:
        for event in events:
            self.broker.publish(event)
        task = asyncio.ensure_future(self._answer(events, self.process))
        self._answers.add(task)
        task.add_done_callback(self._answers.discard)

    async def _answer(self, events: list[Event], process: GatewayProcess) -> None:
        await asyncio.sleep(self.random.choice((0.0, 0.01, 0.3)))
        if events:
            await process.answer(events)

    async def _away(self) -> None:
        """A service is away, or back; notifications most often."""
        self.services.away ^= {self.random.choice((GOALS, ALIGNMENT, ALERTS, ALERTS, ALERTS))}

    async def _evict(self) -> None:
        self.process.evict(self.random.choice((0.5, 1.5, 3.0)))

    async def _empty(self) -> None:
        self.broker.empty()

    async def _back_up(self) -> None:
        self.services.goals.back_up()

    async def _restore(self) -> None:
        self.services.goals.restore()

    async def _restore_follower(self) -> None:
        self.random.choice(self.services.followers).restore(self._any())

    async def _deploy(self) -> None:
        """Other code of alignment or notifications: it replaces its streams."""
        service = self.random.choice(self.services.followers)
        service.version += 1
        for organization in ORGANIZATIONS:
            service.publish_all(service.rebuild(organization))

    async def _delete(self) -> None:
        """The last event of an organization may be lost on its way. One organization stays."""
        if len(self.services.goals.living) > 1:
            for event in self.services.goals.delete(self._any()):
                if self.random.random() < 0.7:
                    self.broker.publish(event)

    async def _restart(self) -> None:
        await self.process.kill()
        self._start()

    async def _answer_during_load(self) -> None:
        """A process that begins to load, while somebody's command is answered; the broker brings nothing of it."""
        await self.process.kill()
        self._start(readers=False)
        for organization in self.services.goals.living:
            loading = asyncio.ensure_future(self.process.get(organization))
            await asyncio.sleep(self.random.choice((0.001, 0.01, 0.03)))
            events = self.services.goals.write(organization, 2)
            await self.process.answer(events)
            now = seen(await loading)
            self.broken.check(laws.an_answer_is_shown_at_once, self.services.history, now, events)

    async def _restored_unheard(self) -> None:
        """A process that polls no heads; goals is restored, and the broker brings events that are no news by number."""
        await self.process.kill()
        self._start(readers=False, heads=False)
        views = [await self.process.get(organization) for organization in self.services.goals.living]
        self.services.goals.restore()
        for view in views:
            ahead = seen(view).shown[GOALS] - self.services.goals.streams[view.id].head.sequence
            for event in self.services.goals.write(view.id, max(1, ahead)):
                self.broker.publish(event)
        await asyncio.sleep(5.0)
        for view in views:
            self.broken.check(laws.a_branch_is_noticed_by_its_events, self.services, seen(view))

    def _any(self) -> str:
        return self.random.choice(self.services.goals.living)

    def _calm(self) -> None:
        """No more trouble; the last of it may be that goals is restored, after which nothing is written."""
        if self.random.random() < 0.3:
            self.services.goals.restore()
        self.faults.calm = True
        self.services.away.clear()


def simulate_gateway(run: GatewayRun) -> list[str]:
    """How laws were broken in a run; the same seed gives the same run."""
    faults = Faults(random.Random(run.seed))

    async def live() -> list[str]:
        return await GatewayWorld(run, faults).live()

    with virtual_time(faults):
        return loop.run(live())
