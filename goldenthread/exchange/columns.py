"""The columns of an OKR sheet: their names, found in any order and case; and the records below them."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from goldenthread.contracts.plan import PlanProblem, PlanWords
from goldenthread.exchange.guards import unguarded
from goldenthread.exchange.table import Line, Table, text_of
from goldenthread.exchange.text import invalid
from goldenthread.exchange.values import word

MAX_COLUMNS = 256
MAX_ROWS = 100_000

REVISION = "Revision"
"""In every row of an export, so that it survives sorting and new rows: the revision that the sheet shows."""
COLUMNS = (
    "Row ID",
    "Type",
    "Title",
    "Description",
    "Parent",
    "Entity",
    "Time Period",
    "Start Date",
    "End Date",
    "Start Value",
    "Target Value",
    "Current Value",
    "Status",
)
OPTIONAL_COLUMNS = ("Because", "Measure Unit", "Direction", "Link Kind", "Weight", "Readings", REVISION)
_ALSO = {
    "Row ID": ("id", "rowid", "row", "key"),
    "Title": ("name",),
    "Parent": ("parents", "parent_id", "parent_ids", "parent_row_id"),
    "Entity": ("unit", "owning_unit", "team", "department"),
    "Time Period": ("period", "cycle"),
    "Start Date": ("start", "starts_on"),
    "End Date": ("end", "ends_on", "due_date"),
    "Start Value": ("baseline",),
    "Target Value": ("target",),
    "Current Value": ("current", "actual"),
    "Because": ("why_it_serves", "rationale"),
    "Measure Unit": ("unit_of_measure", "unit_of_measurement"),
}
_ELSE = {
    "Row ID": ("outline", "outline_number", "wbs", "order", "#", "no", "no.", "nr", "nr.", "number", "nummer"),
    "Entity": (
        *("owner", "accountable", "responsible", "lead", "dri", "assignee"),
        *("verantwortlich", "verantwortliche", "verantwortlicher", "verantwortliche_person"),
    ),
}
"""Headings that count where there is none of the others, the first ones before the others: numbers of rows, which may
be an outline's; and somebody, who may be a person. A sheet that has row ids may be numbered as well (`Outline`)."""
_NAMES = {spelling: name for name in COLUMNS + OPTIONAL_COLUMNS for spelling in (word(name), *_ALSO.get(name, ()))}
NO_WORDS = PlanWords()


class Record(Struct, frozen=True):
    """One row of the sheet: the line it starts on and the texts of its cells by column. `numbers` are those of them
    that a workbook keeps as numbers: what they say is certain.
    """

    line: int
    cells: dict[str, str]
    numbers: dict[str, float] = {}


class Sheet(Struct, frozen=True):
    """A sheet whose header made sense. `numbered`: its row ids are the numbers of its rows; `somebody`: its owners are
    those who answer for a row, and may be people.
    """

    delimiter: str | None
    columns: frozenset[str]
    records: list[Record]
    problems: list[PlanProblem]
    numbered: bool = False
    somebody: bool = False
    place: str = "line"


def sheet_of(table: Table, words: PlanWords = NO_WORDS) -> Sheet:
    """The records of a table, whose first line is the header. Refuses what is no sheet; a row with cells beyond the
    header is a problem. `words` are what some of its headings mean.
    """
    first, *lines = table.lines or [Line(1, [])]
    header = list(map(text_of, first.cells))
    columns = _columns(first.number, header, words)
    problems = list(table.problems)
    records: list[Record] = []
    numbered, somebody = _else(first.number, header, columns, problems)
    if len(lines) > MAX_ROWS:
        raise invalid(f"{table.place} {lines[MAX_ROWS].number}: more than {MAX_ROWS:,} rows; split the sheet")
    for line in lines:
        if any(text_of(cell).strip() for cell in line.cells[len(header) :]):
            message = (
                f"not taken: {len(line.cells)} cells under {len(header)} columns; is a delimiter missing its quotes?"
            )
            problems.append(PlanProblem(f"{table.place} {line.number}", message))
        else:
            records.append(_record(line, columns))
    return Sheet(table.delimiter, frozenset(columns), records, problems, numbered, somebody, table.place)


def header_of(table: Table) -> list[str]:
    """The headings of a table; none where no line of it is a header."""
    header = [text_of(cell) for cell in table.lines[0].cells] if table.lines else []
    return [cell.strip() for cell in header if cell.strip()] if recognised(header) else []


def _record(line: Line, columns: Mapping[str, int]) -> Record:
    there = {name: line.cells[at] for name, at in columns.items() if at < len(line.cells)}
    numbers = {name: float(cell) for name, cell in there.items() if not isinstance(cell, str)}
    return Record(line.number, {name: unguarded(text_of(cell)) for name, cell in there.items()}, numbers)


def recognised(header: list[str]) -> int:
    """How many columns of an OKR sheet a line of headings has."""
    words = {word(cell) for cell in header[:MAX_COLUMNS]}
    return len({_NAMES[each] for each in words if each in _NAMES} | {name for name in _ELSE if words & {*_ELSE[name]}})


def _columns(line: int, header: list[str], words: PlanWords) -> dict[str, int]:
    if len(header) > MAX_COLUMNS:
        raise invalid(f"line {line}: not an OKR sheet: {len(header):,} columns")
    said = {word(heading): _NAMES.get(word(column)) for heading, column in words.columns.items()}
    columns: dict[str, int] = {}
    for at, cell in enumerate(header):
        name = said.get(word(cell), _NAMES.get(word(cell)))
        if name in columns:
            twice = f"column {columns[name] + 1} (“{header[columns[name]]}”) and {at + 1} (“{cell}”)"
            raise invalid(f"line {line}: column {name} appears twice, as {twice}; leave one out")
        if name is not None:
            columns[name] = at
    missing = [name for name in ("Type", "Title") if name not in columns]
    if missing:
        raise invalid(
            f"line {line}: not an OKR sheet: no column {' and no column '.join(missing)}; "
            f"its columns are {', '.join(COLUMNS)}"
        )
    return columns


def _else(line: int, header: list[str], columns: dict[str, int], problems: list[PlanProblem]) -> tuple[bool, bool]:
    """Add the columns whose headings count where there is no better one: whether row ids are, and owners."""
    found: dict[str, list[int]] = {}
    for name, spellings in _ELSE.items():
        places = [(spellings.index(key), at) for at, cell in enumerate(header) if (key := word(cell)) in spellings]
        found[name] = [at for _, at in sorted(places)]
    numbers, owners = found["Row ID"], found["Entity"]
    numbered, somebody = "Row ID" not in columns and bool(numbers), "Entity" not in columns and bool(owners)
    if numbers:
        columns["Row ID" if numbered else "Outline"] = numbers[0]
    if somebody:
        columns["Entity"] = owners.pop(0)
    for at in owners:
        unread, read = header[at].strip(), header[columns["Entity"]].strip()
        message = f"the column “{unread}” was not read: “{read}” says who owns a row"
        problems.append(PlanProblem(f"line {line}", message))
    return numbered, somebody
