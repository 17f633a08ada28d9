"""A first survey of a sheet: how large it is, and what its reader does not tell of its cells."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from functools import cache

from goldenthread.exchange.tables.table import MAX_COLUMNS, Cell
from goldenthread.exchange.text.refusals import invalid

MAX_CELLS = 2_000_000
"""Of that rectangle: 100,000 rows of 20 columns. Its reader takes 32 bytes for each, and its texts."""
MAX_SHOWN = 100_000
"""Of cells whose text is kept beside the sheet: errors and durations."""
_WIDTH = 2**14
"""Columns that a sheet can have at all."""


class SheetSurvey:
    """What is seen of one sheet, cell by cell; rows and columns count from 1. Refuses what is too large."""

    def __init__(self) -> None:
        self.rows = self.columns = 0
        self._shown: dict[int, str] = {}
        self._percents = array("Q")
        self.merged: list[tuple[tuple[int, int], tuple[int, int]]] = []
        self.without_result, self.first_without = 0, ""

    def add_cell(self, row: int, column: int) -> None:
        """There is a cell that is not empty."""
        if row > self.rows or column > self.columns:
            self.rows, self.columns = max(row, self.rows), max(column, self.columns)
            if column > MAX_COLUMNS:
                where = reference(row, column)
                raise invalid(f"cell {where}: more than {MAX_COLUMNS} columns; delete what stands beside the plan")
            if self.rows * self.columns > MAX_CELLS:
                raise invalid(
                    f"cell {reference(row, column)}: the sheet is larger than what is read, {MAX_CELLS:,} cells with "
                    "those that are empty between others; delete what stands far from the plan, or split the sheet"
                )

    def add_percentage(self, row: int, column: int) -> None:
        """A number that is shown as a percentage."""
        self._percents.append(row * _WIDTH + column)

    def add_shown_text(self, row: int, column: int, text: str) -> None:
        """A cell that shows this, and is read as nothing or as something else: an error, a duration."""
        self._shown[row * _WIDTH + column] = text
        if len(self._shown) > MAX_SHOWN:
            raise invalid(f"cell {reference(row, column)}: more than {MAX_SHOWN:,} cells show an error or a duration")

    def add_missing_result(self, row: int, column: int) -> None:
        """A formula whose result is not in the file."""
        self.without_result += 1
        self.first_without = self.first_without or reference(row, column)

    @property
    def notes(self) -> list[str]:
        """What a person should know of how the sheet was read."""
        if not self.without_result:
            return []
        some = f"{self.without_result:,} formulas, the first in {self.first_without}, have"
        one = f"the formula in {self.first_without} has"
        return [
            f"{one if self.without_result == 1 else some} no result in the file, so that nothing was read there; open "
            "the workbook in a spreadsheet program and save it"
        ]

    def apply_to(self, row: int, cells: list[Cell], first_column: int) -> None:
        """Give a row what is seen of it."""
        if not self._percents and not self._shown:
            return
        for column, cell in enumerate(cells, first_column):
            if isinstance(cell, str) and (shown := self._shown.get(row * _WIDTH + column)):
                cells[column - first_column] = shown
        at = bisect_left(self._percents, row * _WIDTH)
        while at < len(self._percents) and self._percents[at] // _WIDTH == row:
            place = self._percents[at] % _WIDTH - first_column
            if 0 <= place < len(cells) and not isinstance(cell := cells[place], str):
                cells[place] = percentage(cell)
            at += 1


def percentage(value: float) -> str:
    """As the program shows it, with all its digits. Never three behind the point: nobody takes that for thousands."""
    digits = f"{value * 100:.12g}"
    return f"{digits}0%" if len(digits.partition(".")[2]) == 3 and "e" not in digits else f"{digits}%"


@cache
def column_number(letters: bytes) -> int:
    """1 for A, 27 for AA."""
    number = 0
    for each in letters:
        number = number * 26 + each - 64
    return number


def reference(row: int, column: int) -> str:
    """`C5` for row 5, column 3."""
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{letters}{row}"
