"""Do the numbers of one key result speak of the same thing? One unit, and thousands, millions and percents alike."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal

from goldenthread.exchange.numbers.amounts import Amount, format_number
from goldenthread.exchange.numbers.digits import DecimalMark
from goldenthread.exchange.numbers.unit_words import MILLION, NO_UNIT, NumberUnit, parse_unit
from goldenthread.exchange.text.tidying import one_line

_ALL = 100.0
"""Percents that are all."""
_LARGER = 10
"""A number that would be so many times the largest of its row is not that."""


def any_unit(amounts: Iterable[Amount]) -> bool:
    """Does anything stand beside one of these numbers?"""
    for each in amounts:  # noqa: SIM110 - for every row of a file, so without a generator
        if each.unit is not NO_UNIT:
            return True
    return False


def unit_conflict(amounts: Mapping[str, Amount], measure_unit: str) -> str | None:
    """Why numbers of one key result cannot all be taken, as a sentence that names them; None where they agree.

    `measure_unit` is what the row says that it measures.
    """
    stated = _of_column(measure_unit)
    units = {each.unit.name: each.unit.written for each in amounts.values() if each.unit.name}
    if len(units) > 1:
        return f"{_named(amounts)} have different units; write all of them in one"
    if units and stated.name and stated.name not in units:
        return (
            f"the column Measure Unit says “{one_line(measure_unit)}”, and {_named(amounts)} something else; write one"
        )
    scaled = [each for each in amounts.values() if each.unit.power]
    if scaled and (stated.power or (stated.name == "month" and any(each.unit.power == MILLION for each in scaled))):
        named = f"“{one_line(measure_unit)}”, and “{scaled[0].text}” says it as well"
        return f"the column Measure Unit says {named}; write the number in full, and the unit alone"
    return None


def unit_ambiguity(text: str, amount: Amount, others: Mapping[str, Amount], mark: DecimalMark | None) -> str | None:
    """Why the number in `text`, which has no sign, may be another beside the `others` of its key result; or None.

    `20% | 80% | 0.5` may be 50 % (a spreadsheet keeps it as 0.5) or 0.5 %; `0 | 1.2M | 0.6` may be 0.6 million.
    """
    if amount.unit is not NO_UNIT or not any_unit(others.values()):
        return None
    value = amount.value(mark)
    if not value:
        return None
    sizes = [(each.unit, abs(each.value(mark))) for each in others.values() if mark or not each.ambiguous]
    percents = [size for sign, size in sizes if sign.name == "%"]
    if percents and abs(value) * 100 <= max(100.0, *percents):
        both = f"{_times(value, 2)}% or {format_number(value)}%"
        return f"“{text}” may be {both}, beside percents; write the one that is meant, with its %"
    scaled = [size for sign, size in sizes if sign.power]
    for power in sorted({sign.power for sign, _ in sizes} - {0}, reverse=True):
        if abs(value) * 10**power <= _LARGER * max(scaled):
            both = f"{_times(value, power)} or {format_number(value)}"
            return f"“{text}” may be {both}, beside thousands or millions; write it in full"
    return None


def progress_ambiguity(amounts: Mapping[str, Amount], measure_unit: str) -> str | None:
    """Why a current value in percent may be how far the key result is, rather than its value; or None.

    `0 | 200 | 45%`: its start and target have no `%`, and are more than 100, or the column Measure Unit says that they
    are something else.
    """
    current, *limits = (amounts.get(name) for name in ("Current Value", "Start Value", "Target Value"))
    others = [each for each in limits if each is not None]
    if current is None or current.unit.name != "%" or not others or any(each.unit.name for each in others):
        return None
    stated, largest = one_line(measure_unit), max(map(_most, others))
    if _of_column(stated).name == "%" or not (stated or largest > max(_ALL, _most(current))):
        return None
    return f"“{current.text}” may be how far it is, beside numbers without a %; write the number that is reached"


def _most(amount: Amount) -> float:
    return max(abs(each) for each in (amount.point, amount.comma) if each is not None)


def _times(value: float, power: int) -> str:
    """As people multiply: 0.07 times 100 is 7."""
    return format_number(float(Decimal(repr(value)).scaleb(power)))


def _of_column(measure_unit: str) -> NumberUnit:
    """What the column Measure Unit says, where that is known here."""
    try:
        return parse_unit(one_line(measure_unit)) or NO_UNIT
    except ValueError:
        return NO_UNIT


def _named(amounts: Mapping[str, Amount]) -> str:
    *first, last = [f"“{each.text}” ({name})" for name, each in amounts.items() if each.unit.name]
    return f"{', '.join(first)} and {last}" if first else last
