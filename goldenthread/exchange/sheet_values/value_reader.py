"""The values of a sheet's rows: numbers, days, directions, statuses and readings, read alike in the whole file.

How a file writes numbers and days is decided once, from all of it. What is read never depends on the order of its rows.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from goldenthread.contracts.enums import Direction
from goldenthread.contracts.plan import PlanProblem, PlanReading, RowType
from goldenthread.exchange.numbers.amounts import Amount
from goldenthread.exchange.numbers.unit_consistency import disagreement, doubt, progress, signed
from goldenthread.exchange.sheet_layout.sheet_records import Sheet
from goldenthread.exchange.sheet_values.record_cells import Cells
from goldenthread.exchange.sheet_values.sheet_dates import FileDates
from goldenthread.exchange.sheet_values.sheet_numbers import VALUES, FileNumbers
from goldenthread.exchange.sheet_values.sheet_statuses import StatusReport
from goldenthread.exchange.text.tidying import one_line
from goldenthread.exchange.values.directions import direction
from goldenthread.exchange.values.reading_lines import may_go_on, reading_parts


class Values(Struct, frozen=True):
    """The numbers of one row."""

    start: float | None = None
    target: float | None = None
    current: float | None = None
    unit: str | None = None
    """What its column says that it measures; else what stands beside its numbers."""
    readings: list[PlanReading] = []


class Measured:
    """Reads the values in the cells of one sheet."""

    def __init__(self, sheet: Sheet) -> None:
        self._infer_direction = "Direction" not in sheet.columns
        self._numbers, self._dates, self._statuses = FileNumbers(sheet), FileDates(sheet), StatusReport()
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

    def values(self, cells: Cells, type: RowType) -> Values:
        """The numbers of a row; those that contradict one another are problems, and not taken."""
        unit = cells.raw("Measure Unit").strip()
        amounts = {name: each for name in VALUES if (each := self._amount(cells, name)) is not None}
        readings = self._readings(cells) if cells.raw("Readings") else []
        if not amounts and not readings and cells.unread.isdisjoint(VALUES):
            return Values(unit=unit or None)
        if type is not RowType.KEY_RESULT and amounts:
            one = "an objective" if type is RowType.OBJECTIVE else f"a {type}"
            cells.report(f"taken without its values: {one} has none, a key result has")
            return Values(unit=unit or None, readings=[reading for reading, _ in readings])
        why = disagreement(amounts, unit) if signed(amounts.values()) else None
        if why is not None:
            cells.report(f"taken without its values: {why}")
            cells.unread |= {*VALUES} | ({"Measure Unit"} if not unit else set())
            return Values(unit=unit or None)
        return self._agreeing(cells, unit, amounts, readings)

    def _agreeing(
        self, cells: Cells, unit: str, amounts: dict[str, Amount], readings: list[tuple[PlanReading, Amount]]
    ) -> Values:
        read = self._reading_values(cells, unit, amounts, readings) if readings else []
        beside = signed(amounts.values())
        how_far = progress(amounts, unit) if beside else None
        if how_far is not None:
            del amounts["Current Value"]
            cells.report(f"taken without its Current Value: {how_far}")
            cells.unread.add("Current Value")
        start, target, current = [self._value(cells, name, amounts, beside=beside) for name in VALUES]
        sign = _sign(amounts) if beside else None
        if not unit and sign is None and cells.unread & {*VALUES}:
            cells.unread.add("Measure Unit")
        return Values(start, target, current, unit or sign, read)

    def _amount(self, cells: Cells, column: str) -> Amount | None:
        text = cells.raw(column)
        if not text:
            return None
        known = self._numbers.known(text) if column not in cells.numbers else None
        return known or cells.take(column, lambda _: self._numbers.cell(cells, column))

    def _value(self, cells: Cells, name: str, amounts: dict[str, Amount], *, beside: bool) -> float | None:
        """The number of a cell, unless it could be two. `beside`: something stands beside a number of the row."""
        amount = amounts.get(name)
        if amount is None:
            return None
        try:
            value = amount.value(self._numbers.mark)
            why = doubt(cells.raw(name).strip(), amount, amounts, self._numbers.mark) if beside else None
        except ValueError as error:
            why = str(error)
        if why is None:
            return value
        cells.report(f"taken without its {name}: {why}")
        cells.unread.add(name)
        return None

    def _readings(self, cells: Cells) -> list[tuple[PlanReading, Amount]]:
        lines = [one_line(line) for line in cells.raw("Readings").splitlines()]
        found = [cells.value(line, self._reading, "a reading") for line in lines if line]
        return [each for each in found if each is not None]

    def _reading(self, line: str) -> tuple[PlanReading, Amount]:
        parts = reading_parts(line)
        if parts is None:
            raise ValueError(f"“{line[:40]}” is not a reading; write a date, a number and a note")
        if not self._numbers.exported and may_go_on(parts[1], parts[2]):
            both = f"{parts[1]} with a note, or {parts[1]}{str(parts[2])[:3]}"
            raise ValueError(f"“{line[:40]}” may be {both}; write the number without a blank, or {parts[1]}.0")
        amount = self._numbers.amount(parts[1])
        return PlanReading(amount.value(self._numbers.mark), self._dates.day(parts[0]), parts[2]), amount

    def _reading_values(
        self, cells: Cells, unit: str, amounts: dict[str, Amount], readings: list[tuple[PlanReading, Amount]]
    ) -> list[PlanReading]:
        """The readings that agree with the numbers of their row. The first that has a unit is added to those."""
        found: list[PlanReading] = []
        beside = dict(amounts)
        has_unit = any(each.beside.unit for each in amounts.values())
        for reading, amount in readings:
            name = f"the reading of {reading.on}"
            why = disagreement({**beside, name: amount}, unit) or doubt(amount.text, amount, beside, self._numbers.mark)
            if why is not None:
                cells.report(f"taken without {name}: {why}")
                continue
            if amount.beside.unit and not has_unit:
                beside[name], has_unit = amount, True
            found.append(reading)
        return found

    def direction(self, cells: Cells, start: float | None, target: float | None) -> Direction | None:
        """The way a key result is to move: what its column says, or its numbers."""
        if self._infer_direction and start is not None and target is not None and target < start:
            return Direction.DECREASE
        return cells.take("Direction", direction)


def _sign(amounts: Mapping[str, Amount]) -> str | None:
    """What stands beside the numbers of a row: beside its target, else beside the first that has something."""
    signs = [each.beside.written for name in ("Target Value", *VALUES) if (each := amounts.get(name)) is not None]
    return next(filter(None, signs), None)
