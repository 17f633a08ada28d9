"""The state of an import under way: which row is which node, and the result of every row."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from goldenthread.contracts.commands import ImportPlan
from goldenthread.contracts.entities import Cycle, Id
from goldenthread.contracts.enums import ConflictChoice
from goldenthread.contracts.errors import ErrorCode, Refused, refuse
from goldenthread.contracts.plan import Plan, PlanFormat, PlanProblem, PlanRow, RowType
from goldenthread.contracts.replies import ImportCell
from goldenthread.contracts.texts import folded
from services.goals.domain import validation
from services.goals.domain.decision import Case
from services.goals.domain.imports.row_matching import MatchedRows, canonical
from services.goals.domain.imports.successors import followed
from services.goals.domain.merge_base import BaseCell, MergeBase

KINDS = {
    RowType.PURPOSE: "purpose",
    RowType.WHY: "why",
    RowType.OBJECTIVE: "objective",
    RowType.KEY_RESULT: "keyresult",
}
Take = Callable[["ImportState", PlanRow], None]


class RowResult:
    """The result of one row: created, updated or unchanged (None: refused), its cells, and its new merge base."""

    __slots__ = ("base", "cells", "fate", "notes", "row")

    def __init__(self, row: PlanRow) -> None:
        self.row = row
        self.fate: str | None = None
        self.cells: list[ImportCell] = []
        self.notes: list[str] = []
        self.base: dict[str, BaseCell | None] = {}
        """Cells as they are remembered from now on; None: no more."""


class ImportState:
    """An import under way.

    `ids` maps the file's row ids to the nodes they are now; a row that is refused has the one it had.

    `nodes` has the node that a known row became at first. What went on with it, where it has ended, is in `ids`.
    """

    def __init__(
        self, case: Case, command: ImportPlan, plan: Plan, merge_base: MergeBase, identified: MatchedRows
    ) -> None:
        self.case, self.command, self.plan, self.merge_base = case, command, plan, merge_base
        self.source = command.source or ""
        self.identified, self.nodes = identified, identified.nodes
        self.units: dict[str, Id] = {}
        self.remembered_units: dict[str, Id] = {}
        """Spellings of units that are remembered from now on."""
        self.new_units: list[str] = []
        """Names of units that are made, in the order of the file."""
        self._folded: dict[str, str] = {}
        self.cycles: dict[str, Id] = {}
        self.unfit: dict[str, str] = {}
        """Names of units and cycles that cannot be names, and why not: new rows that name them are not taken."""
        self.closed_cycles: dict[str, Cycle] = {}
        """Names in the file that mean a cycle that was closed here."""
        self.items: list[str] = []
        """What became of every item of feedback."""
        self.problems: list[PlanProblem] = []
        self.lines: dict[str, int] = {}
        self.entries: list[RowResult] = [RowResult(row) for row in plan.rows]
        """Per row of the file, in its order."""
        self._entry = {id(each.row): each for each in self.entries}
        self.taken: dict[str, RowResult] = {}
        """By row id, the rows that were taken."""
        self.ids: dict[str, Id] = {}
        for at, row in enumerate(plan.rows):
            self.lines.setdefault(row.line, at)
            if row.row not in self.ids:
                self.ids[row.row] = self._id(row)
        self.first_purpose = next((row for row in plan.rows if row.type is RowType.PURPOSE), None)
        self._choices = {canonical(each.row): each.take for each in command.choices}

    def fold(self, name: str) -> str:
        """How the name of a unit or a cycle is compared (`folded`): many rows name the same."""
        known = self._folded.get(name)
        if known is None:
            known = self._folded[name] = folded(name)
        return known

    def key(self, row: str) -> str:
        """How a row of this source is known again."""
        return f"{self.source}/{row}"

    @property
    def of_sheet(self) -> bool:
        """Rows of a sheet have the text of every cell; what has a value and no text there was inferred."""
        return self.plan.format is PlanFormat.OKR_SHEET

    def entry(self, row: PlanRow) -> RowResult:
        """The result of a row."""
        return self._entry[id(row)]

    def base(self, row: PlanRow) -> dict[str, BaseCell] | None:
        """What the file said in this row when it was last taken; None where nobody knows."""
        said = self.identified.base.get(row.row)
        return said.cells if said is not None else None

    def exported(self, row: PlanRow) -> dict[str, BaseCell] | None:
        """What the export said that this file is a copy of, where another copy said something else since."""
        said = self.merge_base.exported.get(self.identified.keys[row.row])
        return said.cells if said is not None else None

    def choice(self, row: PlanRow) -> ConflictChoice | None:
        """How the conflicts of a row are decided."""
        if not self._choices:
            return self.command.conflicts
        return self._choices.get(canonical(row.row), self.command.conflicts)

    def remember(self, row: PlanRow, cell: str, said: BaseCell | None) -> None:
        """What the file says in a cell is what it said, from now on; None: nothing is known of it."""
        self.entry(row).base[cell] = said

    def taking(self, row: PlanRow, take: Take) -> bool:
        """Take one row, True; what is refused becomes a problem of the row, and nothing of it stays."""
        entry = self.entry(row)
        facts, problems, notes = len(self.case.facts), len(self.problems), len(entry.notes)
        try:
            if row.row in self.taken:
                raise refuse(ErrorCode.INVALID, f"The row id {row.row!r} is there twice; the first one was taken.")
            validation.title(row.row, "row id")
            if row.row in self.identified.refused:
                raise refuse(ErrorCode.INVALID, self.identified.refused[row.row])
            take(self, row)
        except Refused as error:
            del self.problems[problems:]
            del entry.notes[notes:]
            entry.cells, entry.base = [], {}
            self.problem(row, str(error))
            return False
        self.taken[row.row] = entry
        entry.fate = (
            "created" if row.row not in self.nodes else "updated" if len(self.case.facts) > facts else "unchanged"
        )
        return True

    def changed(self, row: PlanRow) -> None:
        """Something about a row that was there before has changed (a link of it)."""
        entry = self.entry(row)
        if entry.fate == "unchanged":
            entry.fate = "updated"

    def problem(self, row: PlanRow, message: str) -> None:
        """This row was not taken, or only in part, and why."""
        self.problems.append(PlanProblem(row.line, message))
        self.entry(row).notes.append(message)

    def noted(self, problems: list[PlanProblem]) -> None:
        """Problems that were found before the rows were taken, each with the row it is about where that is known."""
        self.problems += problems
        for each in problems:
            if each.row and each.row in self.lines:
                self.entries[self.lines[each.row]].notes.append(each.message)

    def target(self, row: str) -> Id | None:
        """The node a row (of this file, or an earlier one of its source) or a node id refers to, as it is now."""
        if row in self.ids:
            return self.ids[row] if row in self.taken or row in self.nodes else None
        found = self.original(row)
        return None if found is None else followed(self.case.org, found)

    def original(self, row: str) -> Id | None:
        """The node that a row became at first, or the one with this id."""
        if row in self.ids:
            return self.nodes.get(row) or self.ids[row]
        return row if self.case.org.node(row) is not None else self.identified.earlier.get(canonical(row))

    def existing(self, row: PlanRow) -> Any:
        """The node this row is now, or None. Refused when the row was another kind of node."""
        if row.row not in self.nodes:
            return None
        kind = self.nodes[row.row].partition("_")[0]
        if kind != KINDS[row.type]:
            raise refuse(ErrorCode.INVALID, f"This row was a {kind} before; a row keeps its type. Give it a new id.")
        return self.case.org.node(self.ids[row.row])

    def unit(self, row: PlanRow) -> Id:
        """The owner of a row: the unit it names, else the one of the command, else the root."""
        self.require_fit(row.unit)
        named = self.units.get(self.fold(row.unit)) if row.unit else None
        return named or self.command.unit or self.case.root

    def units_of(self, names: list[str], field: str, *but: Id) -> list[Id]:
        """The units with these names, none twice, without those in `but`; refused when they are too many for a node."""
        self.require_fit(*names)
        found = dict.fromkeys(self.units[self.fold(name)] for name in names if self.fold(name) in self.units)
        return [id for id in validation.bulk(found, field) if id not in but] if found else []

    def unit_of(self, node: Id) -> Id | None:
        """The primary owner of a node of ours."""
        return next(iter(self.case.org.owners(node)), None)

    def cycle(self, row: PlanRow) -> Id | None:
        """The open cycle of a row: the one it names, else the one of the command. None where that one is closed."""
        if self.closed_cycle(row) is not None:
            return None
        self.require_fit(row.cycle)
        named = self.cycles.get(self.fold(row.cycle)) if row.cycle else None
        return named or self.command.cycle

    def named_cycle(self, row: PlanRow) -> Id | None:
        """The open cycle that a row names."""
        return self.cycles.get(self.fold(row.cycle)) if row.cycle else None

    def closed_cycle(self, row: PlanRow) -> Cycle | None:
        """The cycle a row names, where that was closed here."""
        return self.closed_cycles.get(self.fold(row.cycle)) if row.cycle else None

    def require_fit(self, *names: str | None) -> None:
        """Raises `Refused` for the name of a unit or a cycle that cannot be one."""
        for name in names if self.unfit else ():
            if name and self.fold(name) in self.unfit:
                raise refuse(ErrorCode.INVALID, self.unfit[self.fold(name)])

    def past(self, ends_on: date | None) -> bool:
        """True for an end before today."""
        return ends_on is not None and ends_on < self.case.now.date()

    def _id(self, row: PlanRow) -> Id:
        """The node a row is now. One that went on as another kind of node stays what it was."""
        if row.row not in self.nodes:
            return self.case.new_id(KINDS[row.type])
        found = followed(self.case.org, self.nodes[row.row])
        return found if found.partition("_")[0] == KINDS[row.type] else self.nodes[row.row]
