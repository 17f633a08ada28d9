"""Sheets without a parent column whose rows are numbered as an outline: 1.1.1 hangs on 1.1, and that on 1."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping

from msgspec.structs import replace

from goldenthread.contracts.plan import PlanParent, PlanProblem, PlanRow, RowType
from goldenthread.exchange.plans.row_ids import row_label, row_problem

_NUMBER = re.compile(r"\d+(?:\.\d+)*\.?", re.ASCII)
_LONGEST = 64
_NAMED = 5


def outline_number(text: str) -> str | None:
    """`1.02.` as `1.2`: a number of an outline, or None."""
    if len(text) > _LONGEST or not _NUMBER.fullmatch(text):
        return None
    return ".".join(part.lstrip("0") or "0" for part in text.rstrip(".").split("."))


def is_outline(texts: list[str]) -> bool:
    """Whether these are the numbers of an outline: nothing else, and not all on one level."""
    found = [outline_number(text) for text in texts]
    return bool(found) and None not in found and any("." in each for each in found if each)


def with_outline_parents(rows: list[PlanRow], numbers: Mapping[int, str], problems: list[PlanProblem]) -> list[PlanRow]:
    """The rows, each on the nearest row above it in the outline. `numbers` are theirs, by place in `rows`.

    Those at the top hang on the only purpose, where that has no number of its own. What hangs on nothing is reported.
    """
    there: dict[str, list[PlanRow]] = defaultdict(list)
    for at, text in numbers.items():
        there[_top(text)].append(rows[at])
    purposes = [at for at, row in enumerate(rows) if row.type is RowType.PURPOSE]
    purpose = rows[purposes[0]] if len(purposes) == 1 and purposes[0] not in numbers else None
    found, loose = list(rows), []
    for at, row in enumerate(rows):
        if row.type is RowType.PURPOSE:
            continue
        above = _above(_top(numbers[at]), there) if at in numbers else []
        if not above and purpose is not None and at in numbers and "." not in _top(numbers[at]):
            above = [purpose]
        if not above:
            loose.append(row)
            continue
        parent = PlanParent(above[0].row, may_be=[row_label(each) for each in above] if len(above) > 1 else [])
        found[at] = replace(row, parents=[parent], cells={**row.cells, "parents": above[0].row})
    if loose:
        names = ", ".join(each.row[:_LONGEST] for each in loose[:_NAMED]) + (", …" if len(loose) > _NAMED else "")
        hang = "row of the outline hangs" if len(loose) == 1 else "rows of the outline hang"
        message = f"{len(loose)} {hang} on nothing: {names}. A column Parent says what they serve"
        problems.append(row_problem(loose[0], message))
    return found


def _top(text: str) -> str:
    """The number in a text; spreadsheets write 1 as 1.0."""
    return (outline_number(text) or "").removesuffix(".0")


def _above(at: str, there: Mapping[str, list[PlanRow]]) -> list[PlanRow]:
    """The rows of the nearest number above this one."""
    while "." in at:
        at = at.rpartition(".")[0]
        if at in there:
            return there[at]
    return []
