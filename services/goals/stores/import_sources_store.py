"""SQL of what goals remembers of imports: what files said, and which files they were (docs/decisions/0034).

Only an import writes it, and it holds `lock` while it does: so what was read of a source is true as long as its
`version` is, and rows are written before the organization's row is locked.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import NamedTuple

import msgspec
from msgspec import Struct

from goldenthread.contracts.entities import Id
from goldenthread.contracts.plan import PlanWords
from goldenthread.runtime.consumer.postgres_store import chunks
from goldenthread.runtime.postgres.database import Connection
from services.goals.domain.merge_base import BaseCell, BaseRow, MergeBase, MergeBaseChanges

KEPT_FILES = 200
"""Files that are remembered of a source: its last ones."""
MOST_SOURCES = 50
"""Sources that a file is compared with, at most: those imported last."""
_PAGE = 1_000
_LONGEST_KEY = 1_600
"""Bytes of a row id or a spelling that fit into an index together with their source. Longer ones are not remembered."""
_LOCK = 0x1A9027
"""With the hash of an organization it is the lock of what is remembered of its imports."""


class _Titled(Struct):
    title: BaseCell | None = None
    statement: BaseCell | None = None


_cells = msgspec.json.Decoder(dict[str, BaseCell])
_titled = msgspec.json.Decoder(_Titled)
_words = msgspec.json.Decoder(PlanWords)


class ImportedFile(NamedTuple):
    """A file of a source that was taken. `by` is a person, None a service."""

    number: int
    digest: bytes
    at: datetime
    by: Id | None
    revision: int


class PreparedMergeBase(Struct, frozen=True):
    """What an import remembers, as it is written: rows (row, node, cells), row ids no more remembered, spellings."""

    rows: list[tuple[str, Id, bytes]] = []
    gone: list[str] = []
    names: list[tuple[str, Id]] = []

    @property
    def empty(self) -> bool:
        """There is nothing to write."""
        return not (self.rows or self.gone or self.names)


def prepared(remembered: MergeBaseChanges | None, derived: MergeBase) -> PreparedMergeBase:
    """What `write` takes, with what is in `derived`, which is not stored yet. To be called in a thread."""
    if remembered is None:
        return PreparedMergeBase()
    rows, units = {**derived.rows, **remembered.rows}, {**derived.units, **remembered.units}
    said = {row: each for row, each in rows.items() if each is not None and _fits(row)}
    return PreparedMergeBase(
        [(row, each.node, _encoded(each.cells)) for row, each in said.items()],
        [row for row, each in remembered.rows.items() if each is None],
        [(name, unit) for name, unit in units.items() if _fits(name)],
    )


async def lock(connection: Connection, organization: Id) -> None:
    """One import of an organization writes at a time, until its transaction ends. Raises LockNotAvailableError.

    To be taken before the organization's row is locked.
    """
    await connection.execute("SELECT pg_advisory_xact_lock($1, hashtext($2))", _LOCK, organization)


async def load(connection: Connection, organization: Id, source: str) -> MergeBase:
    """What is remembered of a source; others have a turn between two pages."""
    rows: dict[str, BaseRow] = {}
    cursor = await connection.cursor(
        "SELECT row, node, cells FROM import_rows WHERE organization = $1 AND source = $2 ORDER BY row",
        organization,
        source,
    )
    while page := await cursor.fetch(_PAGE):
        rows |= {row: BaseRow(node, _cells.decode(cells)) for row, node, cells in page}
        await asyncio.sleep(0)
    names = await connection.fetch(
        "SELECT name, unit FROM import_names WHERE organization = $1 AND source = $2", organization, source
    )
    return MergeBase(rows, dict(tuple(row) for row in names))


async def titles(connection: Connection, organization: Id, rows: Collection[str]) -> dict[str, dict[str, str]]:
    """The remembered titles of rows, by source: of those with these ids and some others, of the `MOST_SOURCES` imported
    last.
    """
    found: dict[str, dict[str, str]] = {}
    asked = list(rows)
    for source in await sources(connection, organization):
        page = await connection.fetch(
            """SELECT row, cells FROM import_rows WHERE organization = $1 AND source = $2 AND row = ANY($3::text[])
               UNION (SELECT row, cells FROM import_rows WHERE organization = $1 AND source = $2
                      ORDER BY row LIMIT $4)""",
            organization,
            source,
            asked,
            _PAGE,
        )
        titled = ((row, _titled.decode(cells)) for row, cells in page)
        titles = ((row, each.title or each.statement) for row, each in titled)
        found[source] = {row: title.value for row, title in titles if title is not None}
        await asyncio.sleep(0)
    return found


async def sources(connection: Connection, organization: Id) -> list[str]:
    """The sources of which files were taken, the last one first: `MOST_SOURCES` at most."""
    rows = await connection.fetch(
        """SELECT source FROM import_files WHERE organization = $1 GROUP BY source
           ORDER BY max(at) DESC, source LIMIT $2""",
        organization,
        MOST_SOURCES,
    )
    return [row["source"] for row in rows]


async def write(connection: Connection, organization: Id, source: str, merge_base: PreparedMergeBase) -> None:
    """Remember it, under `lock`. By statements and not by COPY, which waits for a process that freezes for ever."""
    for rows in chunks(merge_base.rows):
        await connection.execute(
            """INSERT INTO import_rows (organization, source, row, node, cells)
               SELECT $1, $2, * FROM unnest($3::text[], $4::text[], $5::bytea[])
               ON CONFLICT (organization, source, row) DO UPDATE SET node = excluded.node, cells = excluded.cells""",
            organization,
            source,
            *zip(*rows, strict=True),
        )
    for names in chunks(merge_base.names):
        await connection.execute(
            """INSERT INTO import_names (organization, source, name, unit)
               SELECT $1, $2, * FROM unnest($3::text[], $4::text[])
               ON CONFLICT (organization, source, name) DO UPDATE SET unit = excluded.unit""",
            organization,
            source,
            *zip(*names, strict=True),
        )
    for gone in chunks(merge_base.gone):
        await connection.execute(
            "DELETE FROM import_rows WHERE organization = $1 AND source = $2 AND row = ANY($3::text[])",
            organization,
            source,
            list(gone),
        )


async def files(connection: Connection, organization: Id, source: str) -> list[ImportedFile]:
    """The files of a source that are remembered, the last one first."""
    rows = await connection.fetch(
        """SELECT number, digest, at, by, revision FROM import_files
           WHERE organization = $1 AND source = $2 ORDER BY number DESC""",
        organization,
        source,
    )
    return [ImportedFile(*row) for row in rows]


async def last_file(connection: Connection, organization: Id, source: str) -> ImportedFile | None:
    """The last file of a source: as long as it is the same, so is what is remembered of the source."""
    row = await connection.fetchrow(
        """SELECT number, digest, at, by, revision FROM import_files
           WHERE organization = $1 AND source = $2 ORDER BY number DESC LIMIT 1""",
        organization,
        source,
    )
    return ImportedFile(*row) if row else None


async def put_file(connection: Connection, organization: Id, source: str, file: ImportedFile) -> None:
    """This file was taken; of the files before it the last ones stay."""
    await connection.execute(
        """INSERT INTO import_files (organization, source, number, digest, at, by, revision)
           VALUES ($1, $2, $3, $4, $5, $6, $7)""",
        organization,
        source,
        *file,
    )
    await connection.execute(
        "DELETE FROM import_files WHERE organization = $1 AND source = $2 AND number <= $3",
        organization,
        source,
        file.number - KEPT_FILES,
    )


async def words(connection: Connection, organization: Id) -> dict[str, PlanWords]:
    """The words that are kept, by source: of the `MOST_SOURCES` of which something was said last, that one first."""
    rows = await connection.fetch(
        "SELECT source, words FROM import_words WHERE organization = $1 ORDER BY at DESC, source LIMIT $2",
        organization,
        MOST_SOURCES,
    )
    return {row["source"]: _words.decode(row["words"]) for row in rows}


async def words_of(connection: Connection, organization: Id, source: str) -> PlanWords:
    """The words that are kept of a source; none where nothing was said."""
    found = await connection.fetchval(
        "SELECT words FROM import_words WHERE organization = $1 AND source = $2", organization, source
    )
    return _words.decode(found) if found is not None else PlanWords()


async def put_words(connection: Connection, organization: Id, source: str, words: PlanWords, at: datetime) -> None:
    """Keep these words of a source, under `lock`."""
    await connection.execute(
        """INSERT INTO import_words (organization, source, words, at) VALUES ($1, $2, $3, $4)
           ON CONFLICT (organization, source) DO UPDATE SET words = excluded.words, at = excluded.at""",
        organization,
        source,
        msgspec.json.encode(words),
        at,
    )


async def forget(connection: Connection, organization: Id, source: str) -> None:
    """Forget all that is remembered of a source."""
    await lock(connection, organization)
    for table in ("import_rows", "import_names", "import_files", "import_words"):
        await connection.execute(f"DELETE FROM {table} WHERE organization = $1 AND source = $2", organization, source)


def _encoded(cells: Mapping[str, BaseCell]) -> bytes:
    """As `_cells` decodes them, without saying of every cell that it has no text of its own."""
    return msgspec.json.encode({name: each if each.text is not None else (each.value,) for name, each in cells.items()})


def _fits(key: str) -> bool:
    return len(key) <= _LONGEST_KEY // 4 or len(key.encode()) <= _LONGEST_KEY
