"""From the text of a CSV to its table: the delimiter is found, quotes are read, blank lines are left out."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import islice

from goldenthread.contracts.errors import Refused
from goldenthread.exchange.tables.csv_rows import CsvRows
from goldenthread.exchange.tables.header_line import HEADER_LINES, find_header, known_headings
from goldenthread.exchange.tables.table import MAX_ROWS, Line, Table, TextPool
from goldenthread.exchange.text.refusals import invalid

DELIMITERS = ",;\t|"
_LOOKED_AT = 2**20
"""Characters of a text in which the header is looked for, once for each delimiter."""
_MOST_CELLS = 1_000
"""Cells of a row that are kept: more than there can be headings."""
_NO_DELIMITER = '"\r\n'


def table_of_csv(text: str) -> Table:
    """The lines of a text that are not blank; spoilt ones are problems. Refuses a text of too many lines."""
    text, first, named = strip_sep_line(text)
    delimiter, columns, header = _detect(text, first, named)
    rows = CsvRows(text, delimiter, first, columns)
    lines: list[Line] = []
    shared = TextPool()
    for number, cells in rows:
        if len(lines) + len(rows.problems) > MAX_ROWS + HEADER_LINES:
            raise invalid(f"line {number}: more than {MAX_ROWS:,} rows; split the sheet")
        lines.append(Line(number, shared(cells[:_MOST_CELLS])))
    above = [each for each in rows.problems if each.line < header]
    return Table(lines, delimiter, problems=[each.problem for each in rows.problems[len(above) :]])


def strip_sep_line(text: str) -> tuple[str, int, str]:
    """The text without a first line that says the delimiter, as `sep=;`; on which line it begins, and the delimiter."""
    line, _, rest = text.partition("\n")
    said = line.rstrip("\r")
    if said[:4].lower() != "sep=" or len(said) > len("sep=") + 1:
        return text, 1, ""
    return rest, 2, said[4:] if said[4:] not in _NO_DELIMITER and not said[4:].isalnum() else ""


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


def best_delimiter(text: str, count: Callable[[list[str]], int]) -> str:
    """The delimiter under which most headings of the first row are known, by their `count`."""

    def known(delimiter: str) -> int:
        try:
            return count(next(csv_lines(text, delimiter), (1, []))[1])
        except Refused:
            return 0

    return max(DELIMITERS, key=known)


def _detect(text: str, first: int, named: str) -> tuple[str, int | None, int]:
    """The delimiter, how many cells the header has, and its line: by the headings that are known, and where none is by
    the number of cells that most of the first lines have.
    """
    best: tuple[tuple[int, int, int], str, int | None, int] | None = None
    for delimiter in dict.fromkeys(named + DELIMITERS):
        rows = CsvRows(text[:_LOOKED_AT], delimiter, first)
        lines = [Line(number, [*cells]) for number, cells in islice(rows, HEADER_LINES)]
        at = find_header(lines)
        usual = Counter(len(line.cells) for line in lines if len(line.cells) > 1).most_common(1)
        whole, known = known_headings(lines[at].cells) if at is not None else (0, 0)
        found = (whole, known, usual[0][1] if usual else 0)
        if best is None or found > best[0]:
            width = len(lines[at].cells) if at is not None else usual[0][0] if usual else None
            best = found, delimiter, width, lines[at].number if at is not None else first
    assert best is not None
    return best[1], best[2], best[3]
