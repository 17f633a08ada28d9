"""A broker that loses, doubles, delays and corrupts records, and comes back empty."""

from __future__ import annotations

import asyncio

from goldenthread.contracts.envelope import Event
from goldenthread.runtime.projection import Record
from tests.support.simulation.faults import Faults

PARTITIONS = 2


def partition_of(organization: str) -> int:
    return sum(organization.encode()) % PARTITIONS


class Broker:
    """A log per (source, partition); groups' committed offsets are only a hint, and now and then nonsense.

    One past the end starts again from the beginning; without `seeks` it waits there, as some brokers have it.
    """

    def __init__(self, faults: Faults, *, seeks: bool = True) -> None:
        self._faults = faults
        self._seeks = seeks
        self._logs: dict[tuple[str, int], list[Record]] = {}
        self._offsets: dict[tuple[str, str, int], int] = {}
        self._late: set[asyncio.Task[None]] = set()

    def publish(self, event: Event) -> None:
        if self._faults.happens(self._faults.lose):
            return
        copies = 2 if self._faults.happens(self._faults.double) else 1
        for _ in range(copies):
            if self._faults.happens(self._faults.delay):
                task = asyncio.get_running_loop().create_task(self._later(event))
                self._late.add(task)
                task.add_done_callback(self._late.discard)
            else:
                self._append(event)

    async def _later(self, event: Event) -> None:
        await asyncio.sleep(self._faults.random.uniform(0.001, 3.0))
        self._append(event)

    def _append(self, event: Event) -> None:
        corrupt = self._faults.happens(self._faults.corrupt)
        record = Record(
            event.source, event.organization, None if corrupt else event, b"?", "corrupt" if corrupt else ""
        )
        self._logs.setdefault((event.source, partition_of(event.organization)), []).append(record)

    def empty(self) -> None:
        self._logs.clear()

    def read(self, source: str, partition: int, offset: int, limit: int) -> tuple[list[Record], int]:
        """Records from an offset, and the next offset."""
        log = self._logs.get((source, partition), [])
        if offset > len(log):
            if not self._seeks:
                return [], offset
            offset = 0
        taken = log[offset : offset + limit]
        return taken, offset + len(taken)

    def end(self, source: str, partition: int) -> int:
        """The offset of the next record."""
        return len(self._logs.get((source, partition), []))

    def committed(self, group: str, source: str, partition: int) -> int:
        if self._faults.happens(self._faults.mislead):
            return self._faults.random.randrange(self.end(source, partition) + 20)
        return self._offsets.get((group, source, partition), 0)

    def commit(self, group: str, source: str, partition: int, offset: int) -> None:
        self._offsets[group, source, partition] = offset
