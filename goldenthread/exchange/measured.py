"""What the values of a sheet's rows are: numbers, days, directions and readings, read alike in the whole file.

How a file writes numbers and days is decided once, from all of it.
"""

from __future__ import annotations

import re
from datetime import date

from goldenthread.contracts.enums import Direction
from goldenthread.contracts.plan import PlanReading, RowType
from goldenthread.exchange import values
from goldenthread.exchange.cells import Cells
from goldenthread.exchange.columns import Sheet
from goldenthread.exchange.text import one_line

_VALUES = ("Start Value", "Target Value", "Current Value")
_READING = re.compile(r"(\S+)\s+(\S+)(?:\s+(.*))?")


class Measured:
    """Reads the values in the cells of one sheet."""

    def __init__(self, sheet: Sheet) -> None:
        self._decimal_comma = sheet.delimiter == ";"
        self._infer_direction = "Direction" not in sheet.columns
        dates = (each.cells.get(name, "") for each in sheet.records for name in ("Start Date", "End Date"))
        self._month_first = values.months_first(dates)

    def dates(self, cells: Cells) -> tuple[date | None, date | None]:
        starts_on = cells.take("Start Date", lambda text: values.day(text, self._month_first))
        ends_on = cells.take("End Date", lambda text: values.day(text, self._month_first))
        if starts_on and ends_on and ends_on < starts_on:
            cells.report(f"taken without its dates: it ends on {ends_on}, before it starts on {starts_on}")
            cells.unread |= {"Start Date", "End Date"}
            return None, None
        return starts_on, ends_on

    def numbers(self, cells: Cells, type: RowType) -> tuple[float | None, float | None, float | None, str | None]:
        found = [cells.take(name, self._number) for name in _VALUES]
        if type is not RowType.KEY_RESULT and any(found):
            cells.report(f"taken without its values: a {type} has none, a key result has")
            return None, None, None, None
        start, target, current = (value for value, _ in (each or (None, None) for each in found))
        sign = next((each[1] for each in found if each and each[1]), None)
        return start, target, current, sign

    def _number(self, text: str) -> tuple[float, str | None]:
        return values.number(text, self._decimal_comma)

    def direction(self, cells: Cells, start: float | None, target: float | None) -> Direction | None:
        if self._infer_direction and start is not None and target is not None and target < start:
            return Direction.DECREASE
        return cells.take("Direction", values.direction)

    def readings(self, cells: Cells) -> list[PlanReading]:
        lines = [one_line(line) for line in cells.raw("Readings").splitlines()]
        found = [cells.value(line, self._reading) for line in lines if line]
        return [each for each in found if each is not None]

    def _reading(self, line: str) -> PlanReading:
        parts = _READING.fullmatch(line)
        if parts is None:
            raise ValueError(f"“{line[:40]}” is not a reading; write a date, a number and a note")
        return PlanReading(self._number(parts[2])[0], values.day(parts[1], self._month_first), parts[3] or None)
