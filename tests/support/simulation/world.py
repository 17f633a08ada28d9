"""One run: goals, alignment (folds goals) and notifications (folds both), two members each, and a seed of trouble."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from goldenthread.runtime.projection import START, Merge, Upstream
from tests.support.simulation import loop
from tests.support.simulation.broker import PARTITIONS, Broker, partition_of
from tests.support.simulation.database import Database
from tests.support.simulation.faults import Faults
from tests.support.simulation.folding import fresh_fold
from tests.support.simulation.process import Process
from tests.support.simulation.streams import ALIGNMENT, GOALS, Goals, Poison, Stream

ALERTS = "/alerts"
ORGANIZATIONS = ("ash", "birch")
GROUPS = ("alignment", "notifications")


@dataclass(frozen=True)
class Run:
    """`steps` moments of trouble. The others are rules that live outside the projection's memory, and what the broker
    does for one who reads past its end.
    """

    seed: int
    steps: int = 25
    heads: bool = True
    guard: bool = True
    atomic: bool = True
    prepared: bool = True
    seeks: bool = True
    deletes: bool = True
    tombstones: bool = True
    tells_deletion: bool = True


class World:
    def __init__(self, run: Run) -> None:
        self.run = run
        self.random = random.Random(run.seed)
        self.faults = Faults(self.random)
        self.broker = Broker(self.faults, seeks=run.seeks)
        self.goals = Goals(ORGANIZATIONS, self.faults, tells_deletion=run.tells_deletion)
        self.version = 1
        rules = {"guard": run.guard, "atomic": run.atomic, "prepared": run.prepared, "tombstones": run.tombstones}
        self.databases = {
            "alignment": Database(ALIGNMENT, self.faults, self.broker.publish, **rules),
            "notifications": Database(ALERTS, self.faults, self.broker.publish, **rules),
        }
        self.members = {group: [self._start(group), self._start(group)] for group in GROUPS}
        for group in GROUPS:
            for partition in range(PARTITIONS):
                self.random.choice(self.members[group]).assign(partition)

    def _start(self, group: str) -> Process:
        first = group == "alignment"
        upstreams: dict[str, Upstream] = {GOALS: self.goals}
        if not first:
            upstreams[ALIGNMENT] = self.databases["alignment"]
        return Process(
            group,
            self.databases[group],
            Merge(GOALS) if first else Merge(GOALS, (ALIGNMENT,)),
            upstreams,
            self.broker,
            self.faults,
            self.version,
            heads=self.run.heads,
        )

    async def live(self) -> list[str]:
        """Trouble, then calm; what is different from a fresh fold at the end."""
        for _ in range(self.run.steps):
            await self._trouble()()
            await asyncio.sleep(self.random.choice((0.0, 0.01, 0.1, 0.3, 1.5)))
        await self._calm()
        for _ in range(40):
            await asyncio.sleep(1.0)
            self._try_again()
            if not self.differences():
                break
        return self.differences()

    def _trouble(self) -> Callable[[], Awaitable[None]]:
        kinds: list[tuple[int, Callable[[], Awaitable[None]]]] = [
            (60, self._write),
            (8, self._move),
            (8, self._fence),
            (8, self._crash),
            (3, self._empty),
            (3, self._back_up),
            (3, self._restore),
            (1, self._deploy),
            (1, self._poison),
            *([(1, self._delete)] if self.run.deletes else []),
        ]
        return self.random.choices([kind for _, kind in kinds], [weight for weight, _ in kinds])[0]

    async def _write(self) -> None:
        for _ in range(self.random.randint(1, 5)):
            for event in self.goals.write(self.random.choice(ORGANIZATIONS), self.random.choice((1, 1, 2, 4))):
                self.broker.publish(event)

    async def _move(self) -> None:
        """A rebalance: one member's partition is another's."""
        self._hand_over(self.random.choice(GROUPS), self.random.randrange(PARTITIONS))

    async def _fence(self) -> None:
        """A zombie: the partition goes to the other member, and the first does not know (until it is told, or dies)."""
        group, partition = self.random.choice(GROUPS), self.random.randrange(PARTITIONS)
        for member in self.members[group]:
            member.assign(partition)

    async def _crash(self) -> None:
        group, which = self.random.choice(GROUPS), self.random.randrange(2)
        dead = self.members[group][which]
        born = self._start(group)
        self.members[group][which] = born
        await dead.kill()
        for partition in dead.partitions:
            born.assign(partition)

    async def _empty(self) -> None:
        self.broker.empty()

    async def _back_up(self) -> None:
        self.goals.back_up()

    async def _restore(self) -> None:
        self.goals.restore()

    async def _deploy(self) -> None:
        """Code that folds differently: processes started from now on run it."""
        self.version += 1

    async def _poison(self) -> None:
        """An event that only code to come can fold."""
        for event in self.goals.write(self.random.choice(ORGANIZATIONS), 2, Poison(self.version + 1)):
            self.broker.publish(event)

    async def _delete(self) -> None:
        for event in self.goals.delete(self.random.choice(ORGANIZATIONS)):
            self.broker.publish(event)

    def _hand_over(self, group: str, partition: int) -> None:
        new, old = self.random.sample(self.members[group], 2)
        old.revoke(partition)
        new.assign(partition)

    async def _calm(self) -> None:
        """No more trouble: the last version everywhere, every partition with one member."""
        self.faults.calm = True
        for group, members in self.members.items():
            for which, member in enumerate(members):
                if member.version != self.version:
                    await member.kill()
                    members[which] = self._start(group)
                    for partition in member.partitions:
                        members[which].assign(partition)
            for partition in range(PARTITIONS):
                if sum(partition in member.partitions for member in members) != 1:
                    self._hand_over(group, partition)

    def _try_again(self) -> None:
        """Assign the partitions of quarantined organizations again, as a restart does: the cause may be mended."""
        for member in (*self.members["alignment"], *self.members["notifications"]):
            for partition in sorted({partition_of(each.organization) for each in member.projection.quarantined}):
                member.revoke(partition)
                member.assign(partition)

    def differences(self) -> list[str]:
        """Where the databases are not what a fresh fold of the upstreams' streams gives."""
        found: list[str] = []
        for organization in self.goals.deleted:
            for group in GROUPS:
                row = self.databases[group].rows.get(organization)
                if row is None or not row.checkpoint.deleted or row.chain or row.rows or row.stream.events:
                    found.append(f"{group} has something of {organization}, which was deleted")
        for organization in ORGANIZATIONS:
            if organization in self.goals.deleted:
                continue
            inputs = [self.goals.streams[organization]]
            for group, own in zip(GROUPS, (ALIGNMENT, ALERTS), strict=True):
                out = self._compare(group, own, organization, inputs, found)
                inputs.append(out)
        return found

    def _compare(self, group: str, own: str, organization: str, inputs: list[Stream], found: list[str]) -> Stream:
        state, out, at = fresh_fold(own, organization, self.version, inputs)
        row = self.databases[group].rows.get(organization)
        if row is None:
            if at[GOALS] != START:
                found.append(f"{group} never saw {organization}")
        elif dict(row.checkpoint.positions) != at:
            found.append(f"{group} of {organization} is at {row.checkpoint.positions}, not at {at}")
        elif (row.chain, row.rows) != (state.chain, state.rows):
            found.append(f"{group} of {organization} folded something else")
        elif row.stream.events != out.events:
            found.append(f"{group} of {organization} published something else")
        return out


def simulate(run: Run) -> list[str]:
    """The differences at the end of a run; the same seed gives the same run."""

    async def live() -> list[str]:
        return await World(run).live()

    return loop.run(live())
