"""Between the rows of a plan: every row id once, every parent a row of the file."""

from __future__ import annotations

from msgspec.structs import replace

from goldenthread.contracts.enums import LinkKind
from goldenthread.contracts.plan import PlanParent, PlanProblem, PlanRow, RowType


def settle(rows: list[PlanRow], problems: list[PlanProblem]) -> list[PlanRow]:
    """The rows with unique ids and parents that exist; the rest is added to `problems`.

    Of rows with one id the first stays. A row loses a parent that is missing, that is itself, or that stands above the
    purpose, and is kept. The first parent of a key result is what it measures, its further ones are SUPPORTS links.
    Loops stay: what to do with them is not the format's to decide.
    """
    kept: dict[str, PlanRow] = {}
    for row in rows:
        if row.row in kept:
            problems.append(problem(row, f"not taken: {kept[row.row].line} has the same id already"))
        else:
            kept[row.row] = row
    spelled = {id.casefold(): id for id in reversed(kept)}
    return [_settled(row, kept, spelled, problems) for row in kept.values()]


def problem(row: PlanRow, message: str) -> PlanProblem:
    """A problem of a row, named by where it stands and its id."""
    return PlanProblem(f"{row.line} ({row.row})", message)


def _settled(row: PlanRow, kept: dict[str, PlanRow], spelled: dict[str, str], problems: list[PlanProblem]) -> PlanRow:
    found: dict[str, PlanParent] = {}
    for parent in row.parents:
        id = parent.row if parent.row in kept else spelled.get(parent.row.casefold())
        if id is None:
            problems.append(problem(row, f"taken without its parent {parent.row}, which is not a row that was read"))
        elif id == row.row:
            problems.append(problem(row, "taken without its parent, which is the row itself"))
        elif row.type is RowType.PURPOSE:
            problems.append(problem(row, f"taken without its parent {id}: nothing stands above the purpose"))
        elif id not in found:
            further = row.type is RowType.KEY_RESULT and found
            found[id] = replace(parent, row=id, kind=LinkKind.SUPPORTS if further else parent.kind)
    parents = list(found.values())
    return row if parents == row.parents else replace(row, parents=parents)
