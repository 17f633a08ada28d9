"""A `Plan` as JSON: nothing is lost on the way out and back."""

from __future__ import annotations

import msgspec

from goldenthread.contracts.plan import Plan, PlanProblem
from goldenthread.exchange.references import settle
from goldenthread.exchange.text import invalid


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
    problems: list[PlanProblem] = list(plan.problems)
    return msgspec.structs.replace(plan, rows=settle(plan.rows, problems), problems=problems)


def write(plan: Plan) -> str:
    """`plan` as indented JSON."""
    return msgspec.json.format(msgspec.json.encode(plan), indent=2).decode()
