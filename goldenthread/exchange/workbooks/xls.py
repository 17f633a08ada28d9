"""What the sheets of an old workbook (.xls, BIFF8) say besides their values: how far they go, errors, percentages.

A first look at its records. Where they are not as we know them, nothing is seen: their reader decides what that is.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from goldenthread.exchange.workbooks.compound_file import stream
from goldenthread.exchange.workbooks.number_formats import OWN_PERCENTAGES, is_percentage
from goldenthread.exchange.workbooks.sheet_survey import SheetSurvey

_BOF, _EOF, _SHEET, _FORMAT, _STYLE = 0x0809, 0x000A, 0x0085, 0x041E, 0x00E0
_FORMULA, _NUMBER, _RK, _MANY_RK, _ERROR, _TEXT, _OLD_TEXT = 0x0006, 0x0203, 0x027E, 0x00BD, 0x0205, 0x00FD, 0x0204
_BIFF8 = 0x0600
_ERRORS = {0: "#NULL!", 7: "#DIV/0!", 15: "#VALUE!", 23: "#REF!", 29: "#NAME?", 36: "#NUM!", 42: "#N/A"}

BiffRecord = tuple[int, bytes]


def survey_sheets(content: bytes) -> dict[str, SheetSurvey]:
    """The survey of every sheet, by its name. Raises `Refused` where one is too large."""
    try:
        book = stream(content, ("Workbook", "WORKBOOK"))
        sheets, percents = _globals(book)
        return {name: _survey(book, offset, percents) for name, offset in sheets.items()}
    except (struct.error, IndexError, ValueError):
        return {}


def _records(book: bytes, at: int) -> Iterator[BiffRecord]:
    """Those of one part, which begins at `at`; without those of the charts that are in it."""
    depth = 0
    while True:
        kind, length = struct.unpack_from("<HH", book, at)
        at += 4
        depth += (kind == _BOF) - (kind == _EOF)
        if depth == 1:
            yield kind, book[at : at + length]
        if not depth:
            return
        at += length


def _globals(book: bytes) -> tuple[dict[str, int], set[int]]:
    """Where each sheet begins; and the numbers of the styles that show a percentage."""
    sheets: dict[str, int] = {}
    shown, styles = dict.fromkeys(OWN_PERCENTAGES, True), list[int]()
    for kind, data in _records(book, 0):
        if kind == _BOF and struct.unpack_from("<H", data)[0] != _BIFF8:
            raise ValueError("older than Excel 97")
        if kind == _SHEET:
            sheets[_text(data[7:], data[6], data[7])] = struct.unpack_from("<I", data)[0]
        elif kind == _FORMAT:
            number, length = struct.unpack_from("<HH", data)
            shown[number] = is_percentage(_text(data[4:], length, data[4]))
        elif kind == _STYLE:
            styles.append(struct.unpack_from("<H", data, 2)[0])
    return sheets, {number for number, each in enumerate(styles) if shown.get(each)}


def _text(data: bytes, length: int, wide: int) -> str:
    return data[1 : 1 + length * 2].decode("utf-16-le") if wide & 1 else data[1 : 1 + length].decode("latin-1")


def _survey(book: bytes, offset: int, percents: set[int]) -> SheetSurvey:
    found = SheetSurvey()
    for kind, data in _records(book, offset):
        if kind in (_NUMBER, _RK, _FORMULA, _ERROR, _TEXT, _OLD_TEXT):
            row, column, style = struct.unpack_from("<HHH", data)
            found.add_cell(row + 1, column + 1)
            if error := _error(kind, data):
                found.add_shown_text(row + 1, column + 1, error)
            elif style in percents:
                found.add_percentage(row + 1, column + 1)
        elif kind == _MANY_RK:
            row, column = struct.unpack_from("<HH", data)
            for at in range(4, len(data) - 2, 6):
                found.add_cell(row + 1, column + 1)
                if struct.unpack_from("<H", data, at)[0] in percents:
                    found.add_percentage(row + 1, column + 1)
                column += 1
    return found


def _error(kind: int, data: bytes) -> str | None:
    """The error that the cell shows, if any."""
    if kind == _ERROR and data[7]:
        return _ERRORS.get(data[6], "#ERROR")
    if kind == _FORMULA and data[12:14] == b"\xff\xff" and data[6] == 2:
        return _ERRORS.get(data[8], "#ERROR")
    return None
