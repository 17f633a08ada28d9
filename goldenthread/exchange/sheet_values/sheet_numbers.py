"""The numbers of one sheet, all read with the decimal mark that the whole sheet shows."""

from __future__ import annotations

from collections.abc import Iterator

from goldenthread.exchange.numbers.amounts import Amount, exact_amount, parse_amount
from goldenthread.exchange.numbers.decimal_marks import decimal_mark
from goldenthread.exchange.numbers.digits import DecimalMark
from goldenthread.exchange.sheet_layout.sheet_records import Sheet, SheetRecord
from goldenthread.exchange.sheet_values.record_cells import RecordCells
from goldenthread.exchange.tables.headings import REVISION
from goldenthread.exchange.values.cell_words import is_empty
from goldenthread.exchange.values.reading_lines import split_reading

VALUES = ("Start Value", "Target Value", "Current Value")
_FEW, _GROUP = 15, 3


class SheetNumbers:
    """Reads the numbers in the cells of one sheet; a text is read alike wherever it stands.

    Its decimal mark is decided by all values, weights and readings. What a workbook keeps as a number is certain.
    """

    def __init__(self, sheet: Sheet) -> None:
        self._found: dict[str, Amount | ValueError] = {}
        self.exported = exported = sheet.delimiter == "," and REVISION in sheet.columns
        rows = [found for each in sheet.records if (found := self._values(each))]
        others = self._others(sheet)
        amounts = [each for row in rows for each in row] + list(others)
        self.mark: DecimalMark | None = decimal_mark(amounts, rows, sheet.delimiter, exported=exported)

    def cell(self, cells: RecordCells, column: str) -> Amount:
        """The number in a cell. Raises ValueError, with words for a person, when it is none."""
        return self.amount(cells.raw(column)) if column not in cells.numbers else exact_amount(cells.numbers[column])

    def known(self, text: str) -> Amount | None:
        """The number in a text that was read before."""
        found = self._found.get(text)
        return found if isinstance(found, Amount) else None

    def amount(self, text: str) -> Amount:
        """The number in a text. Raises ValueError, with words for a person, when it is none."""
        found = self._found.get(text)
        if found is None:
            try:
                found = _digits(text) or parse_amount(text)
            except ValueError as error:
                found = error
            self._found[text] = found
        if isinstance(found, ValueError):
            raise ValueError(*found.args)
        return found

    def value(self, text: str) -> float:
        """The number in a text, without its unit. Raises ValueError, with words for a person, when it is none."""
        return self.amount(text).value(self.mark)

    def weight(self, text: str) -> float:
        """How much a link weighs, from 0 to 1: `0.5`, `0,5` and `50%` are the same. Raises ValueError for others."""
        found = self.amount(text)
        percent = found.unit.name == "%"
        weight = found.value(self.mark) / 100 if percent else found.value(self.mark)
        if found.unit.name not in ("", "%") or not 0 <= weight <= 1:
            remedy = f"; write {text.strip()}%" if 1 < weight <= 100 and not found.unit.name else ""
            raise ValueError(f"the weight {text.strip()} is not between 0 and 1{remedy}")
        return weight

    def _values(self, record: SheetRecord) -> list[Amount]:
        cells, numbers = record.cells, record.numbers
        certain = [exact_amount(numbers[name]) for name in VALUES if name in numbers] if numbers else []
        texts = [cells[name] for name in VALUES if name in cells and name not in numbers]
        return certain + [found for text in texts if (found := self._number(text)) is not None]

    def _others(self, sheet: Sheet) -> Iterator[Amount]:
        """The weights and readings of a sheet."""
        for record in sheet.records if sheet.columns & {"Weight", "Readings"} else []:
            texts = [] if "Weight" in record.numbers else record.cells.get("Weight", "").splitlines()
            texts += [
                parts[1] for line in record.cells.get("Readings", "").splitlines() if (parts := split_reading(line))
            ]
            for text in texts:
                if (found := self._number(text)) is not None:
                    yield found

    def _number(self, text: str) -> Amount | None:
        known = self._found.get(text)
        if isinstance(known, Amount):
            return known
        try:
            return None if is_empty(text) else self.amount(text)
        except ValueError:
            return None


def _digits(text: str) -> Amount | None:
    """A few digits with no more than a decimal mark that can be nothing else: most numbers are no more than that."""
    if len(text) > _FEW or not text.isascii():
        return None
    if text.isdigit() and (text[0] != "0" or len(text) == 1):
        return Amount(text, value := float(text), value)
    for mark in DecimalMark:
        whole, found, part = text.partition(mark)
        if found and whole.isdigit() and part.isdigit() and (len(part) != _GROUP or whole[0] == "0"):
            value = float(f"{whole}.{part}")
            return Amount(text, value, None) if mark is DecimalMark.POINT else Amount(text, None, value)
    return None
