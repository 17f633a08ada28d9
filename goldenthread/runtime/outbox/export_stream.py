"""Rows of an organization as files of an export, in one response: each is sent as the reader takes it, and no faster.

A line `file NAME` begins a file; the lines after it are its rows, JSON objects. The last line is `end`: without it the
export has broken off.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from typing import NamedTuple

from goldenthread.runtime.outbox import store as outbox
from goldenthread.runtime.postgres.database import Connection, Pool

MEDIA_TYPE = "text/plain; charset=utf-8"
SECONDS = 120.0
"""How long a reader may keep a snapshot's transaction."""
_ROWS = 500
"""Rows that are held at once."""


class ExportFile(NamedTuple):
    """A file of an export, and the query of its rows: one column of JSON text, $1 is the organization."""

    name: str
    query: str


async def export_files(connection: Connection, organization: str, files: list[ExportFile]) -> AsyncIterator[bytes]:
    """The lines of these files, in portions, in the caller's snapshot. A reader who takes longer than `SECONDS` for all
    of them is cut off (TimeoutError).
    """
    deadline = time.monotonic() + SECONDS
    for file in files:
        yield f"file {file.name}\n".encode()
        cursor = await connection.cursor(file.query, organization)
        while rows := await cursor.fetch(_ROWS):
            yield "".join(f"{row[0]}\n" for row in rows).encode()
            if time.monotonic() > deadline:
                raise TimeoutError(f"the export of {organization} was not read within {SECONDS:g} s")


async def export_events(pool: Pool, organization: str, name: str, through: int) -> AsyncIterator[bytes]:
    """The events up to a sequence, as CloudEvents: they never change, so each portion is read for itself. Raises
    ConnectionError when the organization is deleted meanwhile.
    """
    yield f"file {name}\n".encode()
    for first in range(1, through + 1, _ROWS):
        last = min(first + _ROWS - 1, through)
        rows = await pool.fetch(
            """SELECT attributes, data FROM outbox WHERE organization = $1 AND sequence BETWEEN $2 AND $3
               ORDER BY sequence""",
            organization,
            first,
            last,
        )
        if len(rows) != last - first + 1:
            raise ConnectionError(f"{organization} was deleted while it was exported")
        yield b"".join(outbox.stored_row_json(row) + b"\n" for row in rows)


def end() -> bytes:
    """The last line."""
    return b"end\n"
