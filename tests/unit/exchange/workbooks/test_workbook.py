"""Sheets of workbooks become tables: what a cell holds, and where a person finds it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta

import openpyxl
import pytest
import xlwt

from goldenthread.contracts.errors import Refused
from goldenthread.exchange.tables.table import Line
from goldenthread.exchange.workbooks.sheet_survey import percentage
from goldenthread.exchange.workbooks.workbook import is_workbook, table_of_workbook
from tests.support.workbooks import changed, ods, xls, xls_bytes, xlsx, xlsx_bytes

ROWS: list[list[object]] = [["Title", "Target"], ["Grow", 10]]


@pytest.mark.parametrize("make", [xlsx, xls, ods], ids=["xlsx", "xls", "ods"])
def test_a_sheet_becomes_a_table(make: Callable[..., bytes]) -> None:
    content = make(("Plan", ROWS))
    assert is_workbook(content)
    table = table_of_workbook(content)
    assert table.lines == [Line(1, ["Title", "Target"]), Line(2, ["Grow", 10])]
    assert (table.delimiter, table.place, table.notes) == (None, "row", [])


def test_a_cell_is_a_number_or_the_text_of_what_it_holds() -> None:
    cells = [1.5, date(2026, 3, 1), datetime(2026, 3, 1), datetime(2026, 3, 1, 14, 30), time(14, 30)]
    table = table_of_workbook(xlsx(("Plan", [[*cells, timedelta(hours=36), True, "1.10", 0.1 + 0.2]])))
    assert table.lines[0].cells == [
        *(1.5, "2026-03-01", "2026-03-01", "2026-03-01 14:30:00", "14:30:00"),
        *("36:00:00", "TRUE", "1.10", 0.3),
    ]


def test_a_row_has_the_number_that_a_person_sees() -> None:
    book = openpyxl.Workbook()
    book.worksheets[0]["C5"] = "Title"
    book.worksheets[0]["C9"] = "Grow"
    assert [(each.number, each.cells) for each in table_of_workbook(xlsx_bytes(book)).lines] == [
        (5, ["Title"]),
        (9, ["Grow"]),
    ]


def test_a_merged_cell_is_filled_down_and_not_across() -> None:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    for row in (["Objective", "Unit", "Title"], ["Grow", None, "A"], [None, None, "B"], [None, None, "C"]):
        sheet.append(row)
    sheet.merge_cells("A2:B3")
    assert [each.cells for each in table_of_workbook(xlsx_bytes(book)).lines[1:]] == [
        ["Grow", "", "A"],
        ["Grow", "", "B"],
        ["", "", "C"],
    ]


def test_a_merged_cell_over_blank_rows_makes_no_rows() -> None:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    for row in (["Objective", "Title"], ["Grow", "A"], [], [None, "B"]):
        sheet.append(row)
    sheet.merge_cells("A2:A4")
    assert [each.number for each in table_of_workbook(xlsx_bytes(book)).lines] == [1, 2, 4]


def test_a_merged_cell_of_old_workbooks_is_filled_down() -> None:
    book = xlwt.Workbook()
    sheet = book.add_sheet("Plan")
    sheet.write_merge(1, 2, 1, 1, "Grow")
    sheet.write(2, 2, "B")
    assert table_of_workbook(xls_bytes(book)).lines[1].cells == ["Grow", "B"]


def _row(cells: str, times: int = 1) -> str:
    return f'<table:table-row table:number-rows-repeated="{times}">{cells}</table:table-row>'


def _cell(text: str, more: str = "") -> str:
    return f'<table:table-cell office:value-type="string" {more}><text:p>{text}</text:p></table:table-cell>'


def test_a_merged_cell_of_opendocument_is_filled_down() -> None:
    first = _cell("Grow", 'table:number-rows-spanned="2" table:number-columns-spanned="1"')
    rows = [
        _row(first + _cell("A")),
        _row("<table:covered-table-cell/>" + _cell("B")),
        _row("<table:table-cell/>" + _cell("C")),
    ]
    found = [each.cells for each in table_of_workbook(ods(("Plan", rows))).lines]
    assert found == [["Grow", "A"], ["Grow", "B"], ["", "C"]]


def test_empty_rows_that_are_repeated_are_counted_and_not_made() -> None:
    rows = [
        _row("<table:table-cell/>", 4),
        _row(_cell("Title")),
        _row('<table:table-cell table:number-columns-repeated="16384"/>', 900_000),
        _row(_cell("Grow")),
    ]
    assert [each.number for each in table_of_workbook(ods(("Plan", rows))).lines] == [5, 900_006]


def test_what_opendocument_keeps_in_another_way_is_read_as_it_is_shown() -> None:
    error = 'table:formula="of:=1/0" office:value-type="string" office:string-value="" calcext:value-type="error"'
    cells = (
        '<table:table-cell office:value-type="percentage" office:value="0.125"/>'
        '<table:table-cell office:value-type="time" office:time-value="PT36H00M05S"/>'
        '<table:table-cell office:value-type="date" office:date-value="2026-03-01"/>'
        '<table:table-cell office:value-type="boolean" office:boolean-value="true"/>'
        f"<table:table-cell {error}><text:p>#DIV/0!</text:p></table:table-cell>"
    )
    assert table_of_workbook(ods(("Plan", [_row(cells)]))).lines[0].cells == [
        "12.5%",
        "36:00:05",
        "2026-03-01",
        "TRUE",
        "#DIV/0!",
    ]


def test_an_error_is_read_as_its_text() -> None:
    book = openpyxl.Workbook()
    cell = book.worksheets[0]["B2"]
    cell.value, cell.data_type = "#DIV/0!", "e"
    assert table_of_workbook(xlsx_bytes(book)).lines == [Line(2, ["#DIV/0!"])]


@pytest.mark.parametrize("form", ["0%", "0.00%", '0.0" % of all"', "0%;[Red]-0%"])
def test_a_percentage_is_read_as_one(form: str) -> None:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.append([0.2, 0.2])
    sheet["A1"].number_format = form
    assert table_of_workbook(xlsx_bytes(book)).lines[0].cells == [0.2 if '"' in form else "20%", 0.2]


@pytest.mark.parametrize(
    ("value", "text"), [(0.2, "20%"), (1.0, "100%"), (0.011, "1.1%"), (0.01125, "1.1250%"), (-0.5, "-50%")]
)
def test_no_percentage_can_be_taken_for_thousands(value: float, text: str) -> None:
    assert percentage(value) == text


def test_errors_and_percentages_of_old_workbooks_are_read() -> None:
    book = xlwt.Workbook()
    sheet, percent = book.add_sheet("Plän"), xlwt.easyxf(num_format_str="0.0%")
    for column, value in enumerate([0.5, 0.125, 7]):
        sheet.write(1, column + 1, value, percent)
    sheet.write(1, 4, 0.5)
    sheet.row(1).set_cell_error(5, 0x2A)
    sheet.row(1).set_cell_error(6, 0x07)
    sheet.write(1, 7, True)
    for row in range(2, 300):  # so that the file has sectors enough
        sheet.write(row, 1, f"Some title {row}")
    found = table_of_workbook(xls_bytes(book)).lines
    assert found[0].cells == ["50%", "12.5%", "700%", 0.5, "#N/A", "#DIV/0!", "TRUE"]
    assert found[298].cells[0] == "Some title 299"


def test_where_errors_cannot_be_seen_a_note_says_so() -> None:
    """As in a workbook of before 1997, whose stream has another name."""
    new, old = "Workbook".encode("utf-16-le") + bytes(2), "Book".encode("utf-16-le") + bytes(10)
    content = xls(("Plan", ROWS))
    at = content.index(new)
    older = content[:at] + old + content[at + 18 : at + 64] + (10).to_bytes(2, "little") + content[at + 66 :]
    assert table_of_workbook(older).lines == table_of_workbook(content).lines
    assert "shows an error is read as empty" in table_of_workbook(older).notes[0]
    assert table_of_workbook(content).notes == []


def test_a_formula_is_read_by_the_result_that_is_stored() -> None:
    book = openpyxl.Workbook()
    book.worksheets[0].append(["=1+1", "=2+2", "x"])
    content = changed(
        xlsx_bytes(book), "xl/worksheets/sheet1.xml", lambda xml: xml.replace("<f>1+1</f><v />", "<f>1+1</f><v>2</v>")
    )
    table = table_of_workbook(content)
    assert table.lines[0].cells == [2, "", "x"]
    assert "the formula in B1 has no result" in table.notes[0]


def test_cells_are_found_however_a_program_writes_their_places() -> None:
    xml = (
        '<x:worksheet xmlns:x="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><x:sheetData><x:row>'
        "<x:c t='inlineStr'><x:is><x:t>Grow</x:t></x:is></x:c><x:c t='e'><x:v>#N/A</x:v></x:c>"
        "</x:row></x:sheetData></x:worksheet>"
    )
    table = table_of_workbook(changed(xlsx(("Plan", [["x"]])), "xl/worksheets/sheet1.xml", lambda _: xml))
    assert table.lines == [Line(1, ["Grow", "#N/A"])]


def test_the_first_sheet_that_has_rows_is_read_and_a_note_names_the_others() -> None:
    content = xlsx(("Cover", []), ("Plan", ROWS), ("Notes", [["x"]]))
    table = table_of_workbook(content)
    assert len(table.lines) == 2
    assert "“Plan” was read" in table.notes[0]
    assert "“Notes”" in table.notes[0]
    assert table_of_workbook(content, "Notes").lines == [Line(1, ["x"])]
    assert table_of_workbook(content, "Notes").notes == []


def test_a_sheet_that_is_not_there_is_refused_with_those_that_are() -> None:
    with pytest.raises(Refused) as refused:
        table_of_workbook(xlsx(("Plan", ROWS), ("Notes", [["x"]])), "Plans")
    assert refused.value.problems[0].path == ["sheet"]
    assert refused.value.problems[0].candidates == ["Plan", "Notes"]


def test_a_sheet_that_is_hidden_is_read_when_it_is_named_only() -> None:
    book = openpyxl.Workbook()
    book.worksheets[0].title = "Old"
    book.worksheets[0].append(["x"])
    book.worksheets[0].sheet_state = "hidden"
    book.create_sheet("Plan").append(["y"])
    assert table_of_workbook(xlsx_bytes(book)).lines == [Line(1, ["y"])]
    assert table_of_workbook(xlsx_bytes(book)).notes == []
    assert table_of_workbook(xlsx_bytes(book), "Old").lines == [Line(1, ["x"])]
    book["Plan"].delete_rows(1)
    with pytest.raises(Refused, match="those that are hidden: “Old”") as refused:
        table_of_workbook(xlsx_bytes(book))
    assert refused.value.problems[0].candidates == ["Old"]
