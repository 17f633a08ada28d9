"""SQL of silos and of what passed between units."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date
from typing import Any

import msgspec
from msgspec import Struct

from goldenthread.contracts.entities import Id
from goldenthread.contracts.events.alignment import SiloEvidence, UnitSiloed
from goldenthread.contracts.read_api import ReciprocityAnswer
from goldenthread.runtime.consumer.postgres_store import chunks
from goldenthread.runtime.outbox import store as outbox
from goldenthread.runtime.postgres.database import Connection, Pool, Write
from services.alignment.domain.figures.exchanges import Act, DatedExchange, Exchange, reciprocity
from services.alignment.domain.figures.silos import NO_RECORD, SiloRecord, Silos

_evidence = msgspec.json.Decoder(tuple[SiloEvidence, ...])
_silo = msgspec.json.Decoder(UnitSiloed)


async def read(connection: Connection, organization: Id) -> Silos:
    """What is known of every unit, as saved."""
    rows = await connection.fetch("SELECT unit, evidence, silo FROM silos WHERE organization = $1", organization)
    return Silos({row["unit"]: _record(row) for row in rows})


def _record(row: Any) -> SiloRecord:
    return SiloRecord(_evidence.decode(row["evidence"]), _silo.decode(row["silo"]) if row["silo"] else None)


TABLES = ("passed", "silos")


class _SiloRow(Struct, frozen=True):
    unit: Id
    evidence: str
    silo: str | None


class SiloRows(Struct, frozen=True):
    """The rows to write of the silos, and of the exchanges between units."""

    records: list[_SiloRow]
    exchanges: list[tuple[DatedExchange, int]]


def prepare_rows(silos: Silos, exchanges: Counter[DatedExchange]) -> SiloRows:
    """What `silos.unsaved` and `exchanges` come to."""
    seen = [(unit, silos.records.get(unit, NO_RECORD)) for unit in silos.unsaved]
    return SiloRows(
        [_SiloRow(unit, _json(each.evidence), _json(each.silo) if each.silo else None) for unit, each in seen],
        list(exchanges.items()),
    )


def writes(rows: SiloRows) -> Iterator[Write]:
    """What writes these rows, in portions."""
    for seen in chunks(rows.records):
        yield Write(
            """INSERT INTO silos (organization, unit, evidence, silo)
               SELECT $1, * FROM unnest($2::text[], $3::jsonb[], $4::jsonb[])
               ON CONFLICT (organization, unit) DO UPDATE SET evidence = excluded.evidence, silo = excluded.silo""",
            (
                [each.unit for each in seen],
                [each.evidence for each in seen],
                [each.silo for each in seen],
            ),
        )
    for passed in chunks(rows.exchanges):
        columns = [(*each, number) for each, number in passed]
        yield Write(
            """INSERT INTO passed AS p (organization, unit, other, act, seconds, day, number)
               SELECT $1, * FROM unnest($2::text[], $3::text[], $4::text[], $5::bigint[], $6::date[], $7::bigint[])
               ON CONFLICT (organization, unit, other, act, day, seconds)
               DO UPDATE SET number = p.number + excluded.number""",
            [[row[column] for row in columns] for column in range(6)],
        )


async def now(connection: Connection, organization: Id, unit: Id | None) -> list[UnitSiloed]:
    """The units that are silos (or only this one, if it is), in the order of their ids."""
    rows = await connection.fetch(
        "SELECT silo FROM silos WHERE organization = $1 AND silo IS NOT NULL AND ($2::text IS NULL OR unit = $2)",
        organization,
        unit,
    )
    return sorted((_silo.decode(row["silo"]) for row in rows), key=lambda silo: silo.unit)


async def between(pool: Pool, organization: Id, unit: Id | None, since: date | None) -> ReciprocityAnswer:
    """What passed between units (those pairs only that `unit` is one of) from `since` on, at a commit boundary."""
    async with pool.acquire() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        head = await outbox.head(connection, organization)
        rows = await connection.fetch(
            """SELECT unit, other, act, seconds, sum(number)::bigint AS number FROM passed
               WHERE organization = $1 AND ($2::text IS NULL OR unit = $2 OR other = $2)
                 AND ($3::date IS NULL OR day >= $3)
               GROUP BY unit, other, act, seconds""",
            organization,
            unit,
            since,
        )
    passed = {Exchange(row["unit"], row["other"], Act(row["act"]), row["seconds"]): row["number"] for row in rows}
    return ReciprocityAnswer(head.judged or 0, reciprocity(passed), head.judged_id)


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()
