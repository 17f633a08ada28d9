"""A plan as somebody else's file states it: what `exchange` reads out of a format and goals' import decides on.

A plan is rows in file order. References are the file's own row ids (`parents`, `measures` by first parent); goals
remembers per `(source, row id)` what it said, so that the same file twice changes nothing.

A plan says how things stand, not how they came to be: no rounds, answers, questions, verdicts, outcomes, and no people.
As JSON it leaves out what is not said.
"""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from msgspec import Struct

from goldenthread.contracts.enums import Direction, LinkKind, ProgressStatus, Sentiment, UnitFunction


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


class PlanReading(Struct, frozen=True, omit_defaults=True, gc=False):
    """A check-in that comes with a key result. `at` is the moment on that day, where it is known."""

    value: float
    on: date
    note: str | None = None
    at: datetime | None = None
    confidence: float | None = None
    status: ProgressStatus | None = None


class PlanParent(Struct, frozen=True, omit_defaults=True, gc=False):
    """A link upward as the file states it: the parent's row id, and why, if it says; what the parent gives in return.

    `stale`: the parent was revised since the because was written, so the link is not explained. `proposed`: the other
    side has not accepted it yet. `may_be`: several rows of the file go by that id, so it names none of them.
    """

    row: str
    because: str | None = None
    kind: LinkKind | None = None
    weight: float | None = None
    in_return: str | None = None
    stale: bool = False
    proposed: bool = False
    may_be: list[str] = []


class PlanRow(Struct, frozen=True, omit_defaults=True, gc=False):
    """One node. `row` is its id in the file; `line` is where a person finds it (a line number or an element).

    `unit` owns it; `co_owners` own it too, `invited` were asked to. Of a why: `because` where no link says it, and the
    units it is addressed to (`audience`; by default `unit`). `draft`: an objective that is not active yet.

    `cells` is the text of every cell that the file states, by the name of its field (`title`, `target_value`, …;
    `parents` for all its links, `because`, `kind` and `weight` for theirs), also of an empty one. A format without
    cells leaves it out: there, what has a value is stated. It is of a file just read, and never written.
    """

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
    because: str | None = None
    audience: list[str] = []
    co_owners: list[str] = []
    invited: list[str] = []
    draft: bool = False
    confidence: float | None = None
    cells: dict[str, str] = {}


class PlanUnit(Struct, frozen=True, omit_defaults=True):
    """A unit the file names, with the unit above it where the file says so. Units are matched by name, case aside.

    `key` is what the rest of the plan calls it where its name is not the only one of its kind; it is matched by its
    place then. `top`: the organization itself, which is the root wherever it is imported. `person`: the file has it
    where an owner stands and it looks like a person; it is a unit where there is one of that name, and none is made.
    """

    name: str
    parent: str | None = None
    description: str | None = None
    key: str | None = None
    function: UnitFunction | None = None
    top: bool = False
    person: bool = False


class PlanCycle(Struct, frozen=True, omit_defaults=True):
    """A planning period; rows name it as their `cycle`."""

    name: str
    starts_on: date
    ends_on: date


class PlanFeedback(Struct, frozen=True, omit_defaults=True):
    """What a customer said; `about` are rows. It is known again by its source, body and time, each once."""

    source: str
    body: str
    received_at: datetime
    segment: str | None = None
    sentiment: Sentiment | None = None
    about: list[str] = []


class PlanProblem(Struct, frozen=True, omit_defaults=True):
    """A row (or element) that could not be taken, and why; `row` is how a person finds it."""

    row: str
    message: str


class PlanWords(Struct, frozen=True, omit_defaults=True):
    """What words of somebody's sheet mean, where nobody would know it: said once, and kept with its source.

    `columns`: by heading, the column of an OKR sheet that it is (`title`, `target_value`, …); or nothing, where it is
    not to be read. `types`: by word in the column of types, the type of a row.
    """

    columns: dict[str, str] = {}
    types: dict[str, RowType] = {}


class Plan(Struct, frozen=True, omit_defaults=True):
    """What a file says. `problems` are rows that were not taken; the others stand in `rows`, in file order.

    `revision`: the file is an export of the organization at that revision. `notes` say how the file as a whole was
    read, where a person should know it; a reader of files makes them, and they are never written.
    """

    format: PlanFormat
    rows: list[PlanRow]
    units: list[PlanUnit] = []
    problems: list[PlanProblem] = []
    name: str | None = None
    read_at: datetime | None = None
    cycles: list[PlanCycle] = []
    feedback: list[PlanFeedback] = []
    revision: int | None = None
    notes: list[str] = []
