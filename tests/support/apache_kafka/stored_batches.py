"""What a broker keeps, read from its files: the only place that says who wrote a batch, and as which of theirs."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from aiokafka.record.memory_records import MemoryRecords


class StoredBatch(NamedTuple):
    """One batch as stored. An idempotent producer has an id, and numbers its records on a partition 0, 1, 2 …"""

    producer: int
    first_number: int
    keys: list[bytes]
    values: list[bytes]


def batches(folder: Path) -> list[StoredBatch]:
    """The batches of one partition's folder, oldest first; empty for a folder without records."""
    return [batch for file in sorted(folder.glob("*.log")) for batch in _batches(file.read_bytes())]


def _batches(content: bytes) -> list[StoredBatch]:
    found: list[StoredBatch] = []
    reader = MemoryRecords(content)
    while (batch := reader.next_batch()) is not None:
        producer, first = batch.producer_id, batch.base_sequence
        records = list(batch)
        found.append(
            StoredBatch(producer, first, [each.key or b"" for each in records], [each.value for each in records])
        )
    return found
