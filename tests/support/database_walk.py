"""Looks for texts in every column of every table of a database, whatever its type; compressed bytes are unpacked."""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

import asyncpg

from goldenthread.contracts.secret import Secret


async def places_of(database: Secret, texts: Iterable[str]) -> set[str]:
    """`table.column` wherever one of the texts stands, in large or small letters."""
    wanted = [each.casefold() for each in texts]
    connection = await asyncpg.connect(database.reveal())
    found: set[str] = set()
    try:
        for table in await _tables(connection):
            for row in await connection.fetch(f'SELECT * FROM "{table}"'):
                for column, value in row.items():
                    said = _text(value).casefold()
                    if any(each in said for each in wanted):
                        found.add(f"{table}.{column}")
    finally:
        await connection.close()
    return found


async def _tables(connection: Any) -> list[str]:
    rows = await connection.fetch(
        "SELECT tablename FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
    )
    return [row["tablename"] for row in rows]


def _text(value: Any) -> str:
    if not isinstance(value, bytes):
        return str(value)
    with suppress(zlib.error):
        value = zlib.decompress(value)
    return str(value.decode(errors="replace"))
