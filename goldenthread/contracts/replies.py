"""What goals and notifications answer to a command."""

from __future__ import annotations

from typing import Any

from msgspec import UNSET, Struct, UnsetType

from goldenthread.contracts.entities import Id
from goldenthread.contracts.enums import CellOutcome, RowOutcome
from goldenthread.contracts.errors import Problem
from goldenthread.contracts.plan import RowType
from goldenthread.contracts.secret import Secret


class ImportCell(Struct, frozen=True, rename="camel"):
    """One cell of a row that is not simply the same: what the file said when it was last taken (`was`), what is here
    (`here`), and what the file says now (`file`), in words for a person.

    None is nothing; for `was` that is "", and None is that nobody knows. `note` says why, where the outcome alone does
    not.
    """

    cell: str
    outcome: CellOutcome
    was: str | None = None
    here: str | None = None
    file: str | None = None
    note: str | None = None


class ImportRow(Struct, frozen=True, rename="camel"):
    """What became of a row. `line` is where a person finds it; `node` is the goal it is; None: none (yet)."""

    row: str
    line: str
    type: RowType
    title: str
    outcome: RowOutcome
    node: Id | None = None
    cells: list[ImportCell] = []
    notes: list[str] = []


class ImportReport(Struct, frozen=True, rename="camel"):
    """What an import did or would do; nothing is dropped silently. Counts are rows of the file.

    `rows` lists every row but those that are simply unchanged, in file order. `conflicts` and `left` count cells. What
    was taken, and neither created, updated nor unchanged, has such cells only.
    `new_units` are the names of units that it makes.
    """

    taken: int
    created: int
    updated: int
    unchanged: int
    missing: list[str]
    skipped: list[ImportProblem]
    source: str = ""
    rows: list[ImportRow] = []
    conflicts: int = 0
    left: int = 0
    new_units: list[str] = []


class ImportProblem(Struct, frozen=True, rename="camel"):
    """A row that was not taken, or only in part, and why."""

    row: str
    message: str


class LoginConflict(Struct, frozen=True, rename="camel"):
    """A login that was not moved: at the new issuer it belongs to `holder`."""

    person: Id
    holder: Id


class MovedLogins(Struct, frozen=True, rename="camel"):
    """What became of the logins of an issuer: how many moved, and how many of live people are there still, with those
    that cannot move (the first of them are named).
    """

    moved: int
    remaining: int
    conflicts: list[LoginConflict] = []


class Accepted(Struct, frozen=True, rename="camel"):
    """What goals (or notifications) answers to an accepted command.

    `ids` are the entities it is about, the main one first; `revision` is the last sequence it wrote (the unchanged head
    when it changed nothing, or for a dry run); `events` what it wrote (or would write), as CloudEvents JSON. `secret`
    is what the deliveries of a new webhook are signed with, or what claims a new invitation: said here and nowhere
    else, so that who encodes an answer with one says so (`enc_hook=revealed`). `logins` is of a `MoveLogins`.
    """

    revision: int
    ids: list[Id]
    events: list[Any] = []
    warnings: list[Problem] = []
    dry_run: bool = False
    report: ImportReport | None = None
    secret: Secret | None = None
    logins: MovedLogins | UnsetType = UNSET


class RefusedAnswer(Struct, frozen=True, rename="camel"):
    """What goals answers to a refused command, with an HTTP status of 4xx or 503."""

    errors: list[Problem]
