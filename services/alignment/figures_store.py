"""SQL of the figures: what they follow from, how units stand now, and how they stood when each day was closed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

import msgspec
from msgspec import Struct

from goldenthread.contracts.entities import (
    CustomerFeedback,
    Entity,
    Id,
    KeyResult,
    Link,
    Objective,
    OrganizationInfo,
    OrgUnit,
    Purpose,
    Question,
    Why,
    WhyAnswer,
)
from goldenthread.contracts.events.alignment import AlignmentHealth, HealthRecorded, UnitHealth
from goldenthread.contracts.reading import FiguresAnswer, HealthPoint
from goldenthread.runtime import outbox
from goldenthread.runtime.database import Connection, Pool, Write
from goldenthread.runtime.projected import portions
from services.alignment import silos_store
from services.alignment.domain.listening.figures import Figures

_KINDS: dict[str, type[Struct]] = {
    "unit": OrgUnit,
    "purpose": Purpose,
    "why": Why,
    "objective": Objective,
    "keyresult": KeyResult,
    "answer": WhyAnswer,
    "feedback": CustomerFeedback,
    "link": Link,
    "question": Question,
}
_decoders: dict[str, msgspec.json.Decoder[Any]] = {name: msgspec.json.Decoder(kind) for name, kind in _KINDS.items()}
_info = msgspec.json.Decoder(OrganizationInfo)
_health = msgspec.json.Decoder(AlignmentHealth)


async def facts(connection: Connection, organization: Id) -> list[Any]:
    """What was kept of goals' state, as rows for `fact`."""
    rows: list[Any] = await connection.fetch(
        "SELECT id, fact FROM facts WHERE organization = $1 ORDER BY id", organization
    )
    return rows


def fact(organization: Id, row: Any) -> Entity:
    """One thing that was kept."""
    decoder = _info if row["id"] == organization else _decoders[row["id"].partition("_")[0]]
    found: Entity = decoder.decode(row["fact"])
    return found


TABLES = ("facts", "health", "health_days")


class _Fact(Struct, frozen=True):
    id: Id
    fact: str


class _Health(Struct, frozen=True):
    unit: str
    health: str


class _Day(Struct, frozen=True):
    day: date
    unit: str
    health: str


class Rows(Struct, frozen=True):
    """What changed of an organisation's figures, as it is written."""

    facts: list[_Fact]
    health: list[_Health]
    days: list[_Day]


def draw_up(figures: Figures, days: Sequence[HealthRecorded]) -> Rows:
    """What `kept`, `moved` and the days that were closed come to."""
    now = [figures.health(unit) for unit in figures.moved]
    return Rows(
        [_Fact(id, _json(each)) for id, each in figures.kept.items()],
        [_Health(each.unit or "", _json(each.health)) for each in now],
        [_Day(each.day, point.unit or "", _json(point.health)) for each in days for point in each.points],
    )


def writes(rows: Rows) -> Iterator[Write]:
    """What writes these rows, in portions."""
    for facts in portions(rows.facts):
        yield Write(
            """INSERT INTO facts (organization, id, fact) SELECT $1, * FROM unnest($2::text[], $3::jsonb[])
               ON CONFLICT (organization, id) DO UPDATE SET fact = excluded.fact""",
            (
                [each.id for each in facts],
                [each.fact for each in facts],
            ),
        )
    for health in portions(rows.health):
        yield Write(
            """INSERT INTO health (organization, unit, health) SELECT $1, * FROM unnest($2::text[], $3::jsonb[])
               ON CONFLICT (organization, unit) DO UPDATE SET health = excluded.health""",
            (
                [each.unit for each in health],
                [each.health for each in health],
            ),
        )
    for days in portions(rows.days):
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
    """The figures at a commit boundary: of one unit, or of the organisation and all units; days from `since` on."""
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
    )


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()
