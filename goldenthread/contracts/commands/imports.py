"""The command that imports a plan. See the package."""

from __future__ import annotations

from msgspec import Struct

from goldenthread.contracts.commands.base import Command
from goldenthread.contracts.entities import Id
from goldenthread.contracts.enums import ConflictChoice, ObjectiveState
from goldenthread.contracts.plan import PlanFormat, RowType

MAX_CONTENT_BYTES = 8 * 1024 * 1024
"""Of a file that comes as `content_base64`, at most: as much as fits into a request together with its envelope."""
MAX_WORDS = 256
"""Headings, and words for types, that are said with an import, and that are kept of a source, at most."""
MAX_WORD = 200
"""Characters of a heading or a word."""


class RowChoice(Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """How the conflicts of one row are decided; `row` is its id in the file."""

    row: str
    take: ConflictChoice


class ColumnWord(Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """Which column of an OKR sheet a heading is (`title`, `target_value`, …); an empty `column` is not read."""

    heading: str
    column: str = ""


class TypeWord(Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """What rows of this word in the column of types are."""

    word: str
    type: RowType


class ImportPlan(Command, frozen=True, kw_only=True, tag=True, omit_defaults=True):
    """`as` of the GraphQL input is `as_state` here. The file is `content`, a text (StratML: its XML), or
    `content_base64`, its bytes: a workbook, or a text in another encoding than UTF-8. `sheet` is one of a workbook's.

    `columns` and `types` are words of its sheet; they are kept with the source, and need not be said again.

    Without `source` it is found: an earlier source that this file shares its rows with, else its name from `file_name`.
    `conflicts` decides those of every row that `choices` does not name. `again` takes a file that is an earlier one.
    """

    content: str | None = None
    content_base64: str | None = None
    sheet: str | None = None
    columns: list[ColumnWord] = []
    types: list[TypeWord] = []
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
