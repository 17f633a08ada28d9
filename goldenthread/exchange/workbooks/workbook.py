"""From the bytes of a workbook (.xlsx, .xlsm, .xlsb, .xls, .ods) to the table of one of its sheets.

Pure, and not to be called in a process that others need: a workbook can be made so that reading it takes all memory.
What is refused with words is what can be seen beforehand; the rest is for the limits of that process.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from msgspec import Struct
from python_calamine import CalamineError, CalamineSheet, PasswordError

from goldenthread.exchange.tables.table import MAX_COLUMNS, MAX_ROWS, Cell, Line, Table
from goldenthread.exchange.text.decoding import ARCHIVE, COMPOUND, MAX_BYTES
from goldenthread.exchange.text.refusals import invalid
from goldenthread.exchange.workbooks.cell_values import MergedCells, cell_of, text_size
from goldenthread.exchange.workbooks.kinds import REMEDY, kind_of
from goldenthread.exchange.workbooks.sheet_choice import WorkbookSheets
from goldenthread.exchange.workbooks.sheet_survey import MAX_CELLS, SheetSurvey


class OpenedSheet(Struct, frozen=True):
    """A sheet, as far as it is known before its lines are read. `lines` raises nothing but `Refused`."""

    lines: Iterator[Line]
    notes: list[str]


def is_workbook(content: bytes) -> bool:
    """True for what begins as workbooks do. `table_of_workbook` says what it is where it is none."""
    return content.startswith((ARCHIVE, COMPOUND))


def table_of_workbook(content: bytes, sheet: str | None = None) -> Table:
    """The sheet of that name, or the first that is shown and has rows. Raises nothing but `Refused`."""
    opened = open_sheet(content, sheet)
    return Table([*opened.lines], place="row", notes=opened.notes)


def open_sheet(content: bytes, sheet: str | None = None) -> OpenedSheet:
    """The same, its lines one by one. A note names the other sheets that have rows, if none was asked for."""
    if len(content) > MAX_BYTES:
        raise invalid(f"the file has {len(content):,} bytes, more than the {MAX_BYTES:,} that are read; split it")
    kind, archive = kind_of(content)
    with _readable():
        sheets = WorkbookSheets(kind, archive, content)
        found, survey, notes = sheets.choose(sheet)
        return OpenedSheet(_lines(found, survey), [*notes, *survey.notes])


@contextmanager
def _readable() -> Iterator[None]:
    try:
        yield
    except PasswordError:
        raise invalid("the workbook is protected by a password; save it without one, or as CSV") from None
    except (CalamineError, ValueError, OverflowError, OSError):
        raise invalid(f"the workbook is damaged, or its program wrote it in an unusual way; {REMEDY}") from None
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # how a failure inside of the library comes out
            raise
        raise invalid(f"the workbook is damaged, or its program wrote it in an unusual way; {REMEDY}") from None


def _lines(sheet: CalamineSheet, survey: SheetSurvey) -> Iterator[Line]:
    """The rows that are not blank, with their numbers."""
    if sheet.start is None:
        raise invalid(f"the sheet “{sheet.name}” is empty; name another one, or fill it")
    first_column = sheet.start[1]
    if sheet.width > MAX_COLUMNS or sheet.total_height * sheet.width > MAX_CELLS:
        raise invalid(
            f"the sheet “{sheet.name}” is too large; delete what stands far from the plan, or split the sheet"
        )
    merged = MergedCells([*(sheet.merged_cell_ranges or []), *survey.merged], first_column)
    count = size = 0
    for number, cells in _rows(sheet):
        survey.apply_to(number, cells, first_column + 1)
        blank = not any(cell != "" and not (isinstance(cell, str) and cell.isspace()) for cell in cells)
        merged.fill(number - 1, cells)
        if blank:  # also where a merged cell goes over it
            continue
        count += 1
        if count > MAX_ROWS + 1:
            raise invalid(f"row {number}: more than {MAX_ROWS:,} rows; split the sheet")
        size += text_size(number, cells)
        if size > MAX_BYTES:
            raise invalid(f"row {number}: up to here the sheet has more than {MAX_BYTES:,} bytes of text; split it")
        yield Line(number, cells)


def _rows(sheet: CalamineSheet) -> Iterator[tuple[int, list[Cell]]]:
    with _readable():
        for number, row in enumerate(sheet.iter_rows(), 1):
            yield number, [cell_of(each) for each in row]
