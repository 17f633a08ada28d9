"""What goals and notifications answer to a command."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from goldenthread.contracts.entities import Id
from goldenthread.contracts.errors import Problem
from goldenthread.contracts.secret import Secret


class ImportReport(Struct, frozen=True, rename="camel"):
    """What an import did or would do; nothing is dropped silently. Counts are rows of the file."""

    taken: int
    created: int
    updated: int
    unchanged: int
    missing: list[str]
    skipped: list[ImportProblem]


class ImportProblem(Struct, frozen=True, rename="camel"):
    """A row that was not taken, or only in part, and why."""

    row: str
    message: str


class Accepted(Struct, frozen=True, rename="camel"):
    """What goals (or notifications) answers to an accepted command.

    `ids` are the entities it is about, the main one first; `revision` is the last sequence it wrote (the unchanged head
    when it changed nothing, or for a dry run); `events` what it wrote (or would write), as CloudEvents JSON. `secret`
    is what the deliveries of a new webhook are signed with: said here and nowhere else, so that who encodes an answer
    with one says so (`enc_hook=revealed`).
    """

    revision: int
    ids: list[Id]
    events: list[Any] = []
    warnings: list[Problem] = []
    dry_run: bool = False
    report: ImportReport | None = None
    secret: Secret | None = None


class RefusedAnswer(Struct, frozen=True, rename="camel"):
    """What goals answers to a refused command, with an HTTP status of 4xx or 503."""

    errors: list[Problem]
