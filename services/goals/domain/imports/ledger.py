"""What an import knows while it runs: which row is which node, and what became of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

from goldenthread.contracts.commands import ImportPlan
from goldenthread.contracts.entities import Cycle, GoalNode, Id, KeyResult, Objective, Why
from goldenthread.contracts.enums import ObjectiveState, WhyState
from goldenthread.contracts.errors import ErrorCode, Refused, refuse
from goldenthread.contracts.organization import Organization
from goldenthread.contracts.plan import Plan, PlanProblem, PlanRow, RowType
from goldenthread.contracts.texts import folded
from services.goals.domain import checks
from services.goals.domain.case import Case
from services.goals.domain.import_memory import ImportMemory

_KINDS = {RowType.WHY: "why", RowType.OBJECTIVE: "objective", RowType.KEY_RESULT: "keyresult"}
Take = Callable[["Ledger", PlanRow], None]


class Ledger:
    """One import. `ids` maps the file's row ids to ours; `fate` says created, updated or unchanged per row taken."""

    def __init__(self, case: Case, command: ImportPlan, plan: Plan, memory: ImportMemory) -> None:
        self.case, self.command, self.plan, self.memory = case, command, plan, memory
        self.source = command.source or ""
        self.known: dict[str, GoalNode] = {
            each.source_key: each for each in _nodes(case.org) if each.source_key is not None
        }
        for row in plan.rows:  # An export that comes home names the nodes it is about.
            node = case.org.node(row.row)
            if node is not None:
                self.known.setdefault(self.key(row.row), node)
        self._had_purpose = case.org.purpose is not None
        self.units: dict[str, Id] = {}
        self.remembered_units: dict[str, Id] = {}
        """Spellings of units that are remembered from now on."""
        self.cycles: dict[str, Id] = {}
        self.unfit: dict[str, str] = {}
        """Names of units and cycles that cannot be names, and why not: rows that name them are not taken."""
        self.closed_cycles: dict[str, Cycle] = {}
        """Names in the file that mean a cycle that was closed here."""
        self.fate: dict[str, str] = {}
        self.items: list[str] = []
        """What became of every item of feedback."""
        self.problems: list[PlanProblem] = []
        self.ids: dict[str, Id] = {}
        self.lines: dict[str, int] = {}
        for at, row in enumerate(plan.rows):
            self.lines.setdefault(row.line, at)
            if row.row not in self.ids:
                self.ids[row.row] = self._id(row)
        self.first_purpose = next((row for row in plan.rows if row.type is RowType.PURPOSE), None)

    def key(self, row: str) -> str:
        """How a row of this source is known again."""
        return f"{self.source}/{row}"

    def taking(self, row: PlanRow, take: Take) -> bool:
        """Take one row, True; what is refused becomes a problem of the row, and nothing of it stays."""
        facts, changed = len(self.case.facts), row.row in self.fate
        try:
            if changed:
                raise refuse(ErrorCode.INVALID, f"The row id {row.row!r} is there twice; the first one was taken.")
            checks.title(row.row, "row id")
            take(self, row)
        except Refused as error:
            self.problem(row, str(error))
            if not changed:
                self.ids.pop(row.row, None)
            return False
        before = self.key(row.row) in self.known or (row.type is RowType.PURPOSE and self._had_purpose)
        fate = "updated" if before else "created"
        self.fate[row.row] = "unchanged" if len(self.case.facts) == facts and fate == "updated" else fate
        return True

    def changed(self, row: str) -> None:
        """Something about a row that was there before has changed (a link of it)."""
        if self.fate.get(row) == "unchanged":
            self.fate[row] = "updated"

    def problem(self, row: PlanRow, message: str) -> None:
        """This row was not taken, or only in part, and why."""
        self.problems.append(PlanProblem(row.line, message))

    def target(self, row: str) -> Id | None:
        """The node a row refers to: of this file, or of an earlier one of the same source."""
        if row in self.ids:
            return self.ids[row] if row in self.fate else None
        found = self.known.get(self.key(row))
        return found.id if found is not None else None

    def existing(self, row: PlanRow) -> Any:
        """The node this row was before, or None. Refused when it was another kind of node."""
        node = self.known.get(self.key(row.row))
        if node is not None and not node.id.startswith(f"{_KINDS.get(row.type, 'purpose')}_"):
            kind = node.id.partition("_")[0]
            raise refuse(ErrorCode.INVALID, f"This row was a {kind} before; a row keeps its type. Give it a new id.")
        return node

    def unit(self, row: PlanRow) -> Id:
        """The owner of a row: the unit it names, else the one of the command, else the root."""
        self.require_fit(row.unit)
        named = self.units.get(folded(row.unit)) if row.unit else None
        return named or self.command.unit or self.case.root

    def units_of(self, names: list[str], field: str, *but: Id) -> list[Id]:
        """The units with these names, none twice, without those in `but`; refused when they are too many for a node."""
        self.require_fit(*names)
        found = dict.fromkeys(self.units[folded(name)] for name in names if folded(name) in self.units)
        return [id for id in checks.bulk(found, field) if id not in but] if found else []

    def unit_of(self, node: Id) -> Id | None:
        """The primary owner of a node of ours."""
        return next(iter(self.case.org.owners(node)), None)

    def cycle(self, row: PlanRow) -> Id | None:
        """The open cycle of a row: the one it names, else the one of the command. None where that one is closed."""
        if self.closed_cycle(row) is not None:
            return None
        self.require_fit(row.cycle)
        named = self.cycles.get(folded(row.cycle)) if row.cycle else None
        return named or self.command.cycle

    def closed_cycle(self, row: PlanRow) -> Cycle | None:
        """The cycle a row names, where that was closed here."""
        return self.closed_cycles.get(folded(row.cycle)) if row.cycle else None

    def require_fit(self, *names: str | None) -> None:
        """Raises `Refused` for the name of a unit or a cycle that cannot be one."""
        for name in names:
            if name and folded(name) in self.unfit:
                raise refuse(ErrorCode.INVALID, self.unfit[folded(name)])

    def missing(self) -> list[str]:
        """Row ids of this source that are live here and gone from the file."""
        prefix = self.key("")
        here = {self.key(row.row) for row in self.plan.rows}
        gone = [key for key, node in self.known.items() if key.startswith(prefix) and key not in here and _open(node)]
        return sorted(key.removeprefix(prefix) for key in gone)

    def past(self, ends_on: date | None) -> bool:
        """True for an end before today."""
        return ends_on is not None and ends_on < self.case.now.date()

    def _id(self, row: PlanRow) -> Id:
        if row.type is RowType.PURPOSE:
            return self.case.org.purpose.id if self.case.org.purpose else self.case.new_id("purpose")
        found = self.known.get(self.key(row.row))
        return found.id if found is not None else self.case.new_id(_KINDS[row.type])


def _nodes(org: Organization) -> Iterator[GoalNode]:
    if org.purpose is not None:
        yield org.purpose
    yield from org.whys.values()
    yield from org.objectives.values()
    yield from org.key_results.values()


def _open(node: GoalNode) -> bool:
    if isinstance(node, KeyResult):
        return not node.removed
    if isinstance(node, Why):
        return node.state is WhyState.PUBLISHED
    return isinstance(node, Objective) and node.state in (ObjectiveState.ACTIVE, ObjectiveState.DRAFT)
