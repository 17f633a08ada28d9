"""A table as a file has it: lines of cells, before anything is said about what they mean.

The text of a CSV and a sheet of a workbook both become one, so that all that follows reads one thing.
"""

from __future__ import annotations

from msgspec import Struct

from goldenthread.contracts.plan import PlanProblem

MAX_COLUMNS = 256
"""More than any plan has; a workbook's reader makes all cells of the rectangle that a sheet spans."""
MAX_ROWS = 100_000
SHEET_READ = "the sheet “"
"""How the note of a table begins that names the other sheets of its workbook."""

_REMEMBERED = 10_000
Cell = str | int | float
"""A text as it is written; or a number that a workbook keeps as a number, so that nobody has to guess its signs."""


class Line(Struct, frozen=True, gc=False):
    """One line that is not blank, and where a person finds it: the number of a text's line or of a sheet's row."""

    number: int
    cells: list[Cell]


class Table(Struct, frozen=True):
    """The lines of a table, in their order. `problems` are lines that could not be read.

    `delimiter` is what stood between the cells; None in a workbook. `place` is what a line is called there. `notes` say
    how the file was read, where a person should know it.
    """

    lines: list[Line]
    delimiter: str | None = None
    place: str = "line"
    problems: list[PlanProblem] = []
    notes: list[str] = []


class TextPool:
    """Makes texts that come again, as types and parents do, the same object: a large file has the same word often.

    Remembers `_REMEMBERED` texts, so that one whose every text is another takes no more memory for that.
    """

    def __init__(self) -> None:
        self._known: dict[str, str] = {}

    def __call__(self, cells: list[str]) -> list[Cell]:
        """Equal cells."""
        if len(self._known) > _REMEMBERED:
            self._known.clear()
        known = self._known.setdefault
        return [known(cell, cell) for cell in cells]


def text_of(cell: Cell) -> str:
    """A cell as a text: a whole number without a point, as a person would have written it."""
    if isinstance(cell, str):
        return cell
    return str(int(cell)) if cell == cell // 1 and abs(cell) < 1e15 else repr(cell)
