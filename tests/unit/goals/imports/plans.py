"""Four rows of a plan, and what the report of an import says of them."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from goldenthread.contracts.entities import Id, Link
from goldenthread.contracts.enums import CellOutcome, ConflictChoice, LinkState
from goldenthread.contracts.plan import Plan, PlanFormat, PlanParent, PlanRow, RowType
from goldenthread.contracts.replies import ImportRow
from services.goals.domain.decision import Decision
from tests.unit.goals.import_harness import ImportHarness

THEIRS, OURS = ConflictChoice.THEIRS, ConflictChoice.OURS
W = PlanRow("W", "line 2", RowType.WHY, "Grow", "We grow or we go")
V = PlanRow("V", "line 3", RowType.WHY, "Earn")
O1 = PlanRow(
    "O", "line 4", RowType.OBJECTIVE, "Sell", "More of it", parents=[PlanParent("W", "it grows us")], unit="Ops"
)
K = PlanRow("K", "line 5", RowType.KEY_RESULT, "Deals", parents=[PlanParent("O")], start_value=0, target_value=100)
ROWS = [W, V, O1, replace(K, current_value=10)]


def load(harness: ImportHarness, *changed: PlanRow, rows: list[PlanRow] | None = None, **other: Any) -> Decision:
    """The four rows, with those in `changed` instead."""
    instead = {row.row: row for row in changed}
    whole = [instead.pop(row.row, row) for row in ROWS if rows is None or row in rows]
    return harness.imports(Plan(PlanFormat.JSON, [*whole, *instead.values()]), **other)


def cells(decision: Decision, row: str) -> dict[str, CellOutcome]:
    return {cell.cell: cell.outcome for each in rows(decision) if each.row == row for cell in each.cells}


def rows(decision: Decision) -> list[ImportRow]:
    assert decision.report is not None
    return decision.report.rows


def told(decision: Decision) -> list[str]:
    assert decision.report is not None
    return [each.message for each in decision.report.skipped]


def quiet(decision: Decision) -> bool:
    """Nothing was written, and nothing is remembered anew."""
    return decision.facts == [] and decision.remembered is not None and not decision.remembered.rows


def up(harness: ImportHarness, row: str) -> list[Id]:
    return [link.parent for link in harness.org.parents(harness.row(row).id)]


def link_of(harness: ImportHarness) -> Link:
    """The only link up from the objective."""
    (link,) = harness.org.parents(harness.row("O").id, *LinkState)
    return link
