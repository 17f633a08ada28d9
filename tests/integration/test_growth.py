"""docs/growth.md lists every table of the databases, and no number in them comes to its end after 2^31."""

from __future__ import annotations

import importlib
from pathlib import Path

import asyncpg
import pytest

from goldenthread.launcher.topology import DATABASES
from goldenthread.runtime.postgres.migrations import SHARED
from tests.support.database_templates import DatabaseTemplates

PAGE = Path(__file__).parents[2] / "docs" / "growth.md"
SMALL = {
    "import_files.number": "files of one source",
    "import_runs.done": "rows of a file",
    "import_runs.total": "rows of a file",
    "timers.round": "times that one question was escalated",
    "owner_lists.list": "combinations of units that own goals of one organization",
    "installation.partitions": "a setting",
    "deliveries.attempts": "attempts of one message, within three days",
    "webhooks.failures": "attempts that failed in a row, until the webhook is disabled",
    "streams.relay": "0 or 1",
}
"""Columns with fewer than 64 bits, and what they count: none counts without end."""


def listed(database: str) -> set[str]:
    """The tables that the page has for a database."""
    rows = (line.strip("|").split("|") for line in PAGE.read_text().splitlines() if line.startswith("|"))
    return {row[1].strip(" `") for row in rows if row[0].strip() in ("all", database)}


@pytest.mark.parametrize("database", DATABASES)
async def test_every_table_is_listed_and_numbers_without_end_have_64_bits(
    databases: DatabaseTemplates, database: str
) -> None:
    own = importlib.import_module(f"services.{database}.migrations").MIGRATIONS
    connection = await asyncpg.connect((await databases.migrated(SHARED, own)).reveal())
    try:
        tables = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        small = await connection.fetch(
            """SELECT table_name || '.' || column_name AS name FROM information_schema.columns
               WHERE table_schema = 'public' AND data_type IN ('integer', 'smallint')"""
        )
        sequences = await connection.fetch("SELECT max_value FROM pg_sequences WHERE schemaname = 'public'")
    finally:
        await connection.close()
    assert {row["tablename"] for row in tables} == listed(database)
    assert {row["name"] for row in small} <= SMALL.keys()
    assert all(row["max_value"] == 2**63 - 1 for row in sequences)
