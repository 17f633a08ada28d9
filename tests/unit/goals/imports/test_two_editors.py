"""Two people who edit two exports, or two copies of one."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from goldenthread.contracts import commands as c
from goldenthread.contracts.enums import CellOutcome as O
from goldenthread.contracts.plan import Plan, PlanFormat, PlanRow, RowType
from services.goals.domain.decision import Decision
from services.goals.domain.imports.node_cells import base_row_of
from services.goals.domain.merge_base import BaseRow, MergeBase
from tests.unit.goals.import_harness import ImportHarness
from tests.unit.goals.imports.plans import OURS, THEIRS, cells, load, quiet, rows


def exported(harness: ImportHarness) -> tuple[list[PlanRow], MergeBase]:
    """A copy of the objective as it is now, and what is remembered of it: an export is a source of its own."""
    node = harness.row("O")
    row = PlanRow(node.id, "line 2", RowType.OBJECTIVE, node.title, node.description, ends_on=node.ends_on)
    return [row], MergeBase({node.id: base_row_of(harness.org, node.id, exact=True)})


def test_two_editors_of_two_exports() -> None:
    harness = ImportHarness()
    harness.imports(Plan(PlanFormat.JSON, [PlanRow("O", "", RowType.OBJECTIVE, "A", "first")]))
    (ten,), harness.merge_bases["at 10"] = exported(harness)
    harness.do(c.UpdateObjective(objective=harness.row("O").id, title="B"))
    (twenty,), harness.merge_bases["at 20"] = exported(harness)

    def send(row: PlanRow, source: str, **other: Any) -> Decision:
        return harness.imports(Plan(PlanFormat.JSON, [row]), source=source, **other)

    target = replace(ten, description="second")
    decision = send(target, "at 10")
    assert cells(decision, ten.row) == {"title": O.LEFT, "description": O.TAKEN}
    send(replace(twenty, title="C"), "at 20")
    assert (harness.row("O").title, harness.row("O").description) == ("C", "second")
    assert quiet(send(target, "at 10"))
    decision = send(replace(target, title="D"), "at 10")
    assert (quiet(decision), cells(decision, ten.row)) == (True, {"title": O.CONFLICT})
    send(replace(target, title="D"), "at 10", conflicts=THEIRS)
    assert harness.row("O").title == "D"


def test_two_copies_of_one_export_do_not_undo_each_other() -> None:
    harness = ImportHarness()
    harness.imports(Plan(PlanFormat.JSON, [PlanRow("O", "", RowType.OBJECTIVE, "A", "first")]))
    (copy,), merge_base = exported(harness)
    harness.merge_bases["export"] = merge_base
    harness.imports(Plan(PlanFormat.JSON, [replace(copy, title="B")]), source="export")
    harness.merge_bases["export"] = replace(harness.merge_bases["export"], exported=merge_base.rows)
    for choice in (None, THEIRS):
        decision = harness.imports(
            Plan(PlanFormat.JSON, [replace(copy, description="second")]), source="export", conflicts=choice
        )
        assert (harness.row("O").title, harness.row("O").description) == ("B", "second")
        assert cells(decision, copy.row)["title"] is O.LEFT
        harness.merge_bases["export"] = replace(harness.merge_bases["export"], exported=merge_base.rows)


def test_what_two_copies_of_one_export_both_edited_is_a_conflict() -> None:
    """Nobody knows whose copy it is; so the second one does not undo the first without a word."""
    harness = ImportHarness()
    load(harness)
    objective, merge_base = harness.row("O"), harness.merge_bases["file"]
    copy = PlanRow(objective.id, "line 2", RowType.OBJECTIVE, "Sell", "More of it")
    state = BaseRow(objective.id, merge_base.rows["O"].cells)
    harness.merge_bases["export"] = MergeBase({objective.id: state}, exported={objective.id: state})

    def come_home(*rows: PlanRow, **more: Any) -> Decision:
        decision = harness.imports(Plan(PlanFormat.JSON, list(rows), revision=1), source="export", **more)
        harness.merge_bases["export"] = replace(harness.merge_bases["export"], exported={objective.id: state})
        return decision

    added = PlanRow("new", "line 3", RowType.OBJECTIVE, "Added by one")
    assert cells(come_home(replace(copy, title="One"), added), copy.row)["title"] is O.TAKEN
    second = come_home(replace(copy, title="Two"))
    (row,) = [each for each in rows(second) if each.row == copy.row]
    title = next(cell for cell in row.cells if cell.cell == "title")
    assert (title.outcome, title.was, title.here, title.file) == (O.CONFLICT, "Sell", "One", "Two")
    assert second.report is not None
    assert second.report.missing == [], "what another copy has brought is not missing from this one"
    assert cells(come_home(replace(copy, title="Two"), conflicts=OURS), copy.row)["title"] is O.LEFT
    assert cells(come_home(replace(copy, title="Two")), copy.row)["title"] is O.LEFT, "it was decided"
    come_home(replace(copy, title="Three"), conflicts=THEIRS)
    assert harness.row("O").title == "Three"
