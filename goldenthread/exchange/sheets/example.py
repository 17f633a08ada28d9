"""A sheet to fill in: the columns that most plans need, and the small plan of a bicycle shop to show their use."""

from __future__ import annotations

import csv
import io
from datetime import date, timedelta

_HEADER = (
    *("Row ID", "Type", "Title", "Description", "Parent", "Because", "Entity", "Time Period", "Start Date", "End Date"),
    *("Start Value", "Target Value", "Current Value", "Measure Unit", "Direction", "Status"),
)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def example(on: date) -> str:
    """The text of the sheet, as CSV, with a plan for the quarter of this day; it is read without a problem or note."""
    start = date(on.year, (on.month - 1) // 3 * 3 + 1, 1)
    end = (start.replace(day=28) + timedelta(days=70)).replace(day=1) - timedelta(days=1)
    # A period in months is the same in every organization, whenever its year begins.
    period = f"{_MONTHS[start.month - 1]} - {_MONTHS[end.month - 1]} {end.year}"
    days = {"Time Period": period, "Start Date": str(start), "End Date": str(end)}
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, _HEADER, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerow(_row("P", "purpose", "Every errand in our town can be done by bicycle"))
    writer.writerow(
        _row(
            *("W1", "why", "Bicycles that people trust", "P", "Bicycle Shop"),
            Because="Whoever breaks down on the way takes the car the next time.",
            Description="What we work for in the next three years.",
        )
    )
    writer.writerow(
        _row(
            *("W2", "why", "A bicycle for everybody", "P", "Bicycle Shop"),
            Because="Every errand means everybody's errand: with children, with a bad knee, with little money.",
        )
    )
    writer.writerow(
        _row(
            *("O1", "objective", "What we repaired stays repaired", "W1", "Workshop"),
            Because="A repair that comes back costs the trust that the first one earned.",
            Status="On Track",
            **days,
        )
    )
    writer.writerow(
        _row(
            *(
                "O2",
                "objective",
                "Nobody is without a bicycle while we repair theirs",
                "W1\nW2",
                "Workshop\nFront Desk",
            ),
            Because="Who has to wait for a week learns to do without us.\nNot everybody has a second bicycle.",
            Description="Two parents, with a reason for each, and two owners: each on a line of its own.",
            Status="At Risk",
            **days,
        )
    )
    writer.writerow(
        _measured("K1", "Repairs that come back within a month", "O1", (12, 4, 9), "%")
        | {"Direction": "DECREASE"}
        | days
    )
    writer.writerow(_measured("K2", "Repairs done within two days", "O2", (40, 80, 55), "%") | days)
    writer.writerow(_measured("K3", "Bicycles to lend", "O2", (2, 10, 4), "bicycles") | days)
    return out.getvalue()


def _row(id: str, type: str, title: str, parent: str = "", entity: str = "", **more: str) -> dict[str, str]:
    return {"Row ID": id, "Type": type, "Title": title, "Parent": parent, "Entity": entity} | more


def _measured(id: str, title: str, parent: str, values: tuple[int, int, int], unit: str) -> dict[str, str]:
    start, target, current = map(str, values)
    numbers = {"Start Value": start, "Target Value": target, "Current Value": current, "Measure Unit": unit}
    return _row(id, "key_result", title, parent) | numbers | {"Direction": "INCREASE"}
