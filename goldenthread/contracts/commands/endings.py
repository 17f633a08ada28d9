"""The commands that end an objective or a cycle, and those that carry on into the next one. See the package.

Fields that came later are UNSET where nothing is said, and where an empty list or `false` says so: a request of before
is then known again by its key, also when the gateway sends it with every field.
"""

from __future__ import annotations

from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import force_setattr

from goldenthread.contracts.commands.base import Command
from goldenthread.contracts.entities import Id
from goldenthread.contracts.enums import Disposition, Kept


class KeptPromise(Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """Whether the promise in return of a link was kept."""

    link: Id
    kept: Kept


class CloseObjective(Command, frozen=True, kw_only=True, tag=True):
    objective: Id
    grade: float
    note: str
    kept: list[KeptPromise] = []
    successor: Id | None = None
    dry_run: bool = False


class CopyKeyResult(Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """What is different at the copy of a key result. It starts at the last value unless `start_value` is told."""

    key_result: Id
    start_value: float | None = None
    target_value: float | None = None
    leave_out: bool = False


class CopyObjective(Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """An objective closes with this outcome, and a copy of it begins in the next cycle.

    `title` and `description` are the copy's where they change. `editorial`: only the wording of the title does, so
    that every because still holds.
    """

    objective: Id
    grade: float
    note: str
    kept: list[KeptPromise] = []
    title: str | None = None
    description: str | None = None
    editorial: bool = False
    key_results: list[CopyKeyResult] = []


class OutcomeOf(Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """What an objective came to, that closes with its cycle."""

    objective: Id
    grade: float
    note: str
    kept: list[KeptPromise] = []
    successor: Id | None = None


class OthersOutcome(Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """The outcome of every objective that is not named. Without a grade, each one's own progress is its grade."""

    note: str
    grade: float | None = None


class CarryOver(Command, frozen=True, kw_only=True, tag=True):
    """`objectives` go on as they are; those of `copy` close, and a copy of each begins."""

    objectives: list[Id] = []
    to_cycle: Id
    copy: list[CopyObjective] | UnsetType = UNSET
    dry_run: bool | UnsetType = UNSET

    def __post_init__(self) -> None:
        _unset_unsaid(self, "copy", "dry_run")


class CloseCycle(Command, frozen=True, kw_only=True, tag=True):
    """Every open objective of the cycle is named once, or `all_others` says what becomes of it."""

    cycle: Id
    carry_over: list[Id] = []
    to_cycle: Id | None = None
    archive: list[Id] = []
    dry_run: bool = False
    close: list[OutcomeOf] | UnsetType = UNSET
    copy: list[CopyObjective] | UnsetType = UNSET
    all_others: Disposition | UnsetType = UNSET
    others_outcome: OthersOutcome | UnsetType = UNSET

    def __post_init__(self) -> None:
        _unset_unsaid(self, "close", "copy")


def _unset_unsaid(command: Command, *fields: str) -> None:
    """An empty list and `false` say nothing."""
    for field in fields:
        if not getattr(command, field):
            force_setattr(command, field, UNSET)
