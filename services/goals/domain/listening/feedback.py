"""What customers say: recorded about any goals (or none yet), linked to goals, and answered by units."""

from __future__ import annotations

from datetime import UTC, datetime

from msgspec.structs import replace

from goldenthread.contracts.commands.listening import (
    FeedbackItem,
    LinkFeedback,
    RecordFeedback,
    RecordFeedbackItems,
    RespondToFeedback,
)
from goldenthread.contracts.entities import CustomerFeedback, FeedbackResponse, Id
from goldenthread.contracts.errors import ErrorCode, refuse
from goldenthread.contracts.events.goals import FeedbackAnswered, FeedbackLinked, FeedbackReceived, FeedbackUnlinked
from services.goals.domain import permissions, validation
from services.goals.domain.decision import Case
from services.goals.domain.permissions import Action


def record(case: Case, command: RecordFeedback) -> None:
    """Record feedback of a customer; it may be linked to goals later."""
    permissions.require(case.org, case.actor, Action.RECORD)
    _keep(case, command)


def record_items(case: Case, command: RecordFeedbackItems) -> None:
    """Record many items at once: all of them or, when one is refused, none."""
    permissions.require(case.org, case.actor, Action.RECORD)
    if not command.items:
        raise refuse(ErrorCode.INVALID, "items is empty; name at least one.", "items")
    if len(command.items) > validation.BULK:
        message = f"items has {len(command.items)}; send at most {validation.BULK} at a time."
        raise refuse(ErrorCode.INVALID, message, "items")
    for index, item in enumerate(command.items):
        _keep(case, item, "items", str(index))


def _keep(case: Case, said: RecordFeedback | FeedbackItem, *path: str) -> None:
    feedback = CustomerFeedback(
        id=case.new_id("feedback"),
        source=validation.title(said.source, *path, "source"),
        body=validation.text(said.body, *path, "body"),
        received_at=received(case, said.received_at, *path, "receivedAt"),
        recorded_by=case.actor,
        recorded_at=case.now,
        segment=validation.optional_line(said.segment, *path, "segment"),
        sentiment=said.sentiment,
        about=_goals(case, said.about, *path, "about"),
    )
    case.emit(FeedbackReceived(feedback))
    case.about(feedback.id)


def link(case: Case, command: LinkFeedback) -> None:
    """Link feedback to goals, and unlink it from others. A link that is there already changes nothing."""
    permissions.require(case.org, case.actor, Action.RECORD)
    feedback = validation.find(case.org, CustomerFeedback, command.feedback, "feedback")
    add, remove = _goals(case, command.add, "add"), _goals(case, command.remove, "remove")
    if not add and not remove:
        raise refuse(ErrorCode.INVALID, "Name at least one goal to link or to unlink.", "add")
    both = next((index for index, id in enumerate(remove) if id in add), None)
    if both is not None:
        message = "This goal is to be linked and unlinked at once; name it once."
        raise refuse(ErrorCode.INVALID, message, "remove", str(both))
    case.about(feedback.id)
    dropped = [id for id in remove if id in feedback.about]
    if dropped:
        feedback = replace(feedback, about=[id for id in feedback.about if id not in dropped])
        case.emit(FeedbackUnlinked(feedback, dropped))
    added = [id for id in add if id not in feedback.about]
    if added:
        about = validation.bulk([*feedback.about, *added], "add")
        case.emit(FeedbackLinked(replace(feedback, about=about), added))


def respond(case: Case, command: RespondToFeedback) -> None:
    """A unit says what it makes of it. The same words and outcome once more change nothing."""
    feedback = validation.find(case.org, CustomerFeedback, command.feedback, "feedback")
    unit = validation.open_unit(case.org, command.unit, "unit").id
    permissions.require(case.org, case.actor, Action.CHANGE, unit, "unit")
    said = FeedbackResponse(validation.text(command.body, "body"), command.outcome, case.actor, unit, case.now)
    case.about(feedback.id)
    if any((each.unit, each.body, each.outcome) == (unit, said.body, said.outcome) for each in feedback.responses):
        return
    if len(feedback.responses) == validation.BULK:
        message = f"At most {validation.BULK} responses are kept; this one has them already."
        raise refuse(ErrorCode.STATE_NOT_ALLOWED, message, "feedback")
    case.emit(FeedbackAnswered(replace(feedback, responses=[*feedback.responses, said])))


def received(case: Case, at: datetime | None, *path: str) -> datetime:
    """When it came, as UTC: now unless said, and never later than now."""
    if at is None:
        return case.now
    if at.tzinfo is None:
        raise refuse(ErrorCode.INVALID, "This time says no offset; write it with one, or with Z.", *path)
    try:
        clean = at.astimezone(UTC)
    except OverflowError:
        raise refuse(ErrorCode.INVALID, "This time is no time of any calendar; check it.", *path) from None
    if clean > case.now:
        raise refuse(ErrorCode.INVALID, "This time has not come yet; name when it was received.", *path)
    return clean


def _goals(case: Case, ids: list[Id], *path: str) -> list[Id]:
    """Any goals, none twice; none at all is fine."""
    found = validation.bulk(ids, *path) if ids else []
    return [validation.goal(case.org, id, *path, str(index)).id for index, id in enumerate(found)]
