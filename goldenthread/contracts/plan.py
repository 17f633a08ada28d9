"""A plan as somebody else's file states it: what `exchange` reads out of a format and goals' import decides on.

A plan is rows in file order. References are the file's own row ids (`parents`, `measures` by first parent); goals
turns `(source, row id)` into stable `source_key`s, so that the same file twice changes nothing.
"""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from msgspec import Struct

from goldenthread.contracts.enums import Direction, LinkKind, ProgressStatus


class PlanFormat(StrEnum):
    """What `import` reads."""

    OKR_SHEET = "OKR_SHEET"
    STRATML = "STRATML"
    JSON = "JSON"


class RowType(StrEnum):
    """What a row becomes."""

    PURPOSE = "purpose"
    WHY = "why"
    OBJECTIVE = "objective"
    KEY_RESULT = "key_result"


class PlanReading(Struct, frozen=True):
    """A check-in that comes with a key result."""

    value: float
    on: date
    note: str | None = None


class PlanParent(Struct, frozen=True):
    """A link upward as the file states it: the parent's row id, and why, if it says."""

    row: str
    because: str | None = None
    kind: LinkKind | None = None
    weight: float | None = None


class PlanRow(Struct, frozen=True):
    """One node. `row` is its id in the file; `line` is where a person finds it (a line number or an element)."""

    row: str
    line: str
    type: RowType
    title: str
    description: str | None = None
    parents: list[PlanParent] = []
    unit: str | None = None
    cycle: str | None = None
    starts_on: date | None = None
    ends_on: date | None = None
    start_value: float | None = None
    target_value: float | None = None
    current_value: float | None = None
    measure_unit: str | None = None
    direction: Direction | None = None
    status: ProgressStatus | None = None
    readings: list[PlanReading] = []


class PlanUnit(Struct, frozen=True):
    """A unit the file names, with the unit above it where the file says so. Units are matched by name, case aside."""

    name: str
    parent: str | None = None
    description: str | None = None


class PlanProblem(Struct, frozen=True):
    """A row (or element) that could not be taken, and why; `row` is how a person finds it."""

    row: str
    message: str


class Plan(Struct, frozen=True):
    """What a file says. `problems` are rows that were not taken; the others stand in `rows`, in file order."""

    format: PlanFormat
    rows: list[PlanRow]
    units: list[PlanUnit] = []
    problems: list[PlanProblem] = []
    name: str | None = None
    read_at: datetime | None = None
