"""Between the rows of a plan: every row id once. What a parent's text means is decided where goals are known."""

from __future__ import annotations

from collections import defaultdict

from msgspec.structs import replace

from goldenthread.contracts.enums import LinkKind
from goldenthread.contracts.plan import PlanParent, PlanProblem, PlanRow, RowType

_NAMED = 5
_SHOWN = 60


def settle_ids(rows: list[PlanRow], problems: list[PlanProblem]) -> list[PlanRow]:
    """The rows with unique ids; the rest is added to `problems`. Parents that are not in the file stay as they are.

    Of rows with one id the first stays; what names that id as its parent may mean either, unless both say the same. A
    row loses a parent that is itself, or that stands above the purpose. The first parent of a key result is what it
    measures, its further ones are SUPPORTS links. Loops stay: what to do with them is not the format's to decide.
    """
    kept: dict[str, PlanRow] = {}
    further: dict[str, list[PlanRow]] = defaultdict(list)
    for row in rows:
        if row.row in kept:
            further[row.row].append(row)
        else:
            kept[row.row] = row
    torn = {id.casefold(): id for id, each in further.items() if any(_differ(kept[id], row) for row in each)}
    children = _children(kept, torn)
    for id, each in further.items():
        problems += [_again(row, kept[id], children[id]) for row in each]
    may_be = {id: _some([kept[id], *further[id]]) for id in torn.values()}
    return [_settled(row, torn, may_be, problems) for row in kept.values()]


def row_problem(row: PlanRow, message: str) -> PlanProblem:
    """A problem of a row, named by where it stands and its id."""
    return PlanProblem(f"{row.line} ({row.row})", message)


def row_label(row: PlanRow) -> str:
    """A row in the words of a message: its id, where it stands, and its title."""
    return f"{row.row[:_SHOWN]} ({row.line}, “{row.title[:_SHOWN]}”)"


def _some(rows: list[PlanRow]) -> list[str]:
    """The first of many in words, and how many more there are: every child of theirs has this list."""
    more = [f"{len(rows) - _NAMED} more"] if len(rows) > _NAMED else []
    return [*map(row_label, rows[:_NAMED]), *more]


def _differ(one: PlanRow, other: PlanRow) -> bool:
    return (one.type, one.title) != (other.type, other.title)


def _children(kept: dict[str, PlanRow], torn: dict[str, str]) -> dict[str, list[PlanRow]]:
    """By id that several rows have, the rows that name it as their parent."""
    found: dict[str, list[PlanRow]] = defaultdict(list)
    if torn:
        for row in kept.values():
            for id in {torn[key] for each in row.parents if (key := each.row.casefold()) in torn}:
                found[id].append(row)
    return found


def _again(row: PlanRow, first: PlanRow, children: list[PlanRow]) -> PlanProblem:
    message = f"not taken: {first.line} has the same id already"
    if children:
        named = ", ".join(f"{each.line} ({each.row[:_SHOWN]})" for each in children[:_NAMED])
        more = f" and {len(children) - _NAMED} more" if len(children) > _NAMED else ""
        message += f"; its children may be {named}{more}, which are not linked to either. Give each row its own id"
    return row_problem(row, message)


def _settled(row: PlanRow, torn: dict[str, str], may_be: dict[str, list[str]], problems: list[PlanProblem]) -> PlanRow:
    found: dict[str, PlanParent] = {}
    for parent in row.parents:
        if row.type is RowType.PURPOSE:
            problems.append(
                row_problem(row, f"taken without its parent {parent.row}: nothing stands above the purpose")
            )
        elif parent.row == row.row:
            problems.append(row_problem(row, "taken without its parent, which is the row itself"))
        elif parent.row not in found:
            if row.type is RowType.KEY_RESULT and found:
                parent = replace(parent, kind=LinkKind.SUPPORTS)
            named = torn.get(parent.row.casefold()) if torn else None
            found[parent.row] = parent if named is None else replace(parent, may_be=may_be[named])
    parents = list(found.values())
    return row if parents == row.parents else replace(row, parents=parents)
