"""What an import says of each row: what became of it, which goal it is, and how many there were of each kind."""

from __future__ import annotations

from msgspec.structs import replace

from goldenthread.contracts import commands as c
from goldenthread.contracts.enums import CellOutcome, RowOutcome
from goldenthread.contracts.plan import Plan, PlanFormat, PlanParent, PlanProblem, PlanRow, PlanUnit, RowType
from goldenthread.contracts.replies import ImportReport
from services.goals.domain.decision import Decision
from services.goals.domain.imports.node_cells import base_row_of
from services.goals.domain.merge_base import MergeBase
from tests.unit.goals.import_harness import ImportHarness
from tests.unit.goals.imports.links import close
from tests.unit.goals.imports.plans import O1, OURS, ROWS, K, V, W, load, rows

P = PlanRow("P", "line 1", RowType.PURPOSE, "Be useful")
SKIPPED, LEFT, CONFLICT = RowOutcome.SKIPPED, RowOutcome.LEFT, RowOutcome.CONFLICT
ENDED = "It has ended here, and stays so."


def said(decision: Decision) -> ImportReport:
    assert decision.report is not None
    return decision.report


def outcomes(decision: Decision) -> dict[str, RowOutcome]:
    return {row.row: row.outcome for row in rows(decision)}


def missing(decision: Decision) -> list[str]:
    return said(decision).missing


def counts(decision: Decision) -> tuple[int, int, int, int]:
    found = said(decision)
    return found.taken, found.created, found.updated, found.unchanged


def test_every_new_row_is_reported_with_the_goal_that_it_became() -> None:
    harness = ImportHarness()
    found = rows(load(harness))
    assert [(row.row, row.line, row.type, row.title) for row in found] == [
        (row.row, row.line, row.type, row.title) for row in ROWS
    ]
    assert {row.outcome for row in found} == {RowOutcome.CREATED}
    assert [row.node for row in found] == [harness.row(row.row).id for row in ROWS]


def test_of_rows_that_are_unchanged_only_those_are_reported_of_which_there_is_something_to_say(
    harness: ImportHarness,
) -> None:
    assert rows(load(harness)) == []
    decision = load(harness, replace(W, title="Grow more"), replace(O1, draft=True))
    assert outcomes(decision) == {"W": RowOutcome.UPDATED, "O": RowOutcome.UNCHANGED}
    assert counts(decision) == (4, 0, 1, 3)


def test_a_row_that_is_not_taken_is_the_goal_that_it_was_and_a_new_one_is_none(harness: ImportHarness) -> None:
    was = harness.row("O").id
    load(harness, replace(O1, row="N", line="line 6", title="Answer"))
    harness.do(c.CloseObjective(objective=was, grade=1, note="Done", successor=harness.row("N").id))
    decision = load(harness, replace(O1, title=" "), replace(K, row="X", line="line 7", title=" "))
    found = {row.row: row for row in rows(decision)}
    assert (found["O"].outcome, found["O"].node) == (SKIPPED, was)
    assert (found["X"].outcome, found["X"].node) == (SKIPPED, None)
    assert [len(found[row].notes) for row in "OX"] == [1, 1]
    assert [row.row for row in said(decision).skipped] == ["line 4", "line 7"]


def test_a_row_is_the_goal_that_went_on_with_what_it_was(harness: ImportHarness) -> None:
    load(harness, replace(O1, row="N", line="line 6", title="Answer"))
    close(harness, "O", "N")
    decision = load(harness, replace(O1, description="Much more of it"))
    (row,) = [row for row in rows(decision) if row.row == "O"]
    assert row.node == harness.row("N").id


def test_that_a_goal_has_ended_is_said_where_nothing_else_is(harness: ImportHarness) -> None:
    close(harness)
    decision = load(harness)
    found = {row.row: row for row in rows(decision)}
    assert (found["O"].outcome, found["O"].notes) == (LEFT, [ENDED])
    assert counts(decision) == (4, 0, 0, 4)
    other = load(harness, replace(O1, title="Sell more"), conflicts=OURS)
    (row,) = [row for row in rows(other) if row.row == "O"]
    assert (row.outcome, row.notes) == (LEFT, [])
    assert [cell.outcome for cell in row.cells] == [CellOutcome.LEFT]


def test_a_row_that_differs_from_what_is_here_is_neither_updated_nor_unchanged(harness: ImportHarness) -> None:
    for row in ("O", "K"):
        update = c.UpdateObjective(objective=harness.row("O").id, title="Sell here")
        harness.do(update if row == "O" else c.UpdateKeyResult(key_result=harness.row("K").id, title="Deals here"))
    decision = load(harness, replace(O1, title="Sell there"))
    assert outcomes(decision) == {"O": CONFLICT, "K": LEFT}
    assert (counts(decision), said(decision).conflicts, said(decision).left) == ((4, 0, 0, 2), 1, 1)


def test_a_row_of_which_one_cell_is_taken_and_another_is_not_is_updated(harness: ImportHarness) -> None:
    harness.do(c.UpdateKeyResult(key_result=harness.row("K").id, title="Deals here"))
    decision = load(harness, replace(K, target_value=90, current_value=10))
    assert outcomes(decision) == {"K": RowOutcome.UPDATED}
    assert (counts(decision), said(decision).left) == ((4, 0, 1, 3), 1)
    conflict = load(harness, replace(K, title="Deals there", target_value=80, current_value=10))
    assert outcomes(conflict) == {"K": CONFLICT}
    assert (counts(conflict), said(conflict).conflicts) == ((4, 0, 1, 3), 1)


def test_problems_are_told_in_the_order_of_the_file_after_those_of_reading_it() -> None:
    harness = ImportHarness()
    wrong = [replace(each, title=" ") for each in (K, O1, W)]
    lines = [PlanProblem("line 9", "It has no type.")]
    decision = harness.imports(Plan(PlanFormat.JSON, [*wrong, V], [PlanUnit("x" * 501)], lines))
    first, second, *others = (row.row for row in said(decision).skipped)
    assert (first, second) == ("line 9", "unit " + "x" * 60)
    assert others == ["line 5", "line 4", "line 2"]


# -- rows that are gone ------------------------------------------------------------------------------------------------


def test_rows_that_are_gone_are_told_with_their_goals_in_the_order_of_their_ids(harness: ImportHarness) -> None:
    decision = load(harness, rows=[V])
    assert missing(decision) == ["K", "O", "W"]
    assert [(row.row, row.line, row.type, row.title, row.outcome, row.node) for row in rows(decision)] == [
        (row.row, "", row.type, row.title, RowOutcome.MISSING, harness.row(row.row).id) for row in (K, O1, W)
    ]


def test_what_has_ended_or_is_the_purpose_is_not_missing(harness: ImportHarness) -> None:
    harness.imports(Plan(PlanFormat.JSON, [P, *ROWS]))
    harness.do(c.RetireWhy(why=harness.row("V").id, reason="Over"))
    assert missing(load(harness, rows=[W, O1])) == ["K"]


def test_a_row_that_is_there_and_not_taken_is_not_missing(harness: ImportHarness) -> None:
    assert missing(load(harness, replace(V, title=" "))) == []
    decision = load(harness, replace(V, type=RowType.OBJECTIVE, parents=[PlanParent("W")]))
    assert (missing(decision), outcomes(decision)["V"]) == ([], SKIPPED)


def test_a_goal_that_two_rows_became_is_missing_only_where_both_are_gone_and_once(harness: ImportHarness) -> None:
    other = replace(O1, row="N", line="line 6", title="Answer")
    load(harness, other)
    base = harness.merge_bases["file"]
    base.rows["Z"] = replace(base.rows["N"])
    close(harness, "O", "N")
    assert missing(load(harness)) == [], "the row of O is its goal now"
    assert missing(load(harness, rows=[W, V])) == ["N"]


def test_of_rows_that_cannot_be_told_apart_those_are_missing_whose_ids_are_gone() -> None:
    harness = ImportHarness()
    one, two, three, four = (replace(V, row=str(at), line=f"line {at}", title="Same") for at in range(1, 5))
    three = replace(three, title="Other")
    harness.imports(Plan(PlanFormat.JSON, [one, two, three]))
    decision = harness.imports(Plan(PlanFormat.JSON, [one, three, four]))
    assert outcomes(decision) == {"1": SKIPPED, "4": SKIPPED, "2": RowOutcome.MISSING}


def test_of_an_export_rows_are_missing_but_not_what_another_copy_of_it_brought(harness: ImportHarness) -> None:
    load(harness, replace(O1, row="N", line="line 6", title="Answer"))
    ids = {row: harness.row(row).id for row in ("W", "V", "O", "K", "N")}
    said = {id if row != "N" else row: base_row_of(harness.org, id, exact=True) for row, id in ids.items()}
    harness.merge_bases["export"] = MergeBase(said)
    here = [replace(each, row=ids[each.row]) for each in (W, V)]
    decision = harness.imports(Plan(PlanFormat.JSON, here, revision=1), source="export")
    assert missing(decision) == sorted([ids["O"], ids["K"]])
