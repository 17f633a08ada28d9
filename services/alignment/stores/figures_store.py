"""SQL of the figures: the facts they follow from, the figures of units now, and those of each closed day."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

import msgspec
from msgspec import Struct

from goldenthread.contracts.entities import (
    CustomerFeedback,
    Id,
    OrganizationInfo,
    OrgUnit,
    Question,
    Why,
    WhyAnswer,
)
from goldenthread.contracts.enums import Kept
from goldenthread.contracts.events.alignment import AlignmentHealth, HealthRecorded, UnitHealth
from goldenthread.contracts.read_api import FiguresAnswer, HealthPoint
from goldenthread.runtime.consumer.postgres_store import chunks
from goldenthread.runtime.outbox import store as outbox
from goldenthread.runtime.postgres.database import Connection, Pool, Write
from services.alignment.domain.figures.counters import Counters
from services.alignment.domain.figures.figures_fold import OWNERS, FiguresFold, StoredFigures
from services.alignment.domain.figures.owner_lists import Units
from services.alignment.domain.figures.redaction import FigureEntity
from services.alignment.domain.verdict import Graph
from services.alignment.domain.verdict.columns import I64
from services.alignment.domain.verdict.graph_view import GraphView
from services.alignment.stores import binary_copy, silos_store

_KINDS: dict[str, type[FigureEntity]] = {
    "unit": OrgUnit,
    "why": Why,
    "answer": WhyAnswer,
    "feedback": CustomerFeedback,
    "question": Question,
}
_decoders: dict[str, msgspec.json.Decoder[FigureEntity]] = {
    name: msgspec.json.Decoder(kind) for name, kind in _KINDS.items()
}
_info = msgspec.json.Decoder(OrganizationInfo)
_health = msgspec.json.Decoder(AlignmentHealth)
_tally = msgspec.json.Decoder(Counters)
_OWNED_WIDTH = OWNERS + 1
_lists = msgspec.json.Decoder(Units)
_WRITE_FACTS = """
    INSERT INTO facts (organization, id, fact) SELECT $1, * FROM unnest($2::text[], $3::jsonb[])
    ON CONFLICT (organization, id) DO UPDATE SET fact = excluded.fact
"""
_WRITE_OWNERS = """
    INSERT INTO owners (organization, id, packed) SELECT $1, * FROM unnest($2::text[], $3::bytea[])
    ON CONFLICT (organization, id) DO UPDATE SET packed = excluded.packed
"""
_WRITE_LISTS = """
    INSERT INTO owner_lists (organization, list, units) SELECT $1, * FROM unnest($2::int[], $3::jsonb[])
    ON CONFLICT (organization, list) DO UPDATE SET units = excluded.units
"""
_WRITE_PROMISES = """
    INSERT INTO promises (organization, link, kept) SELECT $1, * FROM unnest($2::text[], $3::text[])
    ON CONFLICT (organization, link) DO UPDATE SET kept = excluded.kept
"""


class LoadedFigureRows(Struct, frozen=True):
    """The stored rows that figures are put together from."""

    facts: list[Any]
    lists: list[Any]
    owners: I64
    promises: list[Any]
    counters: list[Any]


async def read(connection: Connection, organization: Id) -> LoadedFigureRows:
    """What is stored."""
    fetch, of = connection.fetch, "WHERE organization = $1"
    return LoadedFigureRows(
        await fetch(f"SELECT id, fact FROM facts {of} ORDER BY id", organization),
        await fetch(f"SELECT units FROM owner_lists {of} ORDER BY list", organization),
        await binary_copy.read(connection, "owners", organization, _OWNED_WIDTH),
        await fetch(f"SELECT link, kept FROM promises {of} AND kept IS NOT NULL", organization),
        await fetch(f"SELECT unit, tally FROM health {of}", organization),
    )


def restore(graph: Graph, organization: Id, found: LoadedFigureRows) -> FiguresFold:
    """The figures as they were stored, beside their graph."""
    stored = StoredFigures(
        [_said(organization, row) for row in found.facts],
        [_lists.decode(row["units"]) for row in found.lists],
        found.owners,
        {row["link"]: Kept(row["kept"]) for row in found.promises},
        {row["unit"] or None: _tally.decode(row["tally"]) for row in found.counters},
    )
    return FiguresFold.restore(GraphView(graph), graph.verdict, stored)


def _said(organization: Id, row: Any) -> FigureEntity:
    decoder = _info if row["id"] == organization else _decoders[row["id"].partition("_")[0]]
    return decoder.decode(row["fact"])


TABLES = ("facts", "owners", "owner_lists", "promises", "health", "health_days")


class _Health(Struct, frozen=True):
    unit: str
    health: str
    tally: str


class _Day(Struct, frozen=True):
    day: date
    unit: str
    health: str


class FigureRows(Struct, frozen=True):
    """The rows to write of an organization's figures."""

    facts: list[tuple[Id, str]]
    owners: list[tuple[Id, bytes]]
    lists: list[tuple[int, str]]
    promises: list[tuple[Id, str | None]]
    health: list[_Health]
    days: list[_Day]


def prepare_rows(figures: FiguresFold, days: Sequence[HealthRecorded]) -> FigureRows:
    """What the figures name as unsaved, and the days that were closed; of one that was closed again, as it was last."""
    closed = {(each.day, point.unit or ""): point.health for each in days for point in each.points}
    return FigureRows(
        [(id, _json(each)) for id, each in figures.unsaved_entities.items()],
        list(zip(figures.unsaved_owners, binary_copy.rows_of(figures.owners_to_write()), strict=True)),
        [(number, _json(units)) for number, units in figures.facts.owners.unsaved.items()],
        list(figures.unsaved_promises.items()),
        [
            _Health(unit or "", _json(figures.health(unit).health), _json(tally))
            for unit, tally in figures.unsaved_counters()
        ],
        [_Day(day, unit, _json(health)) for (day, unit), health in closed.items()],
    )


def writes(rows: FigureRows) -> Iterator[Write]:
    """What writes these rows, in portions."""
    for statement, several in (
        (_WRITE_FACTS, rows.facts),
        (_WRITE_OWNERS, rows.owners),
        (_WRITE_LISTS, rows.lists),
        (_WRITE_PROMISES, rows.promises),
    ):
        for some in chunks(several):
            yield Write(statement, list(zip(*some, strict=True)))
    for health in chunks(rows.health):
        yield Write(
            """INSERT INTO health (organization, unit, health, tally)
               SELECT $1, * FROM unnest($2::text[], $3::jsonb[], $4::jsonb[])
               ON CONFLICT (organization, unit) DO UPDATE SET health = excluded.health, tally = excluded.tally""",
            (
                [each.unit for each in health],
                [each.health for each in health],
                [each.tally for each in health],
            ),
        )
    for days in chunks(rows.days):
        yield Write(
            """INSERT INTO health_days (organization, day, unit, health)
               SELECT $1, * FROM unnest($2::date[], $3::text[], $4::jsonb[])
               ON CONFLICT (organization, unit, day) DO UPDATE SET health = excluded.health""",
            (
                [each.day for each in days],
                [each.unit for each in days],
                [each.health for each in days],
            ),
        )


async def answer(pool: Pool, organization: Id, unit: Id | None, since: date | None) -> FiguresAnswer:
    """The figures at a commit boundary: of one unit, or of the organization and all units; days from `since` on."""
    async with pool.acquire() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        head = await outbox.head(connection, organization)
        now = await connection.fetch(
            """SELECT unit, health FROM health WHERE organization = $1 AND ($2::text IS NULL OR unit = $2)
               ORDER BY unit""",
            organization,
            unit,
        )
        days = await connection.fetch(
            """SELECT day, unit, health FROM health_days
               WHERE organization = $1 AND ($2::text IS NULL OR unit = $2) AND ($3::date IS NULL OR day >= $3)
               ORDER BY day, unit""",
            organization,
            unit,
            since,
        )
        silos = await silos_store.now(connection, organization, unit)
    return FiguresAnswer(
        head.judged or 0,
        [UnitHealth(row["unit"] or None, _health.decode(row["health"])) for row in now],
        [HealthPoint(row["day"], row["unit"] or None, _health.decode(row["health"])) for row in days],
        silos,
        head.judged_id,
    )


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()
