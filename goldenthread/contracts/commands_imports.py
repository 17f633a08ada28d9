"""The command that imports a plan. See `commands.py`."""

from __future__ import annotations

from msgspec import Struct

from goldenthread.contracts.command import Command
from goldenthread.contracts.entities import Id
from goldenthread.contracts.enums import ConflictChoice, ObjectiveState
from goldenthread.contracts.plan import PlanFormat


class RowChoice(Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """How the conflicts of one row are decided; `row` is its id in the file."""

    row: str
    take: ConflictChoice


class ImportPlan(Command, frozen=True, kw_only=True, tag=True):
    """`as` of the GraphQL input is `as_state` here. `content` is the file's text (StratML: its XML).

    Without `source` it is found: an earlier source that this file shares its rows with, else its name from `file_name`.
    `conflicts` decides those of every row that `choices` does not name. `again` takes a file that is an earlier one.
    """

    content: str
    source: str | None = None
    file_name: str | None = None
    conflicts: ConflictChoice | None = None
    choices: list[RowChoice] = []
    again: bool = False
    format: PlanFormat | None = None
    unit: Id | None = None
    cycle: Id | None = None
    as_state: ObjectiveState = ObjectiveState.ACTIVE
    replace_purpose: bool = False
    close_past: bool = False
    dry_run: bool = False
