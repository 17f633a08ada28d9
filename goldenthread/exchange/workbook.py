"""From the bytes of a workbook (.xlsx, .xls, .ods) to the table of one of its sheets.

Pure, and not to be called in a process that others need: a workbook can be made so that reading it takes all memory.
"""

from __future__ import annotations

import io
from collections.abc import Sequence

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetMetadata,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from goldenthread.contracts.errors import ErrorCode, Problem, Refused
from goldenthread.exchange.columns import MAX_ROWS
from goldenthread.exchange.table import Line, Table
from goldenthread.exchange.text import invalid
from goldenthread.exchange.workbook_cells import cell_of, filled_down

ARCHIVE = b"PK\x03\x04"
"""What a ZIP archive begins with: .xlsx, .ods, and others."""
COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""What a compound file (OLE2) begins with: .xls, and others."""


def is_workbook(content: bytes) -> bool:
    """True for what begins as workbooks do. `table_of` says what it is where it is none."""
    return content.startswith((ARCHIVE, COMPOUND))


def table_of(content: bytes, sheet: str | None = None) -> Table:
    """The sheet of that name, or the first that is shown and has rows. Raises nothing but `Refused`."""
    try:
        with CalamineWorkbook.from_filelike(io.BytesIO(content)) as book:
            return _table_of(book, sheet)
    except PasswordError:
        raise invalid("the workbook is protected by a password; save it without one, or as CSV") from None
    except CalamineError:
        raise invalid("the workbook cannot be read; save it as .xlsx again, or as CSV") from None


def _table_of(book: CalamineWorkbook, wanted: str | None) -> Table:
    sheets = [each for each in book.sheets_metadata if each.typ is SheetTypeEnum.WorkSheet]
    if wanted is not None:
        names = [each.name for each in sheets]
        if wanted not in names:
            raise no_such_sheet(wanted, names)
        return _lines(book.get_sheet_by_name(wanted), [])
    shown = [each for each in sheets if each.visible is SheetVisibleEnum.Visible]
    for each in shown:
        sheet = book.get_sheet_by_name(each.name)
        if sheet.height:
            return _lines(sheet, _notes(each, shown))
    raise invalid("the workbook has no sheet with rows")


def _notes(read: SheetMetadata, shown: Sequence[SheetMetadata]) -> list[str]:
    others = ", ".join(f"“{each.name}”" for each in shown if each is not read)
    return [f"the sheet “{read.name}” was read; not read: {others}"] if others else []


def no_such_sheet(wanted: str, names: list[str]) -> Refused:
    """The refusal of a name that no sheet has, to be raised."""
    message = f"the workbook has no sheet “{wanted[:100]}”"
    return Refused(Problem(ErrorCode.INVALID, message, ["sheet"], candidates=names))


def _lines(sheet: CalamineSheet, notes: list[str]) -> Table:
    if sheet.start is None:
        raise invalid(f"the sheet “{sheet.name}” is empty")
    rows = [[cell_of(each) for each in row] for row in sheet.iter_rows()]
    filled_down(rows, sheet.merged_cell_ranges or [], sheet.start[1])
    lines = [Line(number, row) for number, row in enumerate(rows, 1) if any(row)]
    if len(lines) > MAX_ROWS + 1:
        raise invalid(f"row {lines[MAX_ROWS + 1].number}: more than {MAX_ROWS:,} rows; split the sheet")
    return Table(lines, place="row", notes=notes)
