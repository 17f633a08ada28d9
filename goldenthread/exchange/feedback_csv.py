"""What customers said, as a sheet: one row per item, with the columns of `COLUMNS` in any order and case.

Nothing is taken from a sheet of which a part makes no sense: every row is named with its line and its column, at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, time

from msgspec import Struct

from goldenthread.contracts.enums import Sentiment
from goldenthread.contracts.errors import ErrorCode, Problem, Refused
from goldenthread.exchange.dates import written_dates
from goldenthread.exchange.tables.csv_table import best_delimiter, csv_lines, strip_sep_line
from goldenthread.exchange.text.decoding import decode
from goldenthread.exchange.text.refusals import invalid
from goldenthread.exchange.text.tidying import one_line, paragraph
from goldenthread.exchange.values import cell_words
from goldenthread.exchange.values.cell_words import word_key
from goldenthread.exchange.values.formula_guards import unguarded

MAX_ITEMS = 1_000
"""Items of one sheet: what one command carries."""

COLUMNS = ("source", "segment", "body", "sentiment", "received at", "about")
_NEEDED = ("source", "body")
_NAMES = {word_key(name): name for name in COLUMNS}
_MOST_COLUMNS = 256


class FeedbackRow(Struct, frozen=True):
    """One row: the line it starts on and what it says. `about` are ids or titles, as they were written."""

    line: int
    source: str
    body: str
    segment: str | None = None
    sentiment: Sentiment | None = None
    received_at: datetime | None = None
    about: list[str] = []


def read(content: str | bytes) -> list[FeedbackRow]:
    """Every item of a sheet. Raises `Refused` with every cell that makes no sense."""
    text, first, _ = strip_sep_line(decode(content))
    rows = csv_lines(text, best_delimiter(text, _recognised), first)
    columns = _columns(*next(rows))
    problems: list[Problem] = []
    items: list[FeedbackRow] = []
    for line, cells in rows:
        if len(items) == MAX_ITEMS:
            raise invalid(
                f"line {line}: more than {MAX_ITEMS:,} rows, which is what is recorded at a time; split the sheet"
            )
        items.append(_FeedbackRowReader(line, cells, columns, problems).item())
    if problems:
        raise Refused(*problems)
    if not items:
        raise invalid("the sheet has a header and no rows")
    return items


def _recognised(header: list[str]) -> int:
    return len({key for cell in header[:_MOST_COLUMNS] if (key := word_key(cell)) in _NAMES})


def _columns(line: int, header: list[str]) -> dict[str, int]:
    """Where each column stands. Columns of other names are refused: a misspelled one would be lost in silence."""
    columns: dict[str, int] = {}
    known = f"the columns are {', '.join(COLUMNS)}"
    for at, cell in enumerate(header):
        name = _NAMES.get(word_key(cell))
        if name is None and cell.strip():
            raise invalid(f"line {line}: “{cell.strip()[:40]}” is no column of a sheet of feedback; {known}")
        if name in columns:
            raise invalid(f"line {line}: column {name} appears twice, as column {columns[name] + 1} and {at + 1}")
        if name is not None:
            columns[name] = at
    missing = [name for name in _NEEDED if name not in columns]
    if missing:
        raise invalid(f"line {line}: no column {' and no column '.join(missing)}; {known}")
    return columns


class _FeedbackRowReader:
    """One row, and the problems its cells cause."""

    def __init__(self, line: int, cells: list[str], columns: dict[str, int], problems: list[Problem]) -> None:
        self._line, self._problems = line, problems
        self._cells = {name: unguarded(cells[at]) for name, at in columns.items() if at < len(cells)}
        if any(cell.strip() for cell in cells[max(columns.values()) + 1 :]):
            self._report("about", "this row has more cells than there are columns; is a delimiter missing its quotes?")

    def item(self) -> FeedbackRow:
        """What the row says; what it cannot say is a problem, and absent."""
        return FeedbackRow(
            self._line,
            self._required("source"),
            self._required("body"),
            segment=one_line(self._cells.get("segment", "")) or None,
            sentiment=self._sentiment(),
            received_at=self._received_at(),
            about=list(dict.fromkeys(self._about())),
        )

    def _required(self, column: str) -> str:
        found = paragraph(self._cells.get(column, ""))
        if found is None:
            self._report(column, "it is empty; write at least a word")
        return found or ""

    def _sentiment(self) -> Sentiment | None:
        text = self._cells.get("sentiment", "")
        if cell_words.is_empty(text):
            return None
        try:
            return Sentiment(word_key(text).upper())
        except ValueError:
            self._report("sentiment", f"“{text[:40]}” is not one of {', '.join(Sentiment)}")
            return None

    def _received_at(self) -> datetime | None:
        """A day is its first moment in UTC; a time of day has an offset, since it would be somebody's guess."""
        text = one_line(self._cells.get("received at", ""))
        if cell_words.is_empty(text):
            return None
        try:
            at = (
                datetime.fromisoformat(text)
                if ":" in text
                else datetime.combine(written_dates.parse_day(text), time(), UTC)
            )
        except ValueError:
            self._report("received at", f"“{text[:40]}” is no time; write 2024-12-31 or 2024-12-31T09:30:00+01:00")
            return None
        if at.tzinfo is None:
            self._report("received at", f"“{text[:40]}” says no offset; write it with one, or with Z")
        return at

    def _about(self) -> Iterator[str]:
        for part in self._cells.get("about", "").replace("|", "\n").splitlines():
            if tidy := one_line(part):
                yield tidy

    def _report(self, column: str, message: str) -> None:
        where = f"line {self._line}, column {column}: {message}"
        self._problems.append(Problem(ErrorCode.INVALID, where, ["content"]))
