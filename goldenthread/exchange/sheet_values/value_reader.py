"""The values of a sheet's rows: numbers, days, directions, statuses and readings, read alike in the whole file.

How a file writes numbers and days is decided once, from all of it. What is read never depends on the order of its rows.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from goldenthread.contracts.enums import Direction
from goldenthread.contracts.plan import PlanProblem, PlanReading, RowType
from goldenthread.exchange.numbers.amounts import Amount
from goldenthread.exchange.numbers.unit_consistency import any_unit, progress_ambiguity, unit_ambiguity, unit_conflict
from goldenthread.exchange.sheet_layout.sheet_records import Sheet
from goldenthread.exchange.sheet_values.record_cells import RecordCells
from goldenthread.exchange.sheet_values.sheet_dates import SheetDates
from goldenthread.exchange.sheet_values.sheet_numbers import VALUES, SheetNumbers
from goldenthread.exchange.sheet_values.sheet_statuses import SheetStatuses
from goldenthread.exchange.text.tidying import one_line
from goldenthread.exchange.values.directions import parse_direction
from goldenthread.exchange.values.reading_lines import number_may_continue, split_reading


class RowValues(Struct, frozen=True):
    """The numbers of one row."""

    start: float | None = None
    target: float | None = None
    current: float | None = None
    unit: str | None = None
    """What its column says that it measures; else what stands beside its numbers."""
    readings: list[PlanReading] = []


class ValueReader:
    """Reads the values in the cells of one sheet."""

    def __init__(self, sheet: Sheet) -> None:
        self._infer_direction = "Direction" not in sheet.columns
        self._numbers, self._dates, self._statuses = SheetNumbers(sheet), SheetDates(sheet), SheetStatuses()
        self.weight = self._numbers.weight
        self.dates = self._dates.both
        self.status = self._statuses.take

    @property
    def notes(self) -> list[str]:
        """How the file was read, where a person should know it. To be asked for when all rows are read."""
        return self._dates.notes

    def problems(self) -> list[PlanProblem]:
        """What is told of the file as a whole. To be asked for when all rows are read."""
        return self._statuses.problems()

    def values(self, cells: RecordCells, type: RowType) -> RowValues:
        """The numbers of a row; those that contradict one another are problems, and not taken."""
        unit = cells.raw("Measure Unit").strip()
        amounts = {name: each for name in VALUES if (each := self._amount(cells, name)) is not None}
        readings = self._readings(cells) if cells.raw("Readings") else []
        if not amounts and not readings and cells.unread.isdisjoint(VALUES):
            return RowValues(unit=unit or None)
        if type is not RowType.KEY_RESULT and amounts:
            one = "an objective" if type is RowType.OBJECTIVE else f"a {type}"
            cells.report(f"taken without its values: {one} has none, a key result has")
            return RowValues(unit=unit or None, readings=[reading for reading, _ in readings])
        why = unit_conflict(amounts, unit) if any_unit(amounts.values()) else None
        if why is not None:
            cells.report(f"taken without its values: {why}")
            cells.unread |= {*VALUES} | ({"Measure Unit"} if not unit else set())
            return RowValues(unit=unit or None)
        return self._agreeing(cells, unit, amounts, readings)

    def _agreeing(
        self, cells: RecordCells, unit: str, amounts: dict[str, Amount], readings: list[tuple[PlanReading, Amount]]
    ) -> RowValues:
        read = self._reading_values(cells, unit, amounts, readings) if readings else []
        with_units = any_unit(amounts.values())
        how_far = progress_ambiguity(amounts, unit) if with_units else None
        if how_far is not None:
            del amounts["Current Value"]
            cells.report(f"taken without its Current Value: {how_far}")
            cells.unread.add("Current Value")
        start, target, current = [self._value(cells, name, amounts, with_units=with_units) for name in VALUES]
        sign = _sign(amounts) if with_units else None
        if not unit and sign is None and cells.unread & {*VALUES}:
            cells.unread.add("Measure Unit")
        return RowValues(start, target, current, unit or sign, read)

    def _amount(self, cells: RecordCells, column: str) -> Amount | None:
        text = cells.raw(column)
        if not text:
            return None
        known = self._numbers.known(text) if column not in cells.numbers else None
        return known or cells.take(column, lambda _: self._numbers.cell(cells, column))

    def _value(self, cells: RecordCells, name: str, amounts: dict[str, Amount], *, with_units: bool) -> float | None:
        """The number of a cell, unless it could be two. `with_units`: a number of the row has a unit or a scale."""
        amount = amounts.get(name)
        if amount is None:
            return None
        try:
            value = amount.value(self._numbers.mark)
            why = unit_ambiguity(cells.raw(name).strip(), amount, amounts, self._numbers.mark) if with_units else None
        except ValueError as error:
            why = str(error)
        if why is None:
            return value
        cells.report(f"taken without its {name}: {why}")
        cells.unread.add(name)
        return None

    def _readings(self, cells: RecordCells) -> list[tuple[PlanReading, Amount]]:
        lines = [one_line(line) for line in cells.raw("Readings").splitlines()]
        found = [cells.value(line, self._reading, "a reading") for line in lines if line]
        return [each for each in found if each is not None]

    def _reading(self, line: str) -> tuple[PlanReading, Amount]:
        parts = split_reading(line)
        if parts is None:
            raise ValueError(f"“{line[:40]}” is not a reading; write a date, a number and a note")
        if not self._numbers.exported and number_may_continue(parts[1], parts[2]):
            both = f"{parts[1]} with a note, or {parts[1]}{str(parts[2])[:3]}"
            raise ValueError(f"“{line[:40]}” may be {both}; write the number without a blank, or {parts[1]}.0")
        amount = self._numbers.amount(parts[1])
        return PlanReading(amount.value(self._numbers.mark), self._dates.day(parts[0]), parts[2]), amount

    def _reading_values(
        self, cells: RecordCells, unit: str, amounts: dict[str, Amount], readings: list[tuple[PlanReading, Amount]]
    ) -> list[PlanReading]:
        """The readings that agree with the numbers of their row. The first that has a unit is added to those."""
        found: list[PlanReading] = []
        agreed = dict(amounts)
        has_unit = any(each.unit.name for each in amounts.values())
        for reading, amount in readings:
            name = f"the reading of {reading.on}"
            why = unit_conflict({**agreed, name: amount}, unit) or unit_ambiguity(
                amount.text, amount, agreed, self._numbers.mark
            )
            if why is not None:
                cells.report(f"taken without {name}: {why}")
                continue
            if amount.unit.name and not has_unit:
                agreed[name], has_unit = amount, True
            found.append(reading)
        return found

    def direction(self, cells: RecordCells, start: float | None, target: float | None) -> Direction | None:
        """The way a key result is to move: what its column says, or its numbers."""
        if self._infer_direction and start is not None and target is not None and target < start:
            return Direction.DECREASE
        return cells.take("Direction", parse_direction)


def _sign(amounts: Mapping[str, Amount]) -> str | None:
    """What stands beside the numbers of a row: beside its target, else beside the first that has something."""
    signs = [each.unit.written for name in ("Target Value", *VALUES) if (each := amounts.get(name)) is not None]
    return next(filter(None, signs), None)
