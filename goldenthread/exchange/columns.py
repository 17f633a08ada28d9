"""The columns of an OKR sheet: their names, found in any order, case and delimiter; and the records below them."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from msgspec import Struct

from goldenthread.contracts.errors import Refused
from goldenthread.contracts.plan import PlanProblem
from goldenthread.exchange.guards import unguarded
from goldenthread.exchange.text import invalid
from goldenthread.exchange.values import word

MAX_COLUMNS = 256
MAX_ROWS = 100_000

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
OPTIONAL_COLUMNS = ("Because", "Measure Unit", "Direction", "Link Kind", "Weight", "Readings")
_ALSO = {
    "Row ID": ("id", "rowid", "row", "key"),
    "Title": ("name",),
    "Parent": ("parents", "parent_id", "parent_ids", "parent_row_id"),
    "Entity": ("owner", "unit", "owning_unit", "team", "department"),
    "Time Period": ("period", "cycle"),
    "Start Date": ("start", "starts_on"),
    "End Date": ("end", "ends_on", "due_date"),
    "Start Value": ("baseline",),
    "Target Value": ("target",),
    "Current Value": ("current", "actual"),
    "Because": ("why_it_serves", "rationale"),
    "Measure Unit": ("unit_of_measure", "unit_of_measurement"),
}
_NAMES = {spelling: name for name in COLUMNS + OPTIONAL_COLUMNS for spelling in (word(name), *_ALSO.get(name, ()))}
_DELIMITERS = ",;\t"


class Record(Struct, frozen=True):
    """One row of the sheet: the line it starts on and its cells by column."""

    line: int
    cells: dict[str, str]


class Sheet(Struct, frozen=True):
    """A sheet whose header made sense."""

    delimiter: str
    columns: frozenset[str]
    records: list[Record]
    problems: list[PlanProblem]


def parse(text: str) -> Sheet:
    """The records of a sheet. Refuses what is not one; a row with cells beyond the header is a problem."""
    first = 1
    if text[:4].lower() == "sep=" and len(text.partition("\n")[0].rstrip("\r")) <= 5:
        text, first = text.partition("\n")[2], 2
    delimiter = max(_DELIMITERS, key=lambda each: _recognised(text, each))
    lines = csv_lines(text, delimiter, first)
    line, header = next(lines, (first, []))
    columns = _columns(line, header)
    records: list[Record] = []
    problems: list[PlanProblem] = []
    for line, cells in lines:
        if len(records) + len(problems) >= MAX_ROWS:
            raise invalid(f"line {line}: more than {MAX_ROWS:,} rows; split the sheet")
        if any(cell.strip() for cell in cells[len(header) :]):
            message = f"not taken: {len(cells)} cells under {len(header)} columns; is a delimiter missing its quotes?"
            problems.append(PlanProblem(f"line {line}", message))
        else:
            records.append(
                Record(line, {name: unguarded(cells[at]) for name, at in columns.items() if at < len(cells)})
            )
    return Sheet(delimiter, frozenset(columns), records, problems)


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
    return len({_NAMES[key] for cell in header[:MAX_COLUMNS] if (key := word(cell)) in _NAMES})


def _columns(line: int, header: list[str]) -> dict[str, int]:
    if len(header) > MAX_COLUMNS:
        raise invalid(f"line {line}: not an OKR sheet: {len(header):,} columns")
    columns: dict[str, int] = {}
    for at, cell in enumerate(header):
        name = _NAMES.get(word(cell))
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
