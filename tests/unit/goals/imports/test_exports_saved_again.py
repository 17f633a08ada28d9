"""A sheet that was exported, saved again by a spreadsheet program, and comes home: it takes what people edited."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from goldenthread import exchange
from goldenthread.contracts.commands import ImportPlan
from goldenthread.contracts.enums import CellOutcome
from goldenthread.contracts.plan import Plan, PlanFormat, PlanParent, PlanReading, PlanRow, RowType
from goldenthread.exchange.workbooks import workbook
from goldenthread.organization.organization import Organization
from services.goals.domain.decision import Decision
from services.goals.domain.imports.import_plan import import_plan
from services.goals.domain.merge_base import MergeBase
from services.goals.imports.source_loading import ImportSource, as_exported
from tests.support.resaved_sheets import Cells, as_german_csv, as_workbook, rows_of, text_of
from tests.unit.goals.company import Company, companies
from tests.unit.goals.imports.exports import export, has_goals, nothing, same

pytestmark = pytest.mark.slow


PROGRAMS: dict[str, Callable[[Cells], Plan]] = {
    "xlsx": lambda cells: exchange.read(workbook.table_of_workbook(as_workbook(cells))),
    "german": lambda cells: exchange.read(as_german_csv(cells, "utf-8-sig")),
    "cp1252": lambda cells: exchange.read(as_german_csv(cells)),
    "crlf": lambda cells: exchange.read(text_of(cells)),
}
some = settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))


def home(company: Company, plan: Plan, then: Organization) -> Decision:
    assert plan.revision is not None
    command = ImportPlan(source=f"export at {plan.revision}", content="")
    merge_base = as_exported(ImportSource(command.source or "", MergeBase()), plan, then).merge_base
    return import_plan(company.org.copy(), command, plan, company.context(company.admin), merge_base)


def shuffled(draw: Any, cells: Cells) -> Cells:
    """Rows sorted and columns moved as people do."""
    header, *rows = cells
    order, rows = draw(st.permutations(range(len(header)))), draw(st.permutations(rows))
    return [[row[at] for at in order] for row in [header, *rows]]


@pytest.mark.parametrize("program", ["xlsx", "german", "crlf"])
@given(data=st.data())
@some
def test_a_sheet_that_was_only_saved_again_changes_nothing(program: str, data: st.DataObject) -> None:
    company = data.draw(companies(8))
    assume(has_goals(company.org))
    cells = rows_of(export(company, PlanFormat.OKR_SHEET))
    nothing(home(company, PROGRAMS[program](shuffled(data.draw, cells)), company.org.copy()))


EDITS = {
    "title": ("Title", "Edited here"),
    "description": ("Description", "Said\nagain"),
    "target_value": ("Target Value", "12.5"),
    "status": ("Status", "At Risk"),
}


@pytest.mark.parametrize("program", ["xlsx", "german", "crlf"])
@given(data=st.data())
@some
def test_a_cell_that_was_edited_is_all_that_is_taken(program: str, data: st.DataObject) -> None:
    company = data.draw(companies(8))
    cells = rows_of(export(company, PlanFormat.OKR_SHEET))
    of_type = {"target_value": "KEY_RESULT"}
    field, (column, text) = data.draw(st.sampled_from([*EDITS.items()]))
    at, kind = cells[0].index(column), cells[0].index("Type")
    wanted = of_type.get(field, "OBJECTIVE")
    rows = [row for row in cells[1:] if row[kind].upper() == wanted and row[at] != text]
    assume(rows)
    edited = data.draw(st.sampled_from(rows))
    edited[at] = text
    node = edited[cells[0].index("Row ID")]
    found = home(company, PROGRAMS[program](shuffled(data.draw, cells)), company.org.copy())
    assert found.report is not None
    taken = [
        (row.row, cell.cell) for row in found.report.rows for cell in row.cells if cell.outcome is CellOutcome.TAKEN
    ]
    same((taken, found.report.conflicts), ([(node, field)], 0))


GERMAN = "Für größere Qualität überall, und schöne Züge für die Fahrgäste"
"""It tells the old encoding."""


def with_rows(*rows: PlanRow) -> Company:
    company = Company()
    company.imports(Plan(PlanFormat.JSON, [PlanRow("W", "1", RowType.WHY, "Grow", GERMAN), *rows]))
    return company


def objective(title: str, **other: Any) -> PlanRow:
    return PlanRow("O", "2", RowType.OBJECTIVE, title, **other)


def deals(**other: Any) -> PlanRow:
    return PlanRow("K", "3", RowType.KEY_RESULT, "Deals", parents=[PlanParent("O")], **other)


VALUES = [
    "007",
    "1e3",
    "1-2",
    "1/2",
    "1.50",
    "TRUE",
    "wahr",
    "März 2026",
    "may 5",
    "2026-01-05",
    "50 %",
    "1,000",
    "'007",
]


@pytest.mark.parametrize("text", [*VALUES, "'007", "12:30", "1.2", "#N/A", "(5)", "€ 5", "+49 30 1234", "=1"])
@pytest.mark.parametrize("program", [*PROGRAMS])
def test_a_text_that_looks_like_a_value_stays_the_text_it_is(text: str, program: str) -> None:
    row = objective(text, description=text, unit=text, cycle="Sprint")
    company = with_rows(
        row, PlanRow("K", "3", RowType.KEY_RESULT, text, parents=[PlanParent("O", text)], measure_unit=text)
    )
    cells = rows_of(export(company, PlanFormat.OKR_SHEET))
    found = home(company, PROGRAMS[program](cells), company.org.copy())
    nothing(found)
    assert found.report is not None
    same(found.report.rows, [])


@pytest.mark.parametrize("number", [0.1 + 0.2, 1 / 3, 1e15, 1234567.891, 123456789012.0, 1e-7 / 3, 1e300, 1.125, -12.5])
@pytest.mark.parametrize("program", [*PROGRAMS])
def test_a_number_that_a_program_rounds_is_no_edit(number: float, program: str) -> None:
    result = PlanRow(
        "K", "3", RowType.KEY_RESULT, "Deals", parents=[PlanParent("O")], target_value=number, start_value=0.5
    )
    company = with_rows(objective("Sell"), result)
    cells = rows_of(export(company, PlanFormat.OKR_SHEET))
    found = home(company, PROGRAMS[program](cells), company.org.copy())
    nothing(found)
    assert found.report is not None
    left = [cell.note for row in found.report.rows for cell in row.cells]
    assert left in ([], ["what the program that saved the file left of the old text; it is no edit"])
    cells[3][cells[0].index("Target Value")] = "7.25"
    edited = home(company, PROGRAMS[program](cells), company.org.copy())
    assert edited.report is not None
    assert [each.outcome for row in edited.report.rows for each in row.cells] == [CellOutcome.TAKEN]


@pytest.mark.parametrize("title", ["Wachstum → Gewinn 🚀", "Łódź", "a → b? " + "x" * 100])
def test_signs_that_an_old_encoding_has_not_are_reported_and_no_edit(title: str) -> None:
    company = with_rows(objective(title))
    cells = rows_of(export(company, PlanFormat.OKR_SHEET))
    found = home(company, PROGRAMS["cp1252"](cells), company.org.copy())
    nothing(found)
    assert found.report is not None
    assert [each.outcome for row in found.report.rows for each in row.cells] == [CellOutcome.READ_ANEW]
    cells[2][cells[0].index("Title")] = f"{title} and more"
    again = home(company, PROGRAMS["cp1252"](cells), company.org.copy())
    assert again.report is not None
    assert [each.outcome for row in again.report.rows for each in row.cells] == [CellOutcome.TAKEN]


@pytest.mark.parametrize("target", [1.5, 1.125])
def test_readings_stay_as_they_are_beside_numbers_with_commas(target: float) -> None:
    readings = [PlanReading(1.125, date(2026, 1, 2), "so far"), PlanReading(12.5, date(2026, 2, 2))]
    company = with_rows(objective("Sell"), deals(target_value=target, start_value=0.5, readings=readings))
    cells = rows_of(export(company, PlanFormat.OKR_SHEET))
    for name, read in PROGRAMS.items():
        found = home(company, read(cells), company.org.copy())
        assert found.report is not None
        same(([each.payload for each in found.facts], found.report.conflicts), ([], 0))
        doubts = [each.message for each in found.report.skipped]
        assert len(doubts) == (target == 1.125 and name in ("german", "cp1252")), doubts


@pytest.mark.parametrize("number", [1.125, 1125.0])
@pytest.mark.parametrize("text", ["1.125", "1,125"])
@pytest.mark.parametrize("delimiter", [",", ";"])
def test_a_number_that_may_be_the_one_that_was_exported_is_no_edit(number: float, text: str, delimiter: str) -> None:
    company = with_rows(objective("Sell"), deals(target_value=number))
    cells = rows_of(export(company, PlanFormat.OKR_SHEET))
    cells[3][cells[0].index("Target Value")] = text
    found = home(company, exchange.read(text_of(cells, delimiter)), company.org.copy())
    nothing(found)
