"""The OKR sheet: one row per purpose, why, objective and key result; parents by row id, several on lines of their own.

Read with any delimiter of `,` `;` tab, columns in any order and case. A cell that makes no sense costs the cell, not
the row; a row without type or title is not taken; both are problems that name the line. `write` and `read` are inverse.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import TypeVar

from msgspec.structs import replace

from goldenthread.contracts import texts
from goldenthread.contracts.enums import Direction
from goldenthread.contracts.plan import (
    Plan,
    PlanFormat,
    PlanParent,
    PlanProblem,
    PlanReading,
    PlanRow,
    PlanUnit,
    RowType,
)
from goldenthread.contracts.texts import folded
from goldenthread.exchange import outline, owners, values
from goldenthread.exchange.columns import Record, Sheet, parse
from goldenthread.exchange.references import settle
from goldenthread.exchange.revisions import revision_of
from goldenthread.exchange.sheet_writer import write
from goldenthread.exchange.stated import stated
from goldenthread.exchange.text import invalid, one_line, paragraph

__all__ = ["read", "write"]

_TYPES = {
    **{each.value: each for each in RowType},
    "kr": RowType.KEY_RESULT,
    "keyresult": RowType.KEY_RESULT,
    "strategic_why": RowType.WHY,
}
_VALUES = ("Start Value", "Target Value", "Current Value")
_READING = re.compile(r"(\S+)\s+(\S+)(?:\s+(.*))?")
T = TypeVar("T")


def read(text: str) -> Plan:
    """The plan on a sheet. Refuses a text that is not one, or that has no rows."""
    sheet = parse(text)
    if not sheet.records and not sheet.problems:
        raise invalid("the sheet has a header and no rows")
    reader = _Reader(sheet)
    read = [(row, record) for record in sheet.records if (row := reader.row(record)) is not None]
    rows = [row for row, _ in read]
    numbers = reader.numbers([record for _, record in read]) if "Parent" not in sheet.columns else {}
    if numbers:
        rows = outline.hung(rows, numbers, reader.problems)
    rows = settle(rows, reader.problems)
    units, revision = [*reader.units.values(), *reader.people.values()], revision_of(sheet, reader.problems)
    return Plan(PlanFormat.OKR_SHEET, rows, units, reader.problems, revision=revision)


class _Reader:
    """Reads records one by one; keeps what went wrong and the units in their first spelling."""

    def __init__(self, sheet: Sheet) -> None:
        self.problems = list(sheet.problems)
        self.units: dict[str, PlanUnit] = {}
        self.people: dict[str, PlanUnit] = {}
        self._owned: dict[str, list[str]] = {}
        """By the text of a cell, the owners in it."""
        self._columns, self._somebody = sheet.columns, sheet.somebody
        self._decimal_comma = sheet.delimiter == ";"
        self._infer_direction = "Direction" not in sheet.columns
        ids = [text for each in sheet.records if (text := one_line(each.cells.get("Row ID", "")))]
        self._outline = "Outline" if "Outline" in sheet.columns else "Row ID"
        self._has_ids = not sheet.numbered or len(set(ids)) == len(ids) or outline.is_outline(ids)
        self._named = {*ids, *(folded(each.cells.get("Title", "")) for each in sheet.records)}
        dates = (each.cells.get(name, "") for each in sheet.records for name in ("Start Date", "End Date"))
        self._month_first = values.months_first(dates)

    def row(self, record: Record) -> PlanRow | None:
        """The row of a record, or None and a problem."""
        cells = _Cells(record, self.problems)
        type = _TYPES.get(values.word(cells.raw("Type")))
        title = one_line(cells.raw("Title"))
        if type is None:
            written = cells.raw("Type").strip()
            known = ", ".join(RowType)
            cells.report(
                f"not taken: its type “{written[:40]}” is not one of {known}" if written else "not taken: no type"
            )
            return None
        if not title:
            cells.report("not taken: no title")
            return None
        starts_on, ends_on = self._dates(cells)
        start, target, current, sign = self._numbers(cells, type)
        id = one_line(cells.raw("Row ID")) if self._has_ids else ""
        unit, *co_owners = self._owners(cells, type) or [None]
        row = PlanRow(
            row=id or f"{type}:{title}",
            line=f"line {record.line}",
            type=type,
            title=title,
            description=cells.paragraph(cells.raw("Description"), "description"),
            parents=self._parents(cells),
            unit=unit,
            co_owners=[each for each in co_owners if each],
            cycle=one_line(cells.raw("Time Period")) or None,
            starts_on=starts_on,
            ends_on=ends_on,
            start_value=start,
            target_value=target,
            current_value=current,
            measure_unit=one_line(cells.raw("Measure Unit")) or sign,
            direction=self._direction(cells, start, target),
            status=cells.take("Status", values.status),
            readings=self._readings(cells),
        )
        said = stated(type, record.cells, self._columns, cells.unread)
        if type is RowType.OBJECTIVE and row.unit:
            said["co_owners"] = "\n".join(row.co_owners)
        return replace(row, cells=said)

    def numbers(self, records: list[Record]) -> dict[int, str]:
        """The numbers that rows have in an outline, by place; none where the sheet is not numbered as one."""
        found = {at: one_line(each.cells.get(self._outline, "")) for at, each in enumerate(records)}
        found = {at: text for at, text in found.items() if outline.number(text) is not None}
        return found if outline.is_outline(list(found.values())) else {}

    def _dates(self, cells: _Cells) -> tuple[date | None, date | None]:
        starts_on = cells.take("Start Date", lambda text: values.day(text, self._month_first))
        ends_on = cells.take("End Date", lambda text: values.day(text, self._month_first))
        if starts_on and ends_on and ends_on < starts_on:
            cells.report(f"taken without its dates: it ends on {ends_on}, before it starts on {starts_on}")
            cells.unread |= {"Start Date", "End Date"}
            return None, None
        return starts_on, ends_on

    def _numbers(self, cells: _Cells, type: RowType) -> tuple[float | None, float | None, float | None, str | None]:
        found = [cells.take(name, self._number) for name in _VALUES]
        if type is not RowType.KEY_RESULT and any(found):
            cells.report(f"taken without its values: a {type} has none, a key result has")
            return None, None, None, None
        start, target, current = (value for value, _ in (each or (None, None) for each in found))
        sign = next((each[1] for each in found if each and each[1]), None)
        return start, target, current, sign

    def _number(self, text: str) -> tuple[float, str | None]:
        return values.number(text, self._decimal_comma)

    def _direction(self, cells: _Cells, start: float | None, target: float | None) -> Direction | None:
        if self._infer_direction and start is not None and target is not None and target < start:
            return Direction.DECREASE
        return cells.take("Direction", values.direction)

    def _owners(self, cells: _Cells, type: RowType) -> list[str | None]:
        """The owners in the cell, in their first spelling; only an objective has several."""
        text = cells.raw("Entity")
        found = self._owned.get(text)
        if found is None:
            found = self._owned[text] = owners.split(text)
            for each in [each for name in found for each in owners.people(name, owner=self._somebody)]:
                self.people.setdefault(folded(each), PlanUnit(each, person=True))
        if len(found) > 1 and type is not RowType.OBJECTIVE:
            # Without their names: they may be people.
            cells.report(f"taken with the first of its {len(found)} owners: only an objective has several")
            found = found[:1]
        return [self._owner(name) for name in found]

    def _owner(self, name: str) -> str:
        known = self.people.get(folded(name))
        return (known or self.units.setdefault(folded(name), PlanUnit(name))).name

    def _parents(self, cells: _Cells) -> list[PlanParent]:
        ids = self._parent_texts(cells.raw("Parent"))
        whys = cells.per_parent("Because", len(ids))
        if whys and not ids:
            cells.report("taken without its because, which says why it serves its parent: it names none")
        kinds, weights = cells.per_parent("Link Kind", len(ids)), cells.per_parent("Weight", len(ids))
        return [
            PlanParent(
                row=id,
                because=cells.paragraph(whys[at], "because"),
                kind=cells.value(kinds[at], values.link_kind),
                weight=cells.value(weights[at], _weight),
            )
            for at, id in enumerate(ids)
        ]

    def _parent_texts(self, cell: str) -> list[str]:
        """One text a line, unless the lines are the title of one row."""
        if "\n" in cell and folded(cell) in self._named:
            return [one_line(cell)]
        return [id for line in cell.splitlines() for id in self._split(one_line(line)) if id]

    def _split(self, line: str) -> list[str]:
        """A line of the parent cell is one text, or ids and titles of this sheet with `,` `;` or `|` between them."""
        if line in self._named:
            return [line]
        texts = [one_line(text) for text in re.split("[,;|]", line)]
        return texts if not self._is_named(line) and all(map(self._is_named, texts)) else [line]

    def _is_named(self, text: str) -> bool:
        return text in self._named or folded(text) in self._named

    def _readings(self, cells: _Cells) -> list[PlanReading]:
        lines = [one_line(line) for line in cells.raw("Readings").splitlines()]
        found = [cells.value(line, self._reading) for line in lines if line]
        return [each for each in found if each is not None]

    def _reading(self, line: str) -> PlanReading:
        parts = _READING.fullmatch(line)
        if parts is None:
            raise ValueError(f"“{line[:40]}” is not a reading; write a date, a number and a note")
        return PlanReading(self._number(parts[2])[0], values.day(parts[1], self._month_first), parts[3] or None)


def _weight(text: str) -> float:
    weight, _ = values.number(text)
    if not 0 <= weight <= 1:
        raise ValueError(f"the weight {text} is not between 0 and 1")
    return weight


class _Cells:
    """The cells of one record, and the problems they cause."""

    def __init__(self, record: Record, problems: list[PlanProblem]) -> None:
        self._cells = record.cells
        self._problems = problems
        self.unread: set[str] = set()
        """Columns whose cell could not be read."""
        id = one_line(self.raw("Row ID"))
        self._where = f"line {record.line} ({id})" if id else f"line {record.line}"

    def raw(self, column: str) -> str:
        """What stands in the cell; empty when there is no such column or cell."""
        return self._cells.get(column, "")

    def report(self, message: str) -> None:
        """Something of this row was not taken."""
        self._problems.append(PlanProblem(self._where, message))

    def take(self, column: str, parse: Callable[[str], T]) -> T | None:
        """The value in a cell, or None: the cell is empty, or a problem."""
        text = self.raw(column)
        found = self.value(text, parse)
        if found is None and not values.is_empty(text):
            self.unread.add(column)
        return found

    def value(self, text: str, parse: Callable[[str], T]) -> T | None:
        """The value of a text, or None: the text is empty, or a problem."""
        if values.is_empty(text):
            return None
        try:
            return parse(text)
        except ValueError as error:
            self.report(f"taken in part: {error}")
            return None

    def paragraph(self, text: str, what: str) -> str | None:
        """A text of several lines, without characters that no text has."""
        found = paragraph(text)
        clean = texts.cleaned(found).strip() if found else None
        if clean != found:
            self.report(f"taken without the control characters in its {what}")
        return clean or None

    def per_parent(self, column: str, parents: int) -> list[str]:
        """The lines of a cell, one per parent; any other number of lines is one text for every parent."""
        text = self.raw(column)
        lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        if parents > 1 and len(lines) == parents:
            return lines
        return [text] * parents if parents else [text] * bool(text.strip())
