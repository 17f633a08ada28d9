"""The decimal mark of a file: one decision for all of its numbers, on evidence, or none."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from goldenthread.exchange.numbers.amounts import Amount
from goldenthread.exchange.numbers.digits import DecimalMark

_USUAL = {",": DecimalMark.POINT, ";": DecimalMark.COMMA}
"""By delimiter: programs delimit by semicolons where a comma is the decimal mark."""
_FAR = 10
_OTHER_GROUPS = re.compile(r"\d[ '’]\d{3}(?!\d)", re.ASCII)
_LAST_ZERO = re.compile(r"[.,]\d\d0(?!\d)", re.ASCII)


def decimal_mark(
    amounts: Sequence[Amount], rows: Iterable[Sequence[Amount]], delimiter: str | None, *, exported: bool = False
) -> DecimalMark | None:
    """The decimal mark of the file that has these numbers; `rows` are those of a key result each.

    Numbers that can be read in one way only decide (`0,5`, `1.000.000`, `12.5`), where they agree. Where there are
    none, the delimiter decides. None where numbers disagree, and where others contradict what was decided.

    `exported`: it is an export from here, which writes a point.
    """
    found = {each.mark for each in amounts} - {None}
    if exported:
        found.add(DecimalMark.POINT)
    if len(found) > 1:
        return None
    decided = next(iter(found)) if found else _USUAL.get(delimiter or "")
    if decided is not None and not found and _groups_otherwise(amounts, decided):
        return None
    if decided is None or exported or not any(_is_decimal(each, decided) for each in amounts):
        return decided
    if not found and _contradicted_by_zeros(amounts, decided):
        return None
    return None if any(_contradicts(row, decided) for row in rows) else decided


def _groups_otherwise(amounts: Sequence[Amount], mark: DecimalMark) -> bool:
    """`1'000` beside `1.500`: has the file another sign between thousands than `mark` would make of that one?"""
    if not any(_OTHER_GROUPS.search(each.text) for each in amounts):
        return False
    return any(each.ambiguous and not _is_decimal(each, mark) for each in amounts)


def _is_decimal(amount: Amount, mark: DecimalMark) -> bool:
    """Would the mark that it has stand before three decimals, and not between thousands?"""
    return amount.ambiguous and abs(amount.value(mark)) == min(abs(amount.point or 0.0), abs(amount.comma or 0.0))


def _contradicted_by_zeros(amounts: Sequence[Amount], mark: DecimalMark) -> bool:
    """A program writes `1.500` for one and a half where it writes three decimals of every number: of `900` as well."""
    zeros = any(_LAST_ZERO.search(each.text) and _is_decimal(each, mark) for each in amounts)
    return zeros and not all(each.ambiguous for each in amounts)


def _contradicts(row: Sequence[Amount], mark: DecimalMark) -> bool:
    """`500 | 1.125 | 900`: is a number a small one with three decimals, and are all others of its row far larger?"""
    certain = [abs(each.value(mark)) for each in row if not each.ambiguous and each.value(mark)]
    small = [abs(each.value(mark)) for each in row if _is_decimal(each, mark)]
    return bool(certain) and any(each * _FAR <= min(certain) for each in small)
