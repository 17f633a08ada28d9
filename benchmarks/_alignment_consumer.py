"""Reads what alignment publishes as any consumer would, and remembers when."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from time import perf_counter
from types import TracebackType
from typing import Self

from aiokafka import AIOKafkaConsumer, TopicPartition

from goldenthread.contracts.topics import ALIGNMENT, PARTITIONS

_PORTION = 100
_FETCHED = 128 * 1024
"""Bytes of a partition at once, at most: aiokafka asks a broker for no others' until all of them are taken."""


class AlignmentConsumer:
    """Everything on alignment's topic from the beginning on; the times are `perf_counter`'s."""

    def __init__(self, kafka: str) -> None:
        self._consumer = AIOKafkaConsumer(
            bootstrap_servers=kafka,
            auto_offset_reset="earliest",
            fetch_max_wait_ms=10,
            max_partition_fetch_bytes=_FETCHED,
        )
        self._task: asyncio.Task[None] | None = None
        self.last: dict[str, int] = {}
        """Organization → the last sequence of alignment's that was seen."""
        self.seen: defaultdict[str, dict[int, float]] = defaultdict(dict)
        """Organization → basis → when the last record with it was seen."""
        self.transitions: defaultdict[str, int] = defaultdict(int)
        """Organization → records that speak of one goal."""

    async def __aenter__(self) -> Self:
        await self._consumer.start()
        self._consumer.assign([TopicPartition(ALIGNMENT, number) for number in range(PARTITIONS)])
        self._task = asyncio.create_task(self._read(), name="watch")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
        await self._consumer.stop()

    async def _read(self) -> None:
        while True:
            await asyncio.sleep(0)  # whoever else is in this process has a turn, however much there is to read
            found = await self._consumer.getmany(timeout_ms=1_000, max_records=_PORTION)
            now = perf_counter()
            for record in (record for records in found.values() for record in records):
                organization, headers = record.key.decode(), dict(record.headers)
                self.last[organization] = int(headers["ce_sequence"])
                self.seen[organization][int(headers["ce_basis"])] = now
                self.transitions[organization] += headers["ce_type"].startswith(b"goldenthread.goal.")
