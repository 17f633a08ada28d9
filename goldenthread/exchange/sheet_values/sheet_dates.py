"""The days of one sheet, all read in the order of day and month that the whole sheet shows."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from goldenthread.exchange.dates import written_dates
from goldenthread.exchange.sheet_layout.sheet_records import Sheet
from goldenthread.exchange.sheet_values.record_cells import RecordCells
from goldenthread.exchange.values.reading_lines import split_reading

_COLUMNS = ("Start Date", "End Date")
FIRST, LAST = 1900, 2200
"""A plan has no day in an earlier or later year: those stand where a program had none."""


class SheetDates:
    """Reads the days in the cells of one sheet. `notes` says where a number was read as a day."""

    def __init__(self, sheet: Sheet) -> None:
        texts = {*_texts(sheet)}
        self._year_first = written_dates.years_come_first(texts)
        self._order = written_dates.date_order(texts, self._year_first)
        self._found: dict[str, date | ValueError] = {}
        self._serial: str | None = None
        self._none = sheet.columns.isdisjoint(_COLUMNS)

    @property
    def notes(self) -> list[str]:
        """What a person should know of how days were read."""
        if self._serial is None:
            return []
        return [f"numbers in columns of dates are days as spreadsheets count them: {self._serial}"]

    def both(self, cells: RecordCells) -> tuple[date | None, date | None]:
        """The first and the last day of a row. One that ends before it starts has none, and a problem."""
        if self._none:
            return None, None
        starts_on, ends_on = (cells.take(name, self._day_or_serial) for name in _COLUMNS)
        if starts_on and ends_on and ends_on < starts_on:
            cells.report(f"taken without its dates: it ends on {ends_on}, before it starts on {starts_on}")
            cells.unread |= {*_COLUMNS}
            return None, None
        return starts_on, ends_on

    def day(self, text: str) -> date:
        """The day in a text. Raises ValueError, with words for a person, when it is none or could be two."""
        found = self._found.get(text)
        if found is None:
            found = self._found[text] = self._read(text)
        if isinstance(found, ValueError):
            raise ValueError(*found.args)
        return found

    def _day_or_serial(self, text: str) -> date:
        found = written_dates.serial_day(text) if text not in self._found else None
        if found is None:
            return self.day(text)
        self._serial = self._serial or f"{text.strip()} is {found}"
        return found

    def _read(self, text: str) -> date | ValueError:
        try:
            found = written_dates.parse_day(text, self._order, self._year_first)
        except ValueError as error:
            return error
        if FIRST <= found.year <= LAST:
            return found
        return ValueError(
            f"“{text.strip()}” is not the day of a plan; write one from {FIRST} to {LAST}, or leave it empty"
        )


def _texts(sheet: Sheet) -> Iterator[str]:
    if sheet.columns.isdisjoint((*_COLUMNS, "Readings")):
        return
    for record in sheet.records:
        yield from (record.cells.get(name, "") for name in _COLUMNS)
        for line in record.cells.get("Readings", "").splitlines():
            if (parts := split_reading(line)) is not None:
                yield parts[0]
