"""What a StratML performance indicator measures: its unit, its target, and a reading per actual result."""

from __future__ import annotations

from datetime import date
from xml.etree.ElementTree import Element

from msgspec.structs import replace

from goldenthread.contracts.plan import PlanProblem, PlanReading, PlanRow
from goldenthread.exchange.dates import written_dates
from goldenthread.exchange.numbers import amounts
from goldenthread.exchange.plans.row_ids import row_problem
from goldenthread.exchange.text import xml

_DAYS = ("StartDate", "EndDate")
CURRENT = "Current value"
"""How a result without a day is described that says where a measure stands now."""


def with_measures(row: PlanRow, indicator: Element, otherwise: date | None, problems: list[PlanProblem]) -> PlanRow:
    """`row` with the indicator's figures.

    The target is the target result that ends last, the readings are the actual results in the order of their days, and
    the current value is the last of them, unless a result says that it is. A result without a day has the day
    `otherwise`; a target needs none. A result in words joins the description.
    """
    reader = _Results(row, otherwise, problems)
    for instance in xml.children(indicator, "MeasurementInstance"):
        for result in xml.children(instance, "TargetResult"):
            reader.take(result, reader.targets, "Target")
        for result in xml.children(instance, "ActualResult"):
            reader.take(result, reader.readings, "Result")
    unit = xml.text_of(indicator, "UnitOfMeasurement")
    target, readings = sorted(reader.targets, key=_on), sorted(reader.readings, key=_on)
    return replace(
        row,
        description="\n\n".join(filter(None, [row.description, *reader.words])) or None,
        target_value=target[-1].value if target else None,
        current_value=readings[-1].value if readings and reader.current is None else reader.current,
        measure_unit=(unit if unit != row.title else None) or reader.sign,
        readings=readings,
    )


def _on(reading: PlanReading) -> date:
    return reading.on


class _Results:
    """The results of one indicator, sorted into targets, readings and words."""

    def __init__(self, row: PlanRow, otherwise: date | None, problems: list[PlanProblem]) -> None:
        self.targets: list[PlanReading] = []
        self.readings: list[PlanReading] = []
        self.words: list[str] = []
        self.current: float | None = None
        self.sign: str | None = None
        self._row, self._otherwise, self._problems = row, otherwise, problems

    def take(self, result: Element, into: list[PlanReading], word: str) -> None:
        """Puts a result where it belongs, or a problem where it belongs nowhere."""
        figure, note = xml.text_of(result, "NumberOfUnits"), _note(result)
        if figure is None:
            self.words += [f"{word}: {note}"] if note else []
            return
        try:
            value, sign = amounts.parse_number(figure)
            if note == CURRENT and not any(xml.text_of(result, name) for name in _DAYS):
                self.current = value
                return
            on = self._day(result, word)
        except ValueError as error:
            self._problems.append(row_problem(self._row, f"taken without a {word.lower()}: {error}"))
            return
        self.sign = self.sign or sign
        into.append(PlanReading(value, on, note))

    def _day(self, result: Element, word: str) -> date:
        """The last day of a result. One that ends before it starts has the later of its days, and a problem."""
        texts = [xml.text_of(result, name) for name in _DAYS]
        starts_on, ends_on = (written_dates.parse_day(text) if text else None for text in texts)
        if starts_on and ends_on and ends_on < starts_on:
            message = f"a {word.lower()} ends on {ends_on}, before it starts on {starts_on}: taken at {starts_on}"
            self._problems.append(row_problem(self._row, message))
            return starts_on
        on = ends_on or starts_on or self._otherwise or (date.min if word == "Target" else None)
        if on is None:
            raise ValueError("it has no date, and the plan has none either")
        return on


def _note(result: Element) -> str | None:
    """What a result says beside its figure."""
    descriptor = xml.child(result, "Descriptor")
    label, value = xml.text_of(descriptor, "DescriptorName"), xml.text_of(descriptor, "DescriptorValue")
    described = f"{label}: {value}" if label and value else value
    return "; ".join(filter(None, [xml.text_of(result, "Description"), described])) or None
