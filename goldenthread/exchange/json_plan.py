"""A `Plan` as JSON: nothing is lost on the way out and back."""

from __future__ import annotations

import re

import msgspec

from goldenthread.contracts.plan import Plan, PlanProblem, PlanRow
from goldenthread.exchange.references import problem, settle
from goldenthread.exchange.text import invalid

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
    rows = settle([row for row in plan.rows if _taken(row, problems)], problems)
    return msgspec.structs.replace(plan, rows=rows, problems=problems)


def _taken(row: PlanRow, problems: list[PlanProblem]) -> bool:
    missing = "id" if not row.row.strip() else "title" if not row.title.strip() else None
    if missing:
        problems.append(problem(row, f"not taken: no {missing}"))
    return missing is None


def write(plan: Plan) -> str:
    """`plan` as indented JSON."""
    return msgspec.json.format(msgspec.json.encode(plan), indent=2).decode()
