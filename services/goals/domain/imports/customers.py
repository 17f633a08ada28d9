"""What customers said, as a plan brings it along: recorded once, about the rows it names."""

from __future__ import annotations

from datetime import datetime

from msgspec.structs import replace

from goldenthread.contracts.entities import CustomerFeedback, Id
from goldenthread.contracts.errors import Refused
from goldenthread.contracts.events.goals import FeedbackLinked, FeedbackReceived
from goldenthread.contracts.plan import PlanFeedback, PlanProblem
from services.goals.domain import checks, feedback
from services.goals.domain.imports.ledger import Ledger

Heard = dict[tuple[str, str, datetime], CustomerFeedback]


def take(ledger: Ledger) -> None:
    """Every item of the plan; one that was recorded before is only linked to what it was not about yet."""
    heard: Heard = {(each.source, each.body, each.received_at): each for each in ledger.case.org.feedback.values()}
    for at, said in enumerate(ledger.plan.feedback, 1):
        try:
            ledger.items.append(_item(ledger, said, heard))
        except Refused as refused:
            ledger.problems.append(PlanProblem(f"feedback {at}", str(refused)))


def _item(ledger: Ledger, said: PlanFeedback, heard: Heard) -> str:
    """What became of one item: created, updated or unchanged. Raises `Refused`."""
    case, about = ledger.case, _about(ledger, said)
    source, body = checks.title(said.source, "source"), checks.text(said.body, "body")
    received_at = feedback.received(case, said.received_at, "receivedAt")
    before = heard.get((source, body, received_at))
    if before is None:
        made = CustomerFeedback(
            id=case.new_id("feedback"),
            source=source,
            body=body,
            received_at=received_at,
            recorded_by=case.actor,
            recorded_at=case.now,
            segment=checks.optional(said.segment, "segment", longest=checks.TITLE),
            sentiment=said.sentiment,
            about=about,
        )
        case.emit(FeedbackReceived(made))
        heard[source, body, received_at] = made
        return "created"
    added = [id for id in about if id not in before.about]
    if not added:
        return "unchanged"
    after = replace(before, about=checks.bulk([*before.about, *added], "about"))
    case.emit(FeedbackLinked(after, added))
    heard[source, body, received_at] = after
    return "updated"


def _about(ledger: Ledger, said: PlanFeedback) -> list[Id]:
    """The goals an item is about; a row that was not taken is named as a problem, and the item kept without it."""
    found: dict[Id, None] = {}
    for row in said.about:
        target = ledger.target(row)
        if target is None:
            where = f"feedback of {said.received_at.date()} from {said.source[:60]}"
            ledger.problems.append(PlanProblem(where, f"It was not linked to {row!r}, which was not taken."))
        else:
            found[target] = None
    return checks.bulk(found, "about") if found else []
