"""The cells of one record of a sheet, and the problems they cause."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from goldenthread.contracts import texts
from goldenthread.contracts.plan import PlanProblem
from goldenthread.exchange.sheet_layout.sheet_records import SheetRecord
from goldenthread.exchange.text.tidying import one_line, paragraph
from goldenthread.exchange.values import cell_words

T = TypeVar("T")


class RecordCells:
    """The cells of one record, by column. What is not taken of them is added to `problems`, with where they stand."""

    def __init__(self, record: SheetRecord, problems: list[PlanProblem], called: str = "line") -> None:
        self.texts, self.numbers = record.cells, record.numbers
        self._problems = problems
        self.unread: set[str] = set()
        """Columns whose cell could not be read."""
        self.id = one_line(self.raw("Row ID"))
        self.place = f"{called} {record.line}"

    def raw(self, column: str) -> str:
        """What stands in the cell; empty when there is no such column or cell."""
        return self.texts.get(column, "")

    @property
    def where(self) -> str:
        """Where the record stands, and its id."""
        return f"{self.place} ({self.id})" if self.id else self.place

    def report(self, message: str) -> None:
        """Something of this row was not taken."""
        self._problems.append(PlanProblem(self.where, message))

    def take(self, column: str, parse: Callable[[str], T]) -> T | None:
        """The value in a cell, or None: the cell is empty, or a problem."""
        text = self.raw(column)
        found = self.value(text, parse, f"its {column}")
        if found is None and not cell_words.is_empty(text):
            self.unread.add(column)
        return found

    def value(self, text: str, parse: Callable[[str], T], what: str) -> T | None:
        """The value of a text, or None: the text is empty, or a problem that names `what` is not taken."""
        if cell_words.is_empty(text):
            return None
        try:
            return parse(text)
        except ValueError as error:
            self.report(f"taken without {what}: {error}")
            return None

    def paragraph(self, text: str, what: str) -> str | None:
        """A text of several lines, without characters that no text has."""
        if not text:
            return None
        found = paragraph(text)
        clean = texts.cleaned(found).strip() if found else None
        if clean != found:
            self.report(f"taken without the control characters in its {what}")
        return clean or None

    def per_parent(self, column: str, parents: int) -> list[str]:
        """The lines of a cell, one per parent; any other number of lines is one text for every parent."""
        text = self.raw(column)
        if parents == 1 or not text:
            return [text] * parents
        lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        if parents > 1 and len(lines) == parents:
            return lines
        return [text] * parents if parents else [text] * bool(text.strip())
