"""The revision that an export says: in every row of a sheet, so that it survives sorting and rows that are added."""

from __future__ import annotations

import re

from goldenthread.contracts.plan import PlanProblem
from goldenthread.exchange.sheet_layout.sheet_records import Sheet
from goldenthread.exchange.tables.headings import REVISION
from goldenthread.exchange.text.tidying import one_line

_REVISION, _OURS = re.compile("[0-9]{1,18}"), re.compile("(purpose|why|objective|keyresult)_.")
_SHOWN = 5
_LONGEST = 40


def revision_of(sheet: Sheet, problems: list[PlanProblem]) -> int | None:
    """The revision that a sheet says it shows: the smallest of several, and a problem.

    None, and a problem, where a cell is no whole number.

    Rows that were added have none. Where no row has an id of ours, the column is somebody else's.
    """
    if REVISION not in sheet.columns or not any(
        _OURS.match(one_line(each.cells.get("Row ID", ""))) for each in sheet.records
    ):
        return None
    found = {cell for each in sheet.records if (cell := one_line(each.cells.get(REVISION, "")).removesuffix(".0"))}
    if not found:
        return None
    spoilt = sorted(cell for cell in found if not _REVISION.fullmatch(cell))
    if spoilt:
        message = (
            f"“{spoilt[0][:_LONGEST]}” is no revision, so nobody knows which export this is, and what differs from what"
            " is here is a conflict. Export again, or put the number back that the other rows have."
        )
        problems.append(PlanProblem(f"column {REVISION}", message))
        return None
    smallest, *others = sorted(map(int, found))
    if others:
        named = ", ".join(map(str, others[:_SHOWN])) + (", …" if len(others) > _SHOWN else "")
        message = f"the rows are of several exports: taken as one of revision {smallest}, and not of {named}"
        problems.append(PlanProblem(f"column {REVISION}", message))
    return smallest
