"""Erases what imports remember of files in which the name, e-mail address or login of a person stands.

An import keeps no owner who is a person, so these are words that somebody wrote: in a title, a row id, the spelling of
a unit, a heading that was given a meaning. A row that is not remembered any more is compared anew by the next import.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import msgspec

from goldenthread.contracts.entities import Id
from goldenthread.contracts.plan import PlanWords
from goldenthread.runtime.postgres.database import Connection
from services.goals.erasure.personal_texts import PersonalTexts

_PAGE = 1_000
_KEYS = 500
"""Rows that one statement deletes."""
_words = msgspec.json.Decoder(PlanWords)


async def erase(connection: Connection, organization: Id, texts: PersonalTexts) -> None:
    """Erase it, under the lock of imports (`import_sources_store.lock`)."""
    await _delete(connection, "import_rows", "row", await _found(connection, _ROWS, organization, texts), organization)
    await _delete(
        connection, "import_names", "name", await _found(connection, _UNITS, organization, texts), organization
    )
    await _erase_words(connection, organization, texts)
    for run, *told in await connection.fetch(
        "SELECT id, file_name, source FROM import_runs WHERE organization = $1", organization
    ):
        if any(text and texts.stand_in(text) for text in told):
            await connection.execute("DELETE FROM import_runs WHERE organization = $1 AND id = $2", organization, run)


_ROWS = "SELECT source, row AS key, convert_from(cells, 'UTF8') AS text FROM import_rows WHERE organization = $1"
_UNITS = "SELECT source, name AS key, '' AS text FROM import_names WHERE organization = $1"


async def _found(
    connection: Connection, statement: str, organization: Id, texts: PersonalTexts
) -> list[tuple[str, str]]:
    """The keys (source, key) of the rows of `statement` in which a text stands; others have turns between two pages."""
    found: list[tuple[str, str]] = []
    async for page in _pages(connection, statement, organization):
        found += [(source, key) for source, key, text in page if texts.stand_in(key) or texts.stand_in(text)]
        await asyncio.sleep(0)
    return found


async def _pages(connection: Connection, statement: str, organization: Id) -> AsyncIterator[list[tuple[str, str, str]]]:
    cursor = await connection.cursor(statement, organization)
    while page := await cursor.fetch(_PAGE):
        yield [tuple(row) for row in page]


async def _delete(
    connection: Connection, table: str, column: str, keys: list[tuple[str, str]], organization: Id
) -> None:
    for first in range(0, len(keys), _KEYS):
        sources, rows = zip(*keys[first : first + _KEYS], strict=True)
        await connection.execute(
            f"""DELETE FROM {table} USING unnest($2::text[], $3::text[]) AS gone (source, key)
                WHERE organization = $1 AND {table}.source = gone.source AND {table}.{column} = gone.key""",
            organization,
            sources,
            rows,
        )


async def _erase_words(connection: Connection, organization: Id, texts: PersonalTexts) -> None:
    for source, kept in await connection.fetch(
        "SELECT source, words FROM import_words WHERE organization = $1", organization
    ):
        words = _words.decode(kept)
        columns = {word: column for word, column in words.columns.items() if not texts.stand_in(word)}
        types = {word: type for word, type in words.types.items() if not texts.stand_in(word)}
        if len(columns) + len(types) < len(words.columns) + len(words.types):
            await connection.execute(
                "UPDATE import_words SET words = $3 WHERE organization = $1 AND source = $2",
                organization,
                source,
                msgspec.json.encode(PlanWords(columns, types)),
            )
