"""What the report of an import says of a cell that is not simply taken."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from goldenthread.contracts import commands as c
from goldenthread.contracts.enums import CellOutcome as O
from goldenthread.contracts.plan import Plan, PlanFormat, PlanRow
from goldenthread.contracts.replies import ImportCell
from services.goals.domain.decision import Decision
from services.goals.domain.imports.spreadsheet_damage import DAMAGED
from services.goals.domain.merge_base import LONGEST
from tests.unit.goals.import_harness import ImportHarness
from tests.unit.goals.imports.plans import O1, OURS, THEIRS, K, cells, load, quiet, rows, told


def cell(decision: Decision, row: str = "O") -> ImportCell:
    """The only cell that is reported of a row."""
    (found,) = [each for row_ in rows(decision) if row_.row == row for each in row_.cells]
    return found


def retitled(harness: ImportHarness, title: str = "Sell here") -> None:
    harness.do(c.UpdateObjective(objective=harness.row("O").id, title=title))


def test_why_a_cell_was_left_is_said(harness: ImportHarness) -> None:
    retitled(harness)
    left = cell(load(harness))
    assert (left.outcome, left.note) == (O.LEFT, "changed here; the file says what it said the last time")
    assert (left.was, left.here, left.file) == ("Sell", "Sell here", "Sell")
    other = cell(load(harness, replace(O1, title="Sell there")))
    assert (other.outcome, other.note) == (O.CONFLICT, None)
    decided = cell(load(harness, replace(O1, title="Sell there"), conflicts=OURS))
    assert (decided.outcome, decided.note) == (O.LEFT, "decided: what is here stays")


def test_what_a_cell_said_before_is_nothing_or_not_known(harness: ImportHarness) -> None:
    harness.do(c.UpdateObjective(objective=harness.row("O").id, title="Sell"))
    harness.do(c.UpdateKeyResult(key_result=harness.row("K").id, measure_unit="EUR"))
    (message,) = told(load(harness, replace(K, measure_unit="USD")))
    assert message.startswith("measure unit: the file says “USD” (last time nothing), here it is “EUR”.")
    assert cell(load(harness, replace(K, measure_unit="USD")), "K").was == ""
    harness.merge_bases.clear()
    unknown = cell(load(harness, replace(K, measure_unit="USD")), "K")
    assert (unknown.was, unknown.file, unknown.here) == (None, "USD", "EUR")


@pytest.mark.parametrize("length", [79, 80, 81, 200])
def test_a_long_text_is_told_by_its_beginning(harness: ImportHarness, length: int) -> None:
    retitled(harness)
    (message,) = told(load(harness, replace(O1, title="x" * length)))
    quoted = message.partition("“")[2].partition("”")[0]
    assert quoted == ("x" * length if length <= 80 else "x" * 79 + "…")


def test_what_has_ended_is_changed_only_where_that_is_decided_and_the_report_says_so(harness: ImportHarness) -> None:
    retitled(harness)
    harness.do(c.CloseObjective(objective=harness.row("O").id, grade=1, note="Done"))
    assert cell(load(harness)).note == "changed here; the file says what it said the last time"
    other = replace(O1, title="Sell there")
    barred = load(harness, other)
    assert cell(barred).outcome is O.CONFLICT
    (message,) = told(barred)
    assert message.endswith("Decide with --theirs or --ours.")
    taken = cell(load(harness, other, conflicts=THEIRS))
    assert (taken.outcome, taken.note) == (O.TAKEN, "it has ended here")


def test_what_has_ended_and_nobody_changed_is_barred_for_that(harness: ImportHarness) -> None:
    harness.do(c.CloseObjective(objective=harness.row("O").id, grade=1, note="Done"))
    decision = load(harness, replace(O1, title="Sell there"))
    assert (cell(decision).outcome, cell(decision).note) == (O.CONFLICT, "it has ended here")
    (message,) = told(decision)
    assert message.endswith("Not taken, as it has ended here. Decide with --theirs or --ours.")


def test_a_purpose_that_no_decision_replaces_is_told_without_asking_for_one() -> None:
    harness = ImportHarness()
    for title in ("Be useful", "Be loved"):
        row = PlanRow("P", "line 2", type=O1.type.PURPOSE, title=title)
        decision = harness.imports(Plan(PlanFormat.JSON, [row]))
    (message,) = told(decision)
    assert message.endswith("(`replacePurpose`, `--replace-purpose`).")
    assert (cell(decision, "P").note or "").startswith("a file changes the published purpose only where")


# -- copies of one export ----------------------------------------------------------------------------------------------


def copy(harness: ImportHarness, exported: Any, *changed: PlanRow) -> Decision:
    """A copy of an export, which other copies may have been imported before."""
    harness.merge_bases["file"] = replace(harness.merge_bases["file"], exported=exported)
    return load(harness, *changed)


def test_what_a_copy_says_as_it_was_exported_is_left_and_not_remembered(harness: ImportHarness) -> None:
    exported = harness.merge_bases["file"].rows
    load(harness, replace(O1, title="Sell there"))
    decision = copy(harness, exported)
    assert (quiet(decision), harness.row("O").title) == (True, "Sell there")
    assert (cell(decision).outcome, cell(decision).note) == (O.LEFT, "as it was exported, and changed since")


def test_what_a_copy_changed_meets_what_another_one_changed(harness: ImportHarness) -> None:
    exported = harness.merge_bases["file"].rows
    load(harness, replace(O1, title="Sell there"))
    decision = copy(harness, exported, replace(O1, title="Sell elsewhere"))
    assert (cell(decision).outcome, cell(decision).was, harness.row("O").title) == (O.CONFLICT, "Sell", "Sell there")


def test_of_a_cell_that_nobody_remembers_an_export_is_no_memory(harness: ImportHarness) -> None:
    exported = harness.merge_bases["file"].rows
    harness.merge_bases["file"] = replace(harness.merge_bases["file"], rows={})
    assert cell(copy(harness, exported, replace(O1, title="Sell elsewhere"))).was is None


# -- units that were closed --------------------------------------------------------------------------------------------


def test_co_owners_of_which_one_was_closed_are_what_they_were_and_may_change(harness: ImportHarness) -> None:
    owned = replace(O1, co_owners=["Depot", "Sales", "Legal"])
    load(harness, owned)
    units = {unit.name: unit.id for unit in harness.org.units.values()}
    harness.do(c.CloseUnit(unit=units["Depot"], successor=units["Legal"]))
    assert cells(load(harness, owned), "O") == {}
    decision = load(harness, replace(O1, co_owners=["Legal"]))
    assert cells(decision, "O") == {"co_owners": O.TAKEN}
    assert harness.row("O").owners[1:] == [units["Legal"]]


# -- what a spreadsheet did --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("format", "outcome"), [(PlanFormat.OKR_SHEET, O.READ_ANEW), (PlanFormat.JSON, O.TAKEN)])
@pytest.mark.parametrize("length", [7, LONGEST + 1])
def test_signs_that_a_program_has_not_are_left_as_they_were_only_of_a_sheet(
    format: PlanFormat, outcome: O, length: int
) -> None:
    harness = ImportHarness()
    for text in ("Ж" * length, "?" * length):
        row = replace(O1, parents=[], description=text, cells={"title": "Sell", "description": text})
        decision = harness.imports(Plan(format, [row]))
    assert cell(decision).outcome is outcome
    assert (cell(decision).note == DAMAGED) == (outcome is O.READ_ANEW)
    assert harness.row("O").description == ("Ж" if outcome is O.READ_ANEW else "?") * length


def test_signs_that_are_written_over_a_text_of_people_are_left_all_the_same() -> None:
    harness = ImportHarness()
    row = replace(O1, parents=[], title="Жук", cells={"title": "Жук"})
    harness.imports(Plan(PlanFormat.OKR_SHEET, [row]))
    retitled(harness)
    again = replace(row, title="???", cells={"title": "???"})
    assert cell(harness.imports(Plan(PlanFormat.OKR_SHEET, [again]))).note == DAMAGED
