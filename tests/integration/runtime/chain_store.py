"""The simulation's fold on real tables: what lets one suite hold the simulated store and the real one to the same."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from goldenthread.runtime.consumer.postgres_store import EventDraft, ProjectionStore
from goldenthread.runtime.postgres.database import Connection, Write
from goldenthread.runtime.postgres.migration_files import Migrations
from goldenthread.runtime.projection import CommitOutput, PreparedSave, Save
from tests.support.simulation.folding import Rows, State, output_ids, prepare_rows
from tests.support.simulation.streams import ALIGNMENT, GOALS, WHEN

TABLES = """
    CREATE TABLE chains (organization text PRIMARY KEY, chain text NOT NULL);
    CREATE TABLE chain_rows (organization text, name text, value text NOT NULL, PRIMARY KEY (organization, name));
"""


def migrations(folder: Path) -> Migrations:
    """The migration of these tables, in a folder of its own."""
    made = folder / "migrations"
    made.mkdir()
    (made / "0001_chains.sql").write_text(TABLES)
    return Migrations("chains", made)


@dataclass(frozen=True)
class Payload:
    """One thing to publish."""

    id: str
    payload: Any
    basis: int
    subject: str
    type: str = "test.happened"
    time: datetime = WHEN
    causationid: str | None = None
    correlationid: str | None = None
    traceparent: str | None = None


class ChainStore(ProjectionStore[State, Rows]):
    """`ProjectionStore` for `ChainFold`."""

    source, first = ALIGNMENT, GOALS

    async def read(self, connection: Connection, organization: str) -> State:
        """The chain and its rows."""
        chain = await connection.fetchval("SELECT chain FROM chains WHERE organization = $1", organization)
        rows = await connection.fetch("SELECT name, value FROM chain_rows WHERE organization = $1", organization)
        return State(chain or "", {row["name"]: row["value"] for row in rows})

    def rows(self, save: Save[State]) -> Rows:
        """The chain, and the rows that changed."""
        return prepare_rows(save.state)

    async def write(self, connection: Connection, save: PreparedSave[Rows]) -> None:
        """The same."""
        if save.fresh:
            await connection.execute("DELETE FROM chain_rows WHERE organization = $1", save.organization)
        await connection.execute(
            "INSERT INTO chains VALUES ($1, $2) ON CONFLICT (organization) DO UPDATE SET chain = excluded.chain",
            save.organization,
            save.rows.chain,
        )
        await connection.executemany(
            """INSERT INTO chain_rows VALUES ($1, $2, $3)
               ON CONFLICT (organization, name) DO UPDATE SET value = excluded.value""",
            [(save.organization, name, value) for name, value in save.rows.rows.items()],
        )

    def drafts(self, save: PreparedSave[Rows]) -> list[list[EventDraft]]:
        """What the simulated store publishes."""
        return [_drafts(save, output) for output in save.outputs]


class ChainStoreAtOnce(ChainStore):
    """The same, each save but the first in one statement."""

    def combined_writes(self, save: PreparedSave[Rows]) -> list[Write] | None:
        """What `write` does."""
        names, values = list(save.rows.rows), list(save.rows.rows.values())
        chain = "INSERT INTO chains VALUES ($1, $2) ON CONFLICT (organization) DO UPDATE SET chain = excluded.chain"
        rows = """INSERT INTO chain_rows SELECT $1, * FROM unnest($2::text[], $3::text[])
                  ON CONFLICT (organization, name) DO UPDATE SET value = excluded.value"""
        return None if save.fresh else [Write(chain, [save.rows.chain]), Write(rows, [names, values])]


def _drafts(save: PreparedSave[Rows], output: CommitOutput) -> list[EventDraft]:
    made = output_ids(output.commit, save.checkpoint.fold_version, output.payloads)
    return [Payload(id, payload, output.commit.basis, save.organization) for id, payload in made]
