"""Which line of a table is its header: the first that names the type and the title of a row, below title rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from goldenthread.exchange.tables.headings import (
    COLUMN_BY_KEY,
    PERSON_KEYS,
    ROW_NUMBER_KEYS,
    START_KEYS,
    UNIT_KEYS,
    heading_key,
    known_key,
)
from goldenthread.exchange.tables.table import MAX_COLUMNS, Cell, Line

HEADER_LINES = 30
"""Lines among which the header stands."""
_OF_A_ROW = {"Type", "Title"}
_NOTHING: Mapping[str, str] = {}


def find_header(lines: Sequence[Line], said: Mapping[str, str] = _NOTHING) -> int | None:
    """The place of the header among the first lines: the first with a type and a title, else the one of which most is
    known; None where nothing is. `said` are the columns that somebody meant, by the keys of their headings.

    A line with a type and a title is no data row: a goal is hardly called `Title` and of a type called `Type`.
    """
    best, most = None, 0
    for at, line in enumerate(lines[:HEADER_LINES]):
        whole, known = known_headings(line.cells, said)
        if whole:
            return at
        if known > most:
            best, most = at, known
    return best if most > 1 or (best is not None and _alone(lines[best])) else None


def known_headings(cells: Sequence[Cell], said: Mapping[str, str] = _NOTHING) -> tuple[int, int]:
    """Whether (1 or 0) a line names the type and the title of a row, and how many columns of an OKR sheet it names."""
    texts = [cell for cell in cells[:MAX_COLUMNS] if isinstance(cell, str)]
    explained = {said[key] for text in texts if (key := heading_key(text)) in said}
    keys = {known_key(text) for text in texts if heading_key(text) not in said}
    names = {COLUMN_BY_KEY[key] for key in keys if key in COLUMN_BY_KEY} | explained
    others = sum(not keys.isdisjoint(each) for each in (ROW_NUMBER_KEYS, PERSON_KEYS, START_KEYS, UNIT_KEYS))
    return int(names >= _OF_A_ROW), len(names) + others


def _alone(line: Line) -> bool:
    """Whether all that a line says is one heading."""
    return sum(bool(str(cell).strip()) for cell in line.cells) == 1
