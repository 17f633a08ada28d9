"""Sheets of workbooks become tables: what a cell holds, and where a person finds it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta

import openpyxl
import pytest

from goldenthread.contracts.errors import Refused
from goldenthread.exchange.table import Line
from goldenthread.exchange.workbook import is_workbook, table_of
from tests.support.workbooks import saved, xls, xlsx

ROWS: list[list[object]] = [["Title", "Target"], ["Grow", 10]]


@pytest.mark.parametrize("make", [xlsx, xls], ids=["xlsx", "xls"])
def test_a_sheet_becomes_a_table(make: Callable[..., bytes]) -> None:
    content = make(("Plan", ROWS))
    assert is_workbook(content)
    table = table_of(content)
    assert table.lines == [Line(1, ["Title", "Target"]), Line(2, ["Grow", 10])]
    assert (table.delimiter, table.place, table.notes) == (None, "row", [])


def test_a_cell_is_a_number_or_the_text_of_what_it_holds() -> None:
    cells = [1.5, date(2026, 3, 1), datetime(2026, 3, 1), datetime(2026, 3, 1, 14, 30), time(14, 30)]
    table = table_of(xlsx(("Plan", [[*cells, timedelta(hours=36), True, "1.10", 0.1 + 0.2]])))
    assert table.lines[0].cells == [
        *(1.5, "2026-03-01", "2026-03-01", "2026-03-01 14:30:00", "14:30:00"),
        *("36:00:00", "TRUE", "1.10", 0.3),
    ]


def test_a_row_has_the_number_that_a_person_sees() -> None:
    book = openpyxl.Workbook()
    book.worksheets[0]["C5"] = "Title"
    book.worksheets[0]["C9"] = "Grow"
    assert [(each.number, each.cells) for each in table_of(saved(book)).lines] == [(5, ["Title"]), (9, ["Grow"])]


def test_a_merged_cell_is_filled_down_and_not_across() -> None:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    for row in (["Objective", "Unit", "Title"], ["Grow", None, "A"], [None, None, "B"], [None, None, "C"]):
        sheet.append(row)
    sheet.merge_cells("A2:B3")
    assert [each.cells for each in table_of(saved(book)).lines[1:]] == [
        ["Grow", "", "A"],
        ["Grow", "", "B"],
        ["", "", "C"],
    ]


def test_the_first_sheet_that_has_rows_is_read_and_a_note_names_the_others() -> None:
    content = xlsx(("Cover", []), ("Plan", ROWS), ("Notes", [["x"]]))
    table = table_of(content)
    assert len(table.lines) == 2
    assert "“Plan” was read" in table.notes[0]
    assert "“Notes”" in table.notes[0]
    assert table_of(content, "Notes").lines == [Line(1, ["x"])]
    assert table_of(content, "Notes").notes == []


def test_a_sheet_that_is_not_there_is_refused_with_those_that_are() -> None:
    with pytest.raises(Refused) as refused:
        table_of(xlsx(("Plan", ROWS), ("Notes", [["x"]])), "Plans")
    assert refused.value.problems[0].path == ["sheet"]
    assert refused.value.problems[0].candidates == ["Plan", "Notes"]
