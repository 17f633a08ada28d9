"""What a workbook has in its cells, as a `Table` has it: numbers as numbers, all else as a text."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta

from goldenthread.exchange.table import Cell

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


def filled_down(rows: list[list[Cell]], merged: Iterable[tuple[Corner, Corner]], first_column: int) -> None:
    """Give the cells under the first of a merged range its value: the workbook says that it is theirs, too."""
    for (top, left), (bottom, _) in merged:
        column = left - first_column
        if column < 0 or top >= len(rows) or column >= len(rows[top]):
            continue
        for row in rows[top + 1 : bottom + 1]:
            row[column] = rows[top][column]
