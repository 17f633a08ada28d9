"""A `Plan` as JSON: nothing is lost on the way out and back."""

from __future__ import annotations

import re

import msgspec

from goldenthread.contracts.plan import Plan, PlanProblem, PlanRow
from goldenthread.exchange.plans.row_ids import row_problem, settle_ids
from goldenthread.exchange.text.refusals import invalid

_MAY_BE_EMPTIED = (
    *("description", "parents", "unit", "cycle", "starts_on", "ends_on", "start_value", "target_value"),
    *("current_value", "measure_unit", "direction", "status", "because", "audience", "co_owners", "confidence"),
)
_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")


def read(text: str) -> Plan:
    """The plan in a JSON document as `write` makes it. Refuses what is not JSON or not a plan, saying where."""
    try:
        plan = msgspec.json.decode(text, type=Plan)
    except RecursionError:
        raise invalid("the JSON is nested too deeply") from None
    except (msgspec.MsgspecError, ValueError) as error:
        raise invalid(f"not a plan in JSON: {error}") from None
    if not plan.rows and not plan.problems:
        raise invalid("the plan has no rows")
    if _NUL.search(msgspec.json.encode(plan)):
        raise invalid("the plan contains the character U+0000, which is not text")
    problems: list[PlanProblem] = list(plan.problems)
    stated = map(_emptied, plan.rows, msgspec.json.decode(text, type=_Emptied).rows)
    rows = settle_ids([row for row in stated if _taken(row, problems)], problems)
    return msgspec.structs.replace(plan, rows=rows, problems=problems, notes=[])


class _Emptied(msgspec.Struct):
    """The rows of a document as they are written."""

    rows: list[dict[str, msgspec.Raw]]


def _emptied(row: PlanRow, written: dict[str, msgspec.Raw]) -> PlanRow:
    """The row with every field that is written and empty as a cell: it states that there is nothing.

    `cells` and `may_be` that stand in the document are dropped: readers of files make them.
    """
    cells = {name: "" for name in _MAY_BE_EMPTIED if name in written and not getattr(row, name)}
    cells = {name: "" for name in cells if getattr(row, name) in (None, "", [])}
    parents = [msgspec.structs.replace(each, may_be=[]) if each.may_be else each for each in row.parents]
    return msgspec.structs.replace(row, cells=cells, parents=parents)


def _taken(row: PlanRow, problems: list[PlanProblem]) -> bool:
    missing = "id" if not row.row.strip() else "title" if not row.title.strip() else None
    if missing:
        problems.append(row_problem(row, f"not taken: no {missing}"))
    return missing is None


def write(plan: Plan) -> str:
    """`plan` as indented JSON. The texts of a file's cells are not part of it."""
    rows = [msgspec.structs.replace(row, cells={}) if row.cells else row for row in plan.rows]
    return msgspec.json.format(
        msgspec.json.encode(msgspec.structs.replace(plan, rows=rows, notes=[])), indent=2
    ).decode()
