"""Which column of a sheet is which: by what somebody said, by its heading, and where that is not enough by its cells.

The rules, in this order:

1. What somebody said of a heading holds; nothing means that it is not read.
2. A heading that is known is its column. Of several of one column the better word is read (`Title` before `Name`), and
   of two that are the same the one that says something; where they differ, the file is refused.
3. `Start` is a value where all its cells are numbers; else a day.
4. Numbers of rows are row ids where there are no others, else they only place rows in an outline.
5. `Unit` is the owner where no other column names units, and does not only say `%` or the like, nor only something
   of key results among other rows; else it is what key results are measured in, where it says nothing of other rows.
6. Somebody (`Owner`, `Lead`) owns the rows where no column names units; else is not read. Of several columns of
   somebody one that does not only name people comes first.
7. Without a column of types, one whose every cell is a type is it.

All other columns that say anything are named in one note.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Sequence

from msgspec import Struct

from goldenthread.contracts.errors import ErrorCode, refuse
from goldenthread.contracts.plan import PlanWords, RowType
from goldenthread.contracts.texts import first_of
from goldenthread.exchange.sheet_layout.row_types import RowTypes
from goldenthread.exchange.tables.headings import (
    COLUMN_BY_KEY,
    COLUMNS,
    GOAL_KEYS,
    OPTIONAL_COLUMNS,
    OUTLINE,
    OWNER,
    PERSON_KEYS,
    RANK_BY_KEY,
    RESULT_KEYS,
    ROW_NUMBER_KEYS,
    START_KEYS,
    UNIT_KEYS,
    column_named,
    heading_key,
    known_key,
)
from goldenthread.exchange.tables.table import MAX_COLUMNS, Line, text_of
from goldenthread.exchange.text.refusals import invalid
from goldenthread.exchange.values import owner_names

_NUMBER = re.compile(r"[-+−]?[\d.,'’\s]*\d[\d.,'’\s]*[%$€£¥]?|[$€£¥]\s?[\d.,]+", re.ASCII)
_DAY = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{2,4}", re.ASCII)
_DAY_OF_MONTH = re.compile(r"0[1-9]\.\d{1,2}\.?|\d{1,2}\.\d{1,2}\.", re.ASCII)
"""`01.04` or `1.4.`: nobody writes a number so."""
_SERIAL_OR_YEAR = re.compile(r"[2-6]\d{4}(\.0)?|20\d\d(\.0)?", re.ASCII)
_SHOWN = 40
_NAMED = 12


class ColumnLayout(Struct):
    """Where each column stands, with `Outline` for numbers beside row ids."""

    columns: dict[str, int]
    notes: list[str]
    numbered: bool = False
    owners_may_be_people: bool = False


def explained_columns(words: PlanWords) -> dict[str, str]:
    """The columns that somebody meant, by the keys of their headings. Refuses what is no column."""
    found = {heading_key(heading): _column(column, heading) for heading, column in words.columns.items()}
    return {key: name for key, name in found.items() if name is not None}


def find_layout(header: Line, below: Sequence[Line], place: str, words: PlanWords) -> ColumnLayout:
    """The columns of a table with this header and these lines below it. Refuses a header without type or title."""
    if len(header.cells) > MAX_COLUMNS:
        raise invalid(f"{place} {header.number}: not an OKR sheet: more than {MAX_COLUMNS:,} columns")
    return _LayoutFinder(header, below, place, words).found()


class _LayoutFinder:
    def __init__(self, header: Line, below: Sequence[Line], place: str, words: PlanWords) -> None:
        self._below, self._words = below, words
        self._where = f"{place} {header.number}"
        self._headings = [text_of(cell).strip() for cell in header.cells]
        self._keys = [known_key(text) for text in self._headings]
        self._layout = ColumnLayout({}, [])
        self._said: set[int] = set()
        """Places of headings that somebody explained."""

    def found(self) -> ColumnLayout:
        layout, columns = self._layout, self._layout.columns
        self._take_said()
        self._take_known()
        self._take_begin()
        self._take_numbers()
        self._take_types()
        self._take_unit()
        unread = self._take_somebody()
        missing = [name for name in ("Type", "Title") if name not in columns]
        if missing:
            raise invalid(self._refusal(missing))
        layout.notes += unread + self._unread()
        return layout

    def _take_said(self) -> None:
        by_key = {heading_key(heading): (heading, column) for heading, column in self._words.columns.items()}
        there = [heading_key(text) for text in self._headings]
        taken: dict[str, str] = {}
        absent: list[str] = []
        for key, (heading, column) in by_key.items():
            places = [at for at, each in enumerate(there) if each == key]
            self._said.update(places)
            name = _column(column, heading)
            if name in taken:
                message = f"“{taken[name][:_SHOWN]}” and “{heading[:_SHOWN]}” cannot both be {name}; say one of them."
                raise refuse(ErrorCode.INVALID, message, "columns")
            if not places:
                absent.append(f"“{heading[:_SHOWN]}”")
            elif name is not None:
                taken[name] = heading
                at = self._one_of(name, places)
                self._layout.owners_may_be_people |= name == OWNER
                self._layout.columns["Entity" if name == OWNER else name] = at
        if absent:
            there_is = "there is no heading" if len(absent) == 1 else "there are no headings"
            self._layout.notes.append(f"{there_is} {first_of(absent, _NAMED)} in this file")

    def _take_known(self) -> None:
        places: dict[str, list[int]] = defaultdict(list)
        for at, key in enumerate(self._keys):
            if at not in self._said and key in COLUMN_BY_KEY and COLUMN_BY_KEY[key] not in self._layout.columns:
                places[COLUMN_BY_KEY[key]].append(at)
        for name, found in places.items():
            # What says more in brackets is another column where one says less, and of two such nobody knows which.
            exact = [at for at in found if heading_key(self._headings[at]) == self._keys[at]]
            best = min(RANK_BY_KEY[self._keys[at]] for at in exact or found)
            same = [at for at in exact or found if RANK_BY_KEY[self._keys[at]] == best]
            if exact or len({heading_key(self._headings[at]) for at in same}) == 1:
                self._layout.columns[name] = self._one_of(name, same)

    def _one_of(self, name: str, places: list[int]) -> int:
        """The one of columns with the same heading that says something. Refuses where they say different things."""
        if len(places) == 1:
            return places[0]
        said = {at: [self._text(line, at) for line in self._below] for at in places}
        first, *others = [at for at in places if any(said[at])] or places[:1]
        for at in others:
            if said[at] != said[first]:
                twice = f"column {first + 1} (“{self._headings[first]}”) and {at + 1} (“{self._headings[at]}”)"
                raise invalid(f"{self._where}: column {name} appears twice, as {twice}; leave one out, or rename it")
        self._said.update(places)
        return first

    def _take_begin(self) -> None:
        columns = self._layout.columns
        for at in self._free(START_KEYS.__contains__):
            name = "Start Value" if self._is_value(at) else "Start Date"
            if name not in columns:
                columns[name] = at

    def _is_value(self, at: int) -> bool:
        """Whether all cells are numbers, and not the days of a spreadsheet beside its other days."""
        texts = self._texts(at)
        if not texts or not all(_NUMBER.fullmatch(each) and not _DAY.fullmatch(each) for each in texts):
            return False
        if any(map(_DAY_OF_MONTH.fullmatch, texts)):
            return False
        return not (all(map(_SERIAL_OR_YEAR.fullmatch, texts)) and "End Date" in self._layout.columns)

    def _take_numbers(self) -> None:
        places = sorted(self._free(ROW_NUMBER_KEYS.__contains__), key=lambda at: ROW_NUMBER_KEYS.index(self._keys[at]))
        if not places and OUTLINE not in self._layout.columns:
            return
        at = self._layout.columns.pop(OUTLINE, places[0] if places else -1)
        self._layout.numbered = "Row ID" not in self._layout.columns
        self._layout.columns["Row ID" if self._layout.numbered else OUTLINE] = at

    def _take_unit(self) -> None:
        columns = self._layout.columns
        for at in self._free(UNIT_KEYS.__contains__):
            measured = self._says(at) and not any(char.isalnum() for text in self._texts(at) for char in text)
            of_results = self._says(at) and self._only_of_key_results(at) and self._has_others()
            if "Entity" not in columns and not measured and not of_results:
                columns["Entity"] = at
            elif "Measure Unit" not in columns and self._only_of_key_results(at):
                columns["Measure Unit"] = at
                if "Entity" not in columns and not measured:
                    self._layout.notes.append(
                        f"“{self._headings[at][:_SHOWN]}” was read as what key results are measured in: no other row "
                        f'has one; --map "{self._headings[at][:_SHOWN]}=team" says otherwise'
                    )

    def _only_of_key_results(self, at: int) -> bool:
        types, of = RowTypes(self._words), self._layout.columns.get("Type", -1)
        said = {types.get(self._text(line, of)) for line in self._below if self._text(line, at)}
        return said <= {RowType.KEY_RESULT}

    def _has_others(self) -> bool:
        """Whether there are rows that own something and are no key results."""
        types, of = RowTypes(self._words), self._layout.columns.get("Type", -1)
        return not {types.get(self._text(line, of)) for line in self._below} <= {RowType.KEY_RESULT, None}

    def _take_somebody(self) -> list[str]:
        columns = self._layout.columns
        places = sorted(
            self._free(PERSON_KEYS.__contains__),
            key=lambda at: (self._all(at, _is_person), PERSON_KEYS.index(self._keys[at])),
        )
        if places and "Entity" not in columns:
            columns["Entity"], *places = places
            self._layout.owners_may_be_people = True
        self._said.update(places)
        unread = [f"“{self._headings[at][:_SHOWN]}”" for at in sorted(places) if self._texts(at)]
        if not unread:
            return []
        read = self._headings[columns["Entity"]][:_SHOWN]
        were = "was" if len(unread) == 1 else "were"
        return [f"{' and '.join(unread)} {were} not read: “{read}” says who owns a row"]

    def _take_types(self) -> None:
        """Without a heading for it, the only column whose every cell is a type."""
        if "Type" in self._layout.columns:
            return
        types = RowTypes(self._words)
        found = [at for at in self._free(bool) if self._all(at, lambda text: types.get(text) is not None)]
        if len(found) == 1:
            self._layout.columns["Type"] = found[0]
            heading = self._headings[found[0]][:_SHOWN]
            self._layout.notes.append(f"“{heading}” was read as the type of a row: each of its cells is one")

    def _all(self, at: int, test: Callable[[str], bool]) -> bool:
        seen: set[str] = set()
        for line in self._below:
            text = self._text(line, at)
            if text and text not in seen:
                if not test(text):
                    return False
                seen.add(text)
        return bool(seen)

    def _unread(self) -> list[str]:
        read = {*self._layout.columns.values(), *self._said}
        unread = [at for at in range(len(self._headings)) if at not in read and self._says(at)]
        if not unread:
            return []
        named = [
            f"“{self._headings[at][:_SHOWN]}”" if self._headings[at] else f"column {at + 1}, which has no heading"
            for at in unread
        ]
        message = f"not read: {first_of(list(dict.fromkeys(named)), _NAMED)}"
        headed = next((self._headings[at] for at in unread if self._headings[at]), None)
        if headed is None:
            return [f"{message}; give a column a heading"]
        return [f'{message}; --map "{headed[:_SHOWN]}=…" says what a column is']

    def _refusal(self, missing: list[str]) -> str:
        start = f"{self._where}: not an OKR sheet: no column {' and no column '.join(missing)}; "
        keys = set(self._keys)
        if "Type" in missing and keys & GOAL_KEYS and keys & RESULT_KEYS:
            start += "an objective and its key result seem to stand in one row: give each its own, with a Type; "
        read = {*self._layout.columns.values()}
        free = [text[:_SHOWN] for at, text in enumerate(self._headings) if text and at not in read][:_NAMED]
        if free and len(self._headings) > 1:
            named = ", ".join(f"“{text}”" for text in free)
            start += f'it has {named}. --map "{free[0]}={missing[-1].lower()}" says which column that is; '
        return f"{start}a sheet's columns are {', '.join(COLUMNS)}"

    def _free(self, wanted: Callable[[str], bool]) -> list[int]:
        """Places of columns that nothing is known of, with a heading of this kind."""
        taken = {*self._layout.columns.values(), *self._said}
        return [at for at, key in enumerate(self._keys) if at not in taken and wanted(key)]

    def _texts(self, at: int) -> list[str]:
        return [text for line in self._below if (text := self._text(line, at))]

    def _says(self, at: int) -> bool:
        return any(self._text(line, at) for line in self._below)

    @staticmethod
    def _text(line: Line, at: int) -> str:
        return text_of(line.cells[at]).strip() if at < len(line.cells) else ""


def _is_person(text: str) -> bool:
    return all(owner_names.people_in(each, owner=True) for each in owner_names.split_owners(text))


def _column(meaning: str, heading: str) -> str | None:
    """The column that is meant; None: it is not to be read. Refuses what is no column."""
    if not meaning.strip():
        return None
    name = column_named(meaning)
    if name is None:
        known = ", ".join((*COLUMNS, *OPTIONAL_COLUMNS))
        message = (
            f"“{heading[:_SHOWN]}” cannot be “{meaning[:_SHOWN]}”: there is no such column; a heading can be one of "
            f"{known}; or nothing, and it is not read."
        )
        raise refuse(ErrorCode.INVALID, message, "columns")
    return name
