"""Small sheets of key results, and what is read of them."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from goldenthread import exchange
from goldenthread.contracts.plan import Plan, PlanRow

VALUES = ("Start Value", "Target Value", "Current Value")


def plan_of(columns: Sequence[str], *rows: Sequence[str], type: str = "key_result", delimiter: str = ",") -> Plan:
    """A sheet with a row for each of `rows`, called R1, R2 …, whose cells stand in `columns`."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=delimiter, lineterminator="\n")
    writer.writerow(["Row ID", "Type", "Title", *columns])
    writer.writerows([f"R{at}", type, f"Title {at}", *cells] for at, cells in enumerate(rows, 1))
    return exchange.read(out.getvalue())


def numbers_of(row: PlanRow) -> tuple[float | None, float | None, float | None]:
    return row.start_value, row.target_value, row.current_value


def values(*rows: Sequence[str], delimiter: str = ",") -> list[tuple[float | None, float | None, float | None]]:
    """The start, target and current value of each row."""
    return [numbers_of(row) for row in plan_of(VALUES, *rows, delimiter=delimiter).rows]


def told(plan: Plan) -> list[str]:
    return [f"{problem.row}: {problem.message}" for problem in plan.problems]
