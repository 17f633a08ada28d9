"""Rows of numbers in PostgreSQL: one bytea a row, read in bulk as its binary copy has them (COPY, "Binary Format")."""

from __future__ import annotations

import numpy as np
from msgspec import DecodeError

from goldenthread.contracts.entities import Id
from goldenthread.runtime.postgres.database import Connection
from services.alignment.domain.verdict.columns import I64

_HEADER, _TRAILER = 19, 2
_BEFORE = 6
"""Bytes before a row's own: how many fields it has, and how long the only one is."""
_STORED = np.dtype("<i8")


def rows_of(table: I64) -> list[bytes]:
    """Each row of a table as it is stored."""
    size, data = table.shape[1] * _STORED.itemsize, table.astype(_STORED).tobytes()
    return [data[at : at + size] for at in range(0, len(data), size)]


async def read(connection: Connection, table: str, organization: Id, width: int) -> I64:
    """What `packed` holds in all rows of an organization, so many numbers each.

    Raises `msgspec.DecodeError` when other code stored rows of another width.
    """
    data = bytearray()

    async def take(part: bytes) -> None:
        data.extend(part)

    query = f"SELECT packed FROM {table} WHERE organization = $1"
    await connection.copy_from_query(query, organization, output=take, format="binary")
    rows, size = memoryview(data)[_HEADER:-_TRAILER], _BEFORE + width * _STORED.itemsize
    if len(rows) % size or (rows and int.from_bytes(rows[2:_BEFORE], "big") != size - _BEFORE):
        raise DecodeError(f"rows of {table} do not have {width} numbers")
    stored = np.frombuffer(rows, np.uint8).reshape(-1, size)[:, _BEFORE:]
    return np.ascontiguousarray(stored).view(_STORED).astype(np.int64, copy=False)
