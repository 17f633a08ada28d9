"""A member of a consumer group: reads its partitions, feeds its projection, and can be killed at any await."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace

from goldenthread.runtime.projection import BatchReceipt, DeadLetter, Merge, Pace, Projection, Record, Upstream
from goldenthread.runtime.streams.heads_round import HeadsLimits
from tests.support.simulation.broker import Broker, partition_of
from tests.support.simulation.database import Database
from tests.support.simulation.faults import Faults
from tests.support.simulation.folding import ChainFold, State
from tests.support.simulation.threads import SimulatedThreads

HEADS = HeadsLimits(page=1, pages=1, hurried_pages=1, behind=2)
"""So small that each limit is reached with two organizations, one of which may be quarantined again and again."""
PACE = Pace(
    heads_every=1.0,
    full_heads_every=4,
    heads=HEADS,
    repairs=2,
    page=7,
    room=40,
    width=3,
    patience=0.05,
    slowest=1.0,
    in_memory=1,
)


class Process:
    def __init__(
        self,
        group: str,
        database: Database,
        merge: Merge,
        upstreams: Mapping[str, Upstream],
        broker: Broker,
        faults: Faults,
        version: int,
        *,
        heads: bool = True,
    ) -> None:
        self.group = group
        self.version = version
        self.partitions: set[int] = set()
        self.notices: list[DeadLetter] = []
        self._broker, self._faults, self._sources = broker, faults, merge.sources
        self._cursors: dict[tuple[str, int], int] = {}
        self.projection: Projection[State] = Projection(
            fold=ChainFold(version),
            store=database,
            merge=merge,
            upstreams=upstreams,
            report=self._report,
            partition_of=partition_of,
            pace=replace(PACE, heavy=faults.random.choice((2, 9))),
            executor=SimulatedThreads(faults),
        )
        self._receipts: asyncio.Queue[tuple[BatchReceipt, dict[tuple[str, int], int]]] = asyncio.Queue()
        self._tasks = [asyncio.ensure_future(self._consume()), asyncio.ensure_future(self._acknowledge())]
        if heads:
            self._tasks.append(asyncio.ensure_future(self.projection.run()))

    def assign(self, partition: int) -> None:
        if partition not in self.partitions:
            self.partitions.add(partition)
            for source in self._sources:
                self._cursors[source, partition] = self._broker.committed(self.group, source, partition)
            self.projection.assign([partition])

    def revoke(self, partition: int) -> None:
        self.partitions.discard(partition)
        self.projection.revoke([partition])

    async def kill(self) -> None:
        for task in self._tasks:
            task.cancel()
        await self.projection.close()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _report(self, notice: DeadLetter) -> None:
        self.notices.append(notice)

    async def _consume(self) -> None:
        while True:
            batch: list[Record] = []
            ends: dict[tuple[str, int], int] = {}
            for source in self._sources:
                for partition in sorted(self.partitions):
                    at = self._cursors[source, partition]
                    some, end = self._broker.read(source, partition, at, self._faults.random.randint(1, 12))
                    batch += some
                    ends[source, partition] = end
            receipt = await self.projection.consume(batch)
            for (source, partition), end in ends.items():
                if partition in self.partitions:
                    self._cursors[source, partition] = end
            self._receipts.put_nowait((receipt, ends))
            await asyncio.sleep(self._faults.random.choice((0.0, 0.05)) if batch else 0.3)

    async def _acknowledge(self) -> None:
        while True:
            receipt, ends = await self._receipts.get()
            if await receipt.saved():
                for (source, partition), end in ends.items():
                    if partition in self.partitions:
                        self._broker.commit(self.group, source, partition, end)
