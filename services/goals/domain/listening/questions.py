"""Questions are kept until they are settled: ask, answer, settle, withdraw; the clock escalates."""

from __future__ import annotations

from datetime import datetime, timedelta

from msgspec.structs import replace

from goldenthread.contracts.commands.listening import AnswerQuestion, AskQuestion, SettleQuestion, WithdrawQuestion
from goldenthread.contracts.entities import Id, Link, Question, QuestionAnswer, Settlement, WhyAnswer
from goldenthread.contracts.enums import QuestionState, SettlementKind, Side
from goldenthread.contracts.errors import ErrorCode, refuse
from goldenthread.contracts.events.goals import QuestionAnswered, QuestionAsked, QuestionSettled, QuestionWithdrawn
from goldenthread.contracts.events.goals.clock import QuestionEscalated
from goldenthread.organization.organization import Organization
from goldenthread.organization.responsibility import nearest_led_unit, side_unit
from services.goals.domain import permissions, validation
from services.goals.domain.decision import Case
from services.goals.domain.permissions import Action

WAITING = (QuestionState.OPEN, QuestionState.ESCALATED)


def ask(case: Case, command: AskQuestion) -> None:
    """Ask about a goal, a link or an answer, on behalf of a unit. The side that speaks for it is to answer."""
    unit = validation.open_unit(case.org, command.unit, "unit").id
    permissions.require(case.org, case.actor, Action.ASK, unit, "unit")
    open_question(case, command.about, validation.text(command.body, "body"), unit)


def open_question(case: Case, about: Id, body: str, unit: Id) -> Question:
    """Record a question of `unit`, owed an answer by the side that speaks for what it is about."""
    asked = _spoken_for(case, about, unit)
    question = Question(
        id=case.new_id("question"),
        about=about,
        body=body,
        asked_by=case.actor,
        unit=unit,
        asked=asked,
        state=QuestionState.OPEN,
        asked_at=case.now,
        awaiting=asked,
        due_at=case.reply_by(),
    )
    case.emit(QuestionAsked(question))
    case.about(question.id)
    return question


def answer(case: Case, command: AnswerQuestion) -> None:
    """The side that is asked answers; it may add to its answer until the asker settles."""
    question = _in(case, command.question, *WAITING, QuestionState.ANSWERED)
    if not may_answer(case.org, case.actor, question):
        message = "Only the side that is asked answers; ask the lead of its unit."
        raise refuse(ErrorCode.FORBIDDEN, message, "question")
    said = QuestionAnswer(validation.text(command.body, "body"), case.actor, question.asked, case.now)
    due_at = case.reply_by() if question.state in WAITING else question.due_at
    answered = replace(
        question,
        state=QuestionState.ANSWERED,
        answers=[*question.answers, said],
        awaiting=question.unit,
        due_at=due_at,
        unheard=False,
    )
    case.emit(QuestionAnswered(answered))
    case.about(question.id)


def settle(case: Case, command: SettleQuestion) -> None:
    """The asker's side says how it ended. AMENDED names the version that the node came to."""
    question = _in(case, command.question, QuestionState.ANSWERED)
    _require_asker(case, question)
    _check_version(case, question, command)
    settlement = Settlement(
        command.kind, validation.text(command.note, "note"), case.actor, case.now, command.resulting_version
    )
    settled = replace(question, state=QuestionState.SETTLED, settlement=settlement, awaiting=None, due_at=None)
    case.emit(QuestionSettled(settled))
    case.about(question.id)


def withdraw(case: Case, command: WithdrawQuestion) -> None:
    """The asker's side takes a question back that is not settled."""
    question = _in(case, command.question, *WAITING, QuestionState.ANSWERED)
    _require_asker(case, question)
    over = replace(question, state=QuestionState.WITHDRAWN, awaiting=None, due_at=None, unheard=False)
    case.emit(QuestionWithdrawn(over))
    case.about(question.id)


def escalated(org: Organization, question: Question, now: datetime) -> QuestionEscalated:
    """What the clock says of a question nobody answered in time: the unit above is asked; at the top it stays unheard.

    Unheard questions stay where they are, and are not announced again.
    """
    above = org.units[question.asked].parent if question.asked in org.units else None
    asked = nearest_led_unit(org, above) if above is not None else question.asked
    days = org.info.policy.reply_days if org.info else 7
    if asked is None or asked == question.asked:
        after = replace(question, state=QuestionState.ESCALATED, due_at=None, unheard=True)
    else:
        after = replace(
            question,
            state=QuestionState.ESCALATED,
            asked=asked,
            awaiting=asked,
            due_at=now + timedelta(days=days),
            escalations=question.escalations + 1,
        )
    return QuestionEscalated(after, question)


def may_answer(org: Organization, actor: Id | None, question: Question) -> bool:
    """May speak for the side that is asked: who decides about the subject, or who leads the unit that is asked now."""
    subject = question.about if org.node(question.about) is not None else None
    decides = subject is not None and permissions.may_decide(org, actor, subject)
    return decides or permissions.allowed(org, actor, Action.DECIDE, question.asked)


# -- inside ------------------------------------------------------------------------------------------------------------


def _spoken_for(case: Case, about: Id, unit: Id) -> Id:
    """The unit that is to answer: a goal's owner, who gave an answer, of a link the side that is not the asker's."""
    org, found = case.org, case.org.get(about)
    if isinstance(found, Link):
        side = Side.PARENT if unit in org.owners(found.child) else Side.CHILD
        speaker = side_unit(org, found, side)
    elif isinstance(found, WhyAnswer):
        speaker = found.unit
    else:
        owners = org.owners(validation.goal(org, about, "about").id)
        speaker = owners[0] if owners else case.root
    return nearest_led_unit(org, speaker) or case.root


def _in(case: Case, id: Id, *states: QuestionState) -> Question:
    question = validation.find(case.org, Question, id, "question")
    if question.state not in states:
        message = f"This question is {question.state.value.lower()}; it has to be {_words(states)} for that."
        raise refuse(ErrorCode.STATE_NOT_ALLOWED, message, "question")
    return question


def _words(states: tuple[QuestionState, ...]) -> str:
    return " or ".join(state.value.lower() for state in states)


def _check_version(case: Case, question: Question, command: SettleQuestion) -> None:
    """AMENDED names a version that the subject has; the other endings name none."""
    if (command.kind is SettlementKind.AMENDED) != (command.resulting_version is not None):
        message = "Name the resulting version when (and only when) the question ended in an amendment."
        raise refuse(ErrorCode.INVALID, message, "resultingVersion")
    subject = case.org.get(question.about)
    version = subject.round if isinstance(subject, Link) else getattr(subject, "version", 0)
    if command.resulting_version is not None and not 1 < command.resulting_version <= version:
        message = f"What was asked about is at version {version}; name the version that the question led to."
        raise refuse(ErrorCode.STALE_VERSION, message, "resultingVersion")


def _require_asker(case: Case, question: Question) -> None:
    leads = permissions.allowed(case.org, case.actor, Action.DECIDE, question.unit)
    if case.actor != question.asked_by and not leads:
        message = "Only who asked, or the lead of their unit, may do that; ask them."
        raise refuse(ErrorCode.FORBIDDEN, message, "question")
