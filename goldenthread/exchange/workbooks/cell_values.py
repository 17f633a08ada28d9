"""What a workbook has in its cells, as a `Table` has it: numbers as numbers, all else as a text."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta

from goldenthread.exchange.tables.table import Cell
from goldenthread.exchange.text.decoding import NOT_TEXT
from goldenthread.exchange.text.refusals import invalid

Stored = str | int | float | bool | time | date | datetime | timedelta
Corner = tuple[int, int]
"""A row and a column, from 0."""


def cell_of(stored: Stored) -> Cell:
    """A day as its ISO text, also midnight of it; a duration in hours, minutes and seconds; TRUE or FALSE."""
    if isinstance(stored, str):
        return stored
    if isinstance(stored, bool):
        return "TRUE" if stored else "FALSE"
    if isinstance(stored, float):
        return float(f"{stored:.15g}")  # as many digits as the programs show: 0.1 + 0.2 is 0.3
    if isinstance(stored, datetime):
        return stored.date().isoformat() if stored.time() == time() else stored.isoformat(" ", "seconds")
    if isinstance(stored, timedelta):
        return _duration(stored)
    return stored if isinstance(stored, int) else stored.isoformat()


def _duration(stored: timedelta) -> str:
    seconds = round(stored.total_seconds())
    minutes, rest = divmod(abs(seconds), 60)
    return f"{'-' if seconds < 0 else ''}{minutes // 60}:{minutes % 60:02}:{rest:02}"


class MergedCells:
    """Merged ranges, which give the cells under their first one its value: the workbook says that it is theirs, too.

    Rows are given one after another. Of ranges that overlap, which no program writes, the later counts.
    """

    def __init__(self, ranges: Iterable[tuple[Corner, Corner]], first_column: int) -> None:
        self._begin: dict[int, list[tuple[int, int]]] = {}
        for (top, left), (bottom, _) in ranges:
            if bottom > top and left >= first_column:
                self._begin.setdefault(top, []).append((left - first_column, bottom))
        self._open: dict[int, tuple[int, Cell]] = {}

    def fill(self, row: int, cells: list[Cell]) -> None:
        """Fill the row, which counts from 0."""
        for column, (bottom, value) in [*self._open.items()]:
            if row > bottom:
                del self._open[column]
            elif cells[column] == "":
                cells[column] = value
        for column, bottom in self._begin.get(row, ()):
            if column < len(cells):
                self._open[column] = bottom, cells[column]


def text_size(row: int, cells: list[Cell]) -> int:
    """The bytes of the texts of a row. Raises `Refused` for a character that no text has."""
    size = 0
    for column, cell in enumerate(cells, 1):
        if not isinstance(cell, str):
            continue
        if foreign := NOT_TEXT.search(cell):
            raise invalid(f"row {row}, cell {column}: it contains the character U+{ord(foreign[0]):04X}; delete it")
        size += len(cell) if cell.isascii() else len(cell.encode())
    return size
