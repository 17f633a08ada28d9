"""The decimal mark of a file: one decision for all of its numbers, on evidence, or none."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from goldenthread.exchange.digits import DecimalMark
from goldenthread.exchange.numbers import Amount

_USUAL = {",": DecimalMark.POINT, ";": DecimalMark.COMMA}
"""By delimiter: programs delimit by semicolons where a comma is the decimal mark."""
_FAR = 10


def decimal_mark(
    amounts: Iterable[Amount], rows: Iterable[Sequence[Amount]], delimiter: str | None, *, exported: bool = False
) -> DecimalMark | None:
    """The decimal mark of the file that has these numbers; `rows` are those of a key result each.

    Numbers that can be read in one way only decide (`0,5`, `1.000.000`, `12.5`), where they agree. Where there are
    none, the delimiter decides. None where numbers disagree, and where a row contradicts what was decided.

    `exported`: it is an export from here, which writes a point.
    """
    found = {each.mark for each in amounts} - {None}
    if exported:
        found.add(DecimalMark.POINT)
    if len(found) > 1:
        return None
    decided = found.pop() if found else _USUAL.get(delimiter or "")
    if decided is None or exported or not any(_contradicts(row, decided) for row in rows):
        return decided
    return None


def _contradicts(row: Sequence[Amount], mark: DecimalMark) -> bool:
    """`500 | 1.500 | 900`: is a number a small one with three decimals, and are all others of its row far larger?"""
    certain = [abs(each.value(mark)) for each in row if not each.ambiguous]
    beside = [each for each in certain if each]
    return bool(beside) and any(
        abs(each.value(mark)) * _FAR <= min(beside)
        for each in row
        if each.ambiguous and abs(each.value(mark)) == min(abs(each.point or 0.0), abs(each.comma or 0.0))
    )
