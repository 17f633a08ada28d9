"""What an import answers: what became of every row and cell of the file, in pages."""

from __future__ import annotations

import strawberry
from strawberry import Private

from gateway.budget import cost
from gateway.errors import Unavailable
from gateway.live.organization_view import OrganizationView
from gateway.request.context import Info
from gateway.schema.core import enums
from gateway.schema.core.connection import Connection, page
from gateway.schema.core.node import field, own, renamed
from gateway.schema.mutations.payloads import ImpactPayload, first_of
from gateway.schema.types.goal_nodes import GoalNode
from gateway.schema.types.health import AlignmentHealth, health
from gateway.schema.types.lookups import goal_node
from gateway.schema.types.whys import Purpose
from goldenthread.contracts import replies as r

_ROWS = 2_000
"""Rows of an import that one answer names, at most; by default also of `missing` and `skipped`."""
_PAGE = 100
_CELLS = 100
_COMPARED = 16
"""Rows whose outcomes are compared in the time in which one row is looked at."""


@strawberry.type
class ImportCell:
    """One cell of a row that is not simply the same: what the file said when it was last taken, what is here, and what
    the file says now, in words for a person."""

    row: Private[r.ImportCell]
    cell: str = own("Which: `title`, `current_value`, `parent:` and `because:` with the goal linked to, and so on.")
    outcome: enums.CellOutcome = own()
    was: str | None = own("What the file said when it was last taken; empty: nothing; null: not known.")
    here: str | None = own("What is here; for TAKEN, what was here before.")
    file: str | None = own("What the file says now.")
    note: str | None = own("Why, where the outcome alone does not say it.")


@strawberry.type
class ImportRow:
    """What became of one row of the file, or would become of it."""

    view: Private[OrganizationView]
    row: Private[r.ImportRow]
    type: enums.RowType = own()
    title: str = own()
    outcome: enums.RowOutcome = own()

    @renamed("row")
    def row_id(self) -> str:
        """Its id in the file."""
        return self.row.row

    @field
    def place(self) -> str:
        """Where a person finds it: a line number or an element."""
        return self.row.line

    @field
    def goal(self) -> GoalNode | None:
        """The goal that it is; null where there is none (yet), as for what a dry run would create."""
        return goal_node(self.view, self.row.node)

    @field
    def cells(self, first: int | None = _CELLS) -> list[ImportCell]:
        """Its cells that are not simply the same, the first of `cellCount`."""
        return [ImportCell(row=each) for each in first_of(self.row.cells, first, _CELLS)]

    @field
    def cell_count(self) -> int:
        """How many of its cells are not simply the same."""
        return len(self.row.cells)

    @field
    def notes(self, first: int | None = _CELLS) -> list[str]:
        """What else is to be said of it, the first of `noteCount`."""
        found = first_of(self.row.notes, first, _CELLS)
        for note in found:
            cost.text(note)
        return found

    @field
    def note_count(self) -> int:
        """How many notes there are."""
        return len(self.row.notes)


@strawberry.type
class ImportProblem:
    """A row that was not taken, or only in part, and why."""

    row: Private[r.ImportProblem]
    message: str = own()

    @renamed("row")
    def place(self) -> str:
        """Where a person finds it: a line number or an element."""
        return self.row.row


@strawberry.type(
    description="What an import did or would do; `skipped` rows say which row and why, nothing is dropped silently."
)
class ImportPayload(ImpactPayload):
    """What an import did or would do."""

    @field
    def source(self) -> str | None:
        """Whose rows the file has: the source given, or the one that was found; null when it was refused."""
        return self._report.source or None

    @field
    def rows(
        self, first: int | None = _PAGE, after: str | None = None, outcomes: list[enums.RowOutcome] | None = None
    ) -> Connection[ImportRow]:
        """Every row but those that are simply unchanged, in the file's order; at most 2,000 on a page.

        For the next page the same mutation is sent again with `after` and the same key (`idempotencyKey`). It is
        answered as it was, and an import changes nothing a second time. A dry run is computed again after a minute,
        and without a key.
        """
        rows = self._report.rows
        if outcomes is not None:
            cost.rows(len(rows) // _COMPARED)
            rows = [row for row in rows if row.outcome in outcomes]
        return page(rows, self._row, lambda row: row.row, first, after, _ROWS)

    @field
    def conflict_count(self) -> int:
        """Cells that were changed in the file and here; both stay as they are until `conflicts` decides."""
        return self._report.conflicts

    @field
    def left_count(self) -> int:
        """Cells that were changed here and say in the file what they said before; they are left as they are here."""
        return self._report.left

    @field
    def taken(self) -> int:
        """Rows that were taken."""
        return self._report.taken

    @field
    def missing(self, first: int | None = _ROWS) -> list[str]:
        """Rows that an earlier import of this source had and this file has not; the first of `missingCount`."""
        return first_of(self._report.missing, first, _ROWS)

    @field
    def missing_count(self) -> int:
        """How many rows an earlier import of this source had and this file has not."""
        return len(self._report.missing)

    @field
    def created(self) -> int:
        """Rows that became something new."""
        return self._report.created

    @field
    def updated(self) -> int:
        """Rows that changed something."""
        return self._report.updated

    @field
    def unchanged(self) -> int:
        """Rows that say what is known already."""
        return self._report.unchanged

    @field
    def skipped(self, first: int | None = _ROWS) -> list[ImportProblem]:
        """Rows that were not taken, or only in part, and why; the first of `skippedCount`."""
        return [ImportProblem(row=row) for row in first_of(self._report.skipped, first, _ROWS)]

    @field
    def skipped_count(self) -> int:
        """How many rows were not taken, or only in part."""
        return len(self._report.skipped)

    @field
    def new_units(self, first: int | None = _ROWS) -> list[str]:
        """Names of units that are made, as nobody here bears them; the first of `newUnitCount`."""
        return first_of(self._report.new_units, first, _ROWS)

    @field
    def new_unit_count(self) -> int:
        """How many units are made."""
        return len(self._report.new_units)

    @field
    def purpose(self) -> Purpose | None:
        """The purpose as it is now."""
        row = self.view.org.purpose
        return Purpose(view=self.view, row=row) if row is not None and self.done.accepted else None

    @field
    async def health(self, info: Info) -> AlignmentHealth | None:
        """How the organization stands now that this is imported, rows of earlier imports included.

        Null for a dry run (`impact` says what it would break), for a refusal, and when it is not judged in time.
        """
        if self.done.accepted is None or self.done.accepted.dry_run:
            return None
        try:
            return await health(info.context, None)
        except Unavailable:
            return None

    def _row(self, row: r.ImportRow) -> ImportRow:
        return ImportRow(view=self.view, row=row)

    @property
    def _report(self) -> r.ImportReport:
        found = self.done.accepted.report if self.done.accepted else None
        return found or r.ImportReport(0, 0, 0, 0, [], [])
