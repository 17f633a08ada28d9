"""A sheet as spreadsheet programs save it again: what looks like a number or a day in a cell becomes one."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from datetime import date
from typing import Any

from goldenthread.exchange.dates.month_names import MONTHS, name_key
from tests.support.workbooks import xlsx

Cells = list[list[str]]
_NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?", re.ASCII | re.IGNORECASE)
_THOUSANDS = re.compile(r"[-+]?\d{1,3}(,\d{3})+(\.\d+)?", re.ASCII)
_PERCENT = re.compile(r"(\d+(?:\.\d+)?) ?%", re.ASCII)
_DAY = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})", re.ASCII)
_DAY_LAST = re.compile(r"(\d{1,2})[-/](\d{1,2})[-/](\d{4})", re.ASCII)
_SHORT_DAY = re.compile(r"(\d{1,2})[-/](\d{1,2})", re.ASCII)
_MONTH = re.compile(r"([^\W\d_]+)[ -](\d{4})")
_LARGEST, _WIDE, _WHOLE = 1.7e308, 11, 1e11


def rows_of(text: str) -> Cells:
    """The cells of a sheet."""
    return list(csv.reader(io.StringIO(text, newline="")))


def text_of(cells: Sequence[Sequence[str]], delimiter: str = ",", end: str = "\r\n") -> str:
    """The text of a CSV."""
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter, lineterminator=end).writerows(cells)
    return out.getvalue()


def as_typed_cell(text: str) -> Any:
    """What Excel keeps of a cell of a CSV that it opens in English: a number of 15 digits, a day, TRUE, or the text."""
    number = text.strip()
    if _NUMBER.fullmatch(number) or _THOUSANDS.fullmatch(number):
        value = float(f"{float(number.replace(',', '')):.15g}")
        return value if 3e-308 < abs(value) < _LARGEST or value == 0 else text
    if percent := _PERCENT.fullmatch(number):
        return float(percent[1]) / 100
    if name_key(number) in ("true", "false"):
        return name_key(number) == "true"
    return _day(number) or text


def _day(text: str) -> date | None:
    try:
        if found := _DAY.fullmatch(text):
            return date(int(found[1]), int(found[2]), int(found[3]))
        if found := _DAY_LAST.fullmatch(text):
            return date(int(found[3]), int(found[1]), int(found[2]))
        if found := _SHORT_DAY.fullmatch(text):
            return date(2026, int(found[1]), int(found[2]))
        if (found := _MONTH.fullmatch(text)) and name_key(found[1]) in MONTHS:
            return date(int(found[2]), MONTHS[name_key(found[1])], 1)
    except ValueError:
        return None
    return None


def as_workbook(cells: Cells) -> bytes:
    """Opened by Excel and saved as .xlsx."""
    return xlsx(("Plan", [[as_typed_cell(cell) if cell else None for cell in row] for row in cells]))


def as_german_csv(cells: Cells, encoding: str = "cp1252") -> bytes:
    """Opened by Excel and saved as CSV on a German computer: as its cells are shown; with empty cells and rows."""
    shown = [[_shown(as_typed_cell(cell)) for cell in row] + ["", ""] for row in cells]
    return text_of([*shown, [""] * len(shown[0]), [""] * len(shown[0])], ";").encode(encoding, "replace")


def _shown(cell: Any) -> str:
    """As a German Excel shows a cell whose format is General."""
    if isinstance(cell, bool):
        return "WAHR" if cell else "FALSCH"
    if isinstance(cell, float):
        return _general(cell).replace(".", ",")
    return cell.strftime("%d.%m.%Y") if isinstance(cell, date) else str(cell)


def _general(number: float) -> str:
    """A number in 11 characters, or in powers of ten with 6 digits."""
    if number.is_integer() and abs(number) < _WHOLE:
        return str(int(number))
    if not 1e-4 <= abs(number) < _WHOLE:
        mantissa, _, power = f"{number:.5E}".partition("E")
        return f"{mantissa.rstrip('0').rstrip('.')}E{power[0]}{power[1:].zfill(2)}"
    room = _WIDE - 1 - len(str(int(abs(number))))
    return f"{number:.{max(room, 0)}f}".rstrip("0").rstrip(".")
