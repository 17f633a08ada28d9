"""The rows of a CSV, where a spoilt one costs one row: it is reported with its line, and the others are read.

What a program wrote as a CSV is read as `csv` reads it. A row is spoilt where text follows the closing quote of a cell,
where a quote is never closed, and where it goes on over several lines only because a quote was not closed: that is,

* it is not right: its quotes do not stand around whole cells, or are not written twice within them, or it has more
  cells than there are headings; and its last line is a row by itself. (A quote that is not closed makes the number of
  quotes in the rows it runs over odd; in a row that is right it is even.)
* or it is right, but its last line begins a row that goes on below, and what stands there is no row by itself.

A spoilt row ends before the first line that is a row by itself: as many cells as there are headings, or as few as a row
before had, and no single quote at the end of a cell. If the line on which the spoilt row went wrong is such a row, the
quote ran on into it, and the lines between are rows as well; otherwise they are lines of a cell.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Generator, Iterator

from msgspec import Struct

from goldenthread.contracts.plan import PlanProblem
from goldenthread.exchange.tables.table import MAX_COLUMNS

LONGEST_CELL = 131_072
"""Characters of a cell that are read (what `csv` reads, which has it for the whole process)."""
_SHOWN = 30


class SpoiltRow(Struct, frozen=True):
    """A row that was not read: the line it begins on, and what to say of it."""

    line: int
    problem: PlanProblem


class CsvRows:
    """Iterates over the rows that are not blank, each with the number of the line it begins on. `problems` are the
    spoilt ones, as far as they have been met. `columns` is how many cells a row has; None: nobody knows yet.

    Takes time in proportion to the text, whatever is in it.
    """

    def __init__(self, text: str, delimiter: str, first: int = 1, columns: int | None = None) -> None:
        self.problems: list[SpoiltRow] = []
        self._text, self._delimiter = text, delimiter
        self._line = first
        self._columns = max(2, min(columns or MAX_COLUMNS, MAX_COLUMNS))
        self._fewest = self._columns if columns else 2
        self._right, self._a_row = re.compile(_right(delimiter)), self._row(2)

    def __iter__(self) -> Iterator[tuple[int, list[str]]]:
        lines = io.StringIO(self._text, newline="")
        at = 0
        while at < len(self._text):
            lines.seek(at)
            at = yield from self._from(lines, at)

    def _from(self, lines: io.StringIO, at: int) -> Generator[tuple[int, list[str]], None, int]:
        """The rows from `at` to a spoilt one, which is reported: where the next one begins."""
        reader = csv.reader(lines, delimiter=self._delimiter, strict=True)
        before, ran_on = 0, False
        try:
            for cells in reader:
                end, height = lines.tell(), reader.line_num - before
                if any(map(str.strip, cells)):
                    if height > 1 and self._ran_on(at, end, len(cells)):
                        ran_on = True
                        break
                    self._fewest = max(2, min(self._fewest, len(cells)))
                    yield self._line, cells
                at, before = end, reader.line_num
                self._line += height
            else:
                return len(self._text)
        except csv.Error as error:
            if "field limit" in str(error) and self._is_end(self._wrong(at)):
                return self._too_long(at, _next_line(self._text, self._wrong(at)))
            ran_on = "end of data" in str(error)
        return self._past(at, ran_on)

    def _ran_on(self, at: int, end: int, cells: int) -> bool:
        """Whether a row of several lines is one only because of a quote that was not closed."""
        wrong, last = self._wrong(at), _begin_of_line(self._text, at, end)
        begins = self._a_row.match(self._text, last)
        if _next_line(self._text, wrong) == end and self._is_end(wrong) and cells <= self._columns:
            return begins is not None and begins.end() >= end and not self._are_rows(end, begins.end())
        return begins is not None or self._begins_row(at, wrong)

    def _are_rows(self, at: int, to: int) -> bool:
        """Whether all from `at` to `to` are rows by themselves."""
        while at < to:
            found = self._a_row.match(self._text, at)
            if found is None and not self._is_end(at):
                return False
            at = _next_line(self._text, found.end() if found else at)
        return True

    def _wrong(self, at: int) -> int:
        """Where the row at `at` is not right any more; its end, where all of it is right."""
        found = self._right.match(self._text, at)
        return found.end() if found else at

    def _is_end(self, at: int) -> bool:
        return at == len(self._text) or self._text[at] in "\r\n"

    def _begins_row(self, at: int, wrong: int) -> bool:
        """Whether the line where the row at `at` went wrong is another, and a row by itself."""
        line = _begin_of_line(self._text, at, wrong + 1)
        return line > at and self._a_row.match(self._text, line) is not None

    def _too_long(self, at: int, then: int) -> int:
        self._report(at, then, f"not taken: a cell has more than {LONGEST_CELL:,} characters; shorten it")
        return then

    def _past(self, at: int, ran_on: bool) -> int:
        """Report the row at `at`, which went wrong: where the next one begins. `ran_on`: a quote that was not closed
        ran on into others.
        """
        text, below, wrong = self._text, _next_line(self._text, at), self._wrong(at)
        if ran_on or self._begins_row(at, wrong):
            found = self._a_row.search(text, below)
        else:
            found = self._row(self._fewest).search(text, _next_line(text, wrong))
        then = found.start() if found else len(text)
        self._report(at, then, self._why(at, below))
        return then

    def _row(self, fewest: int) -> re.Pattern[str]:
        """Finds a line that is a row by itself, of `fewest` cells or more."""
        return re.compile(_row(self._delimiter, fewest - 1, self._columns - 1))

    def _why(self, at: int, below: int) -> str:
        """What is wrong with the row whose first line is from `at` to `below`, and what to do."""
        line = self._text[at:below].rstrip("\r\n")
        for cell in re.finditer(_faulty(self._delimiter), line):
            shown = cell[0][:_SHOWN] + ("…" if len(cell[0]) > _SHOWN else "")
            if cell["after"]:
                return (
                    f"not taken: text follows the closing quote of a cell, as {shown} has it; "
                    'put the whole cell in quotes, and write a quote within it twice ("")'
                )
            return (
                f"not taken: the quote at the beginning of {shown} is not closed; "
                "close it at the end of the cell, or leave it out"
            )
        return 'not taken: check its quotes; a quote within a cell in quotes is written twice ("")'

    def _report(self, at: int, then: int, message: str) -> None:
        spoilt = self._text[at:then].rstrip("\r\n")
        lines = len(_LINE_END.findall(spoilt))
        if lines:
            message += f" (it goes to line {self._line + lines})"
        id = spoilt[:_SHOWN].partition(self._delimiter)[0].strip()
        named = f" ({id})" if id and '"' not in id and len(id) < _SHOWN else ""
        self.problems.append(SpoiltRow(self._line, PlanProblem(f"line {self._line}{named}", message)))
        self._line += len(_LINE_END.findall(self._text, at, then))


_LINE_END = re.compile("\r\n|\r|\n")
_QUOTED = '"[^"]*+(?:""[^"]*+)*+"'
_ENDS = r"(?=[\r\n]|\Z)"


def _right(delimiter: str) -> str:
    """As much of a row as is right: its quotes stand around whole cells, and are written twice within them."""
    cell = rf'(?:{_QUOTED}|[^"{_in_class(delimiter)}\r\n]*+)'
    return f"{cell}(?:{re.escape(delimiter)}{cell})*+"


def _row(delimiter: str, least: int, most: int) -> str:
    """The beginning of a line that is a row of so many cells. Of other quotes in a cell the last, where it is the third
    or the first, does not end it: that is how the end of a cell of several lines looks.
    """
    mark = _in_class(delimiter)
    inside, ends = rf'[^"{mark}\r\n]', rf"(?=[{mark}\r\n]|\Z)"
    bare = rf'{inside}++(?:"{inside}*+"{inside}*+)*+{ends}|{inside}(?:{inside}++|"(?![{mark}\r\n]|\Z))*+{ends}|{ends}'
    cell = rf"(?:{_QUOTED}{ends}|{bare})"
    return rf"(?:(?<=[\r\n])|\A)(?:{cell}{re.escape(delimiter)}){{{least},{most}}}+{cell}{_ENDS}"


def _faulty(delimiter: str) -> str:
    """In a line, the first cell that begins with a quote and is not closed at its end; `after`: text follows."""
    mark, begins = _in_class(delimiter), rf"(?:(?<={re.escape(delimiter)})|\A)"
    ends = rf"\"(?!{re.escape(delimiter)}|\Z)(?P<after>[^{mark}]+)"
    return rf"{begins}\"[^\"]*+(?:\"\"[^\"]*+)*+(?:{ends}|\Z)"


def _in_class(delimiter: str) -> str:
    return re.escape(delimiter)


def _begin_of_line(text: str, at: int, end: int) -> int:
    """Where the last line of `text[at:end]` begins."""
    stop = min(end, len(text)) - (2 if text[end - 2 : end] == "\r\n" else text[end - 1 : end] in ("\r", "\n"))
    return max(text.rfind("\n", at, stop), text.rfind("\r", at, stop), at - 1) + 1


def _next_line(text: str, at: int) -> int:
    found = _LINE_END.search(text, at)
    return found.end() if found else len(text)
