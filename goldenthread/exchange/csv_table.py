"""From the text of a CSV to its table: the delimiter is found, quotes are read, blank lines are left out."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from goldenthread.contracts.errors import Refused
from goldenthread.exchange.columns import MAX_ROWS, recognised
from goldenthread.exchange.table import Line, Table
from goldenthread.exchange.text import invalid

_DELIMITERS = ",;\t"


def table_of(text: str) -> Table:
    """The lines of a text that are not blank. Refuses a text that is no CSV."""
    first = 1
    if text[:4].lower() == "sep=" and len(text.partition("\n")[0].rstrip("\r")) <= 5:
        text, first = text.partition("\n")[2], 2
    delimiter = max(_DELIMITERS, key=lambda each: _recognised(text, each))
    lines: list[Line] = []
    for number, cells in csv_lines(text, delimiter, first):
        if len(lines) > MAX_ROWS:
            raise invalid(f"line {number}: more than {MAX_ROWS:,} rows; split the sheet")
        lines.append(Line(number, [*cells]))
    return Table(lines, delimiter)


def csv_lines(text: str, delimiter: str, first: int = 1) -> Iterator[tuple[int, list[str]]]:
    """Every row that is not blank, with the line it starts on. Refuses what a CSV reader cannot read."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    line = first
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield line, cells
            line = first + reader.line_num
    except csv.Error as error:
        raise invalid(f"line {line}: not a sheet: {error}; check the quotes of this row") from None


def _recognised(text: str, delimiter: str) -> int:
    try:
        _, header = next(csv_lines(text, delimiter), (1, []))
    except Refused:
        return 0
    return recognised(header)
