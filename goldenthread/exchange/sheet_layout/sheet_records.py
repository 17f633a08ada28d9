"""The columns of an OKR sheet: which is which by its heading; and the records below them."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from goldenthread.contracts.plan import PlanProblem, PlanWords
from goldenthread.exchange.sheet_layout import totals
from goldenthread.exchange.sheet_layout.column_layout import ColumnLayout, explained_columns, find_layout
from goldenthread.exchange.tables.header_line import find_header
from goldenthread.exchange.tables.headings import REVISION
from goldenthread.exchange.tables.table import MAX_ROWS, Line, Table, text_of
from goldenthread.exchange.text.refusals import invalid
from goldenthread.exchange.values.formula_guards import unguarded
from goldenthread.exchange.values.text_quotes import unquoted

NO_WORDS = PlanWords()
_TITLE_SHOWN = 40
_NO_NUMBERS: Mapping[str, float] = {}


class SheetRecord(Struct, frozen=True, gc=False):
    """One row of the sheet: the line it starts on and the texts of its cells by column, without empty ones. `numbers`
    are those of them that a workbook keeps as numbers: what they say is certain.
    """

    line: int
    cells: Mapping[str, str]
    numbers: Mapping[str, float]


class Sheet(Struct, frozen=True):
    """A sheet whose header made sense. `numbered`: its row ids are the numbers of its rows; `owners_may_be_people`:
    its owners are those who answer for a row. `notes` say what of the table was not read.
    """

    delimiter: str | None
    columns: frozenset[str]
    records: list[SheetRecord]
    problems: list[PlanProblem]
    numbered: bool = False
    owners_may_be_people: bool = False
    place: str = "line"
    notes: list[str] = []


def sheet_of(table: Table, words: PlanWords = NO_WORDS) -> Sheet:
    """The records of a table, below its header. Refuses what is no sheet; a row with cells beyond the header is a
    problem. `words` are what some of its headings mean; refuses (path `columns`) what they cannot mean.
    """
    lines = table.lines or [Line(1, [])]
    at = find_header(lines, explained_columns(words))
    if at is None and table.problems:
        spoilt = table.problems[0]
        why = spoilt.message.removeprefix("not taken: ")
        raise invalid(f"{spoilt.row}: not an OKR sheet: no header was found, and this line is spoilt: {why}")
    at = at or 0
    header, below = lines[at], lines[at + 1 :]
    if len(below) > MAX_ROWS:
        raise invalid(f"{table.place} {below[MAX_ROWS].number}: more than {MAX_ROWS:,} rows; split the sheet")
    layout = find_layout(header, below, table.place, words)
    problems, sums = list(table.problems), totals.Totals(table.place)
    records: list[SheetRecord] = []
    for line in below:
        if _is_header(line, header, layout) or sums.collect(line, layout.columns["Type"]):
            continue
        if any(text_of(cell).strip() for cell in line.cells[len(header.cells) :]):
            problems.append(_too_many(line, header, table.place))
        else:
            records.append(_record(line, layout.columns, guards=REVISION in layout.columns))
    notes = _above(lines[:at], header, table.place) + layout.notes
    columns = frozenset(layout.columns)
    problems += sums.problems()
    return Sheet(
        table.delimiter,
        columns,
        records,
        problems,
        layout.numbered,
        layout.owners_may_be_people,
        table.place,
        table.notes + notes,
    )


def headings_in(table: Table) -> list[str]:
    """The headings of a table, those of its header; where no line has any that are known, those of the first line with
    several cells. None where there is no such line.
    """
    at = find_header(table.lines)
    if at is None:
        at = next((at for at, line in enumerate(table.lines) if len(_texts(line)) > 1), None)
    return _texts(table.lines[at]) if at is not None else []


def _texts(line: Line) -> list[str]:
    return [text for cell in line.cells if (text := text_of(cell).strip())]


def _record(line: Line, columns: Mapping[str, int], *, guards: bool) -> SheetRecord:
    """`guards`: the sheet is an export of ours, in which some quotes are no part of the text."""
    texts: dict[str, str] = {}
    numbers: dict[str, float] = {}
    width = len(line.cells)
    for name, at in columns.items():
        cell = line.cells[at] if at < width else ""
        if not isinstance(cell, str):
            numbers[name] = float(cell)
            texts[name] = text_of(cell)
        elif cell:
            texts[name] = unquoted(unguarded(cell)) if guards else cell
    return SheetRecord(line.number, texts, numbers or _NO_NUMBERS)


def _too_many(line: Line, header: Line, place: str) -> PlanProblem:
    message = (
        f"not taken: {len(line.cells)} cells under {len(header.cells)} columns; is a delimiter missing its quotes?"
    )
    return PlanProblem(f"{place} {line.number}", message)


def _is_header(line: Line, header: Line, layout: ColumnLayout) -> bool:
    """Whether a line is the header once more, as printed tables have it on every page."""
    at = layout.columns["Type"]
    return at < len(line.cells) and line.cells[at] == header.cells[at] and _texts(line) == _texts(header)


def _above(lines: list[Line], header: Line, place: str) -> list[str]:
    if not lines:
        return []
    says = _texts(lines[0])[0][:_TITLE_SHOWN]
    count = f"{len(lines)} {place}s above the header were" if len(lines) > 1 else f"one {place} above the header was"
    return [f"the header is {place} {header.number}; {count} not read (“{says}”)"]
