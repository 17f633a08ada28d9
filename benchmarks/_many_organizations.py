"""Databases with as many organizations as one likes: one that real code has written, multiplied under other ids.

Every row of the template is written once for each organization, with the other id wherever the template's is in a text
or a document. Ids of organizations are like those that are made one second after the other.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg

from benchmarks._table import say
from goldenthread.launcher.postgres import Postgres
from goldenthread.launcher.topology import DATABASES

_PORTION = 10_000
"""Organizations that one statement writes."""
_BEGAN = 1_735_689_600_000
"""Milliseconds: when the first of them was made, as far as its id says."""
_ID = "'org_' || lpad(to_hex({began} + {number}::bigint * 1000), 12, '0') || '{rest}'"
_FAST = (
    "fsync = off",
    "synchronous_commit = off",
    "full_page_writes = off",
    "autovacuum = off",
    "max_wal_size = '4GB'",
)
_SAFE = ("fsync", "synchronous_commit", "full_page_writes", "autovacuum", "max_wal_size")
_COLUMNS = """
    SELECT c.relname AS table, a.attname AS column, format_type(a.atttypid, NULL) AS type
    FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid
    WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace AND a.attnum > 0 AND NOT a.attisdropped
        AND a.attidentity = '' AND c.oid IN (SELECT attrelid FROM pg_attribute WHERE attname = 'organization')
    ORDER BY c.relname, a.attnum
"""
_SIZES = """
    SELECT c.relname AS table, pg_total_relation_size(c.oid) AS bytes, c.reltuples::bigint AS rows
    FROM pg_class AS c WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace
"""


def organization_id(template: str, number: int) -> str:
    """The id of the organization with this number, from 1 on."""
    return f"org_{_BEGAN + number * 1000:012x}{template[16:]}"


async def fill(folder: Path, template: str, count: int) -> dict[str, float]:
    """Multiply the organization `template` of a data dir that nobody uses. Returns bytes on disk of each database, for
    an organization, and of its tables for a row.
    """
    found: dict[str, float] = {}
    async with Postgres(folder) as postgres:
        async with _written_fast(postgres):
            for name in DATABASES:
                connection = await asyncpg.connect(postgres.url(name).reveal())
                before = {row["table"]: row["bytes"] for row in await connection.fetch(_SIZES)}
                await _multiply(connection, name, template, count)
                await connection.execute("VACUUM (ANALYZE, FREEZE)")
                for row in await connection.fetch(_SIZES):
                    grown = row["bytes"] - before[row["table"]]
                    if grown > count:
                        found[f"{name}.{row['table']}, bytes an organization"] = grown / count
                        found[f"{name}.{row['table']}, rows an organization"] = row["rows"] / (count + 1)
                    key = f"{name}, bytes an organization"
                    found[key] = found.get(key, 0) + grown / count
                await connection.close()
    return found


@asynccontextmanager
async def _written_fast(postgres: Postgres) -> AsyncIterator[None]:
    """Nothing that is written in this block need outlive a crash."""
    connection = await asyncpg.connect(postgres.url().reveal())
    for setting in _FAST:
        await connection.execute(f"ALTER SYSTEM SET {setting}")
    await connection.execute("SELECT pg_reload_conf()")
    yield
    for name in _SAFE:
        await connection.execute(f"ALTER SYSTEM RESET {name}")
    await connection.execute("SELECT pg_reload_conf()")
    await asyncio.sleep(1)  # the server reads it in a moment of its own
    await connection.execute("CHECKPOINT")
    await connection.close()


async def _multiply(connection: asyncpg.Connection, name: str, template: str, count: int) -> None:
    tables: dict[str, list[tuple[str, str]]] = {}
    for row in await connection.fetch(_COLUMNS):
        tables.setdefault(row["table"], []).append((row["column"], row["type"]))
    await connection.execute("SET session_replication_role = replica; SET jit = off")  # every row is there already
    for first in range(1, count + 1, _PORTION):
        last = min(count, first + _PORTION - 1)
        async with connection.transaction():
            for table, columns in tables.items():
                await connection.execute(_statement(table, columns, template, first, last))
        say(f"  {name}: {last:,} organizations")


def _statement(table: str, columns: list[tuple[str, str]], template: str, first: int, last: int) -> str:
    names = ", ".join(f'"{column}"' for column, _ in columns)
    made = ", ".join(_copied(column, type_, template) for column, type_ in columns)
    id = _ID.format(began=_BEGAN, number="nth", rest=template[16:])
    return f"""
        INSERT INTO "{table}" ({names}) SELECT {made}
        FROM generate_series({first}, {last}) AS series (nth) CROSS JOIN LATERAL (SELECT {id} AS id) AS made
        CROSS JOIN "{table}" AS template WHERE template.organization = '{template}' ORDER BY nth
    """


def _copied(column: str, type_: str, template: str) -> str:
    value = f'template."{column}"'
    if type_ == "text":
        return f"replace({value}, '{template}', made.id)"
    if type_ in ("jsonb", "json"):
        return f"replace({value}::text, '{template}', made.id)::{type_}"
    if type_ == "bytea":
        replaced = f"convert_to(replace(convert_from({value}, 'UTF8'), '{template}', made.id), 'UTF8')"
        return f"CASE WHEN position('{template}'::bytea IN {value}) > 0 THEN {replaced} ELSE {value} END"
    return value
