"""What units say to a why: answer it in their own words, which passes it on; and the sponsor's side confirms."""

from __future__ import annotations

from msgspec.structs import replace

from goldenthread.contracts.commands.listening import AnswerWhy, ConfirmAnswer
from goldenthread.contracts.entities import Id, Why, WhyAnswer
from goldenthread.contracts.enums import AnswerStance, WhyState
from goldenthread.contracts.errors import ErrorCode, refuse
from goldenthread.contracts.events.goals import WhyAnswerConfirmed, WhyAnswered
from goldenthread.organization.why_cascade import OPEN_QUESTIONS, addressed_unit
from services.goals.domain import permissions, validation
from services.goals.domain.decision import Case
from services.goals.domain.listening import questions
from services.goals.domain.permissions import Action


def answer_why(case: Case, command: AnswerWhy) -> None:
    """Say what a why means for a unit. DISAGREES opens a question by itself; saying the same again changes nothing."""
    why = _published(case, command.why)
    unit = validation.open_unit(case.org, command.unit, "unit").id
    permissions.require(case.org, case.actor, Action.DECIDE, unit, "unit")
    statement = validation.text(command.statement, "statement")
    if command.version != why.version:
        message = f"You read version {command.version} of this why, it is now at {why.version}; answer that."
        raise refuse(ErrorCode.STALE_VERSION, message, "version")
    _require_addressed(case, why, unit)
    before = case.org.answer(why.id, unit)
    same_version = before is not None and before.version == why.version
    after = WhyAnswer(
        id=before.id if before else case.new_id("answer"),
        why=why.id,
        unit=unit,
        version=why.version,
        stance=command.stance,
        statement=statement,
        by=case.actor,
        at=case.now,
        passed_on_at=before.passed_on_at if before is not None and same_version else case.now,
    )
    case.about(after.id)
    if before is not None and same_version and (before.stance, before.statement) == (after.stance, after.statement):
        return
    case.emit(WhyAnswered(after, before))
    if command.stance is AnswerStance.DISAGREES and not _asks_already(case, why.id, unit):
        questions.open_question(case, why.id, statement, unit)


def confirm_answer(case: Case, command: ConfirmAnswer) -> None:
    """The why's side confirms an answer. It must be to the current version, without an open question about it."""
    answer = validation.find(case.org, WhyAnswer, command.answer, "answer")
    why = _published(case, answer.why)
    permissions.require_decide(case.org, case.actor, why.id, "answer")
    if answer.version != why.version:
        message = f"This answers version {answer.version}, the why is at {why.version}; wait for the new answer."
        raise refuse(ErrorCode.STALE_VERSION, message, "answer")
    if any(case.org.questions[id].state in OPEN_QUESTIONS for id in case.org.questions_about.get(answer.id, {})):
        message = "A question about this answer is open; settle it first."
        raise refuse(ErrorCode.STATE_NOT_ALLOWED, message, "answer")
    case.about(answer.id)
    if answer.confirmed_at is None:
        case.emit(WhyAnswerConfirmed(replace(answer, confirmed_by=case.actor, confirmed_at=case.now)))


def _published(case: Case, id: Id) -> Why:
    why = validation.find(case.org, Why, id, "why")
    if why.state is not WhyState.PUBLISHED:
        raise refuse(ErrorCode.STATE_NOT_ALLOWED, "This why is retired; nobody owes it an answer.", "why")
    return why


def _require_addressed(case: Case, why: Why, unit: Id) -> None:
    if unit == why.unit:
        message = "This unit speaks the why itself; the units it addresses answer."
        raise refuse(ErrorCode.STATE_NOT_ALLOWED, message, "unit")
    if addressed_unit(case.org, why, unit) is None:
        message = "This why is not addressed to that unit; name a unit of its audience, or one below."
        raise refuse(ErrorCode.STATE_NOT_ALLOWED, message, "unit")


def _asks_already(case: Case, why: Id, unit: Id) -> bool:
    asked = (case.org.questions[id] for id in case.org.questions_about.get(why, {}))
    return any(question.unit == unit and question.state in OPEN_QUESTIONS for question in asked)
