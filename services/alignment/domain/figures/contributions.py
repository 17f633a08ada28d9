"""What one goal, debt of an answer, question or customer's word adds to the figures: pure functions of the state."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from goldenthread.contracts.entities import CustomerFeedback, Id, Question, Why
from goldenthread.contracts.enums import QuestionState, WhyState
from goldenthread.contracts.events.alignment import AlignmentState, OrphanCause, Verdict
from goldenthread.organization import why_cascade
from goldenthread.organization.organization import Organization
from goldenthread.organization.why_cascade import Addressed
from services.alignment.domain.figures.counters import PENDING, Contribution, OpenItem, StateAndDepth, WhyNotice
from services.alignment.domain.figures.facts import FigureFacts
from services.alignment.domain.figures.owner_lists import Units
from services.alignment.domain.verdict.columns import LIVE, OBJECTIVE

UnitContribution = tuple[Units, Contribution]
"""The units that count a part, and the contribution."""
_ASKED = (why_cascade.CascadeRole.ANSWERED, why_cascade.CascadeRole.OWES, why_cascade.CascadeRole.WAITS)
_SPOKE = (why_cascade.CascadeRole.SPEAKS, why_cascade.CascadeRole.ANSWERED)
_UNANSWERED = (QuestionState.OPEN, QuestionState.ESCALATED)


def of_why(facts: FigureFacts, why: Why) -> UnitContribution | None:
    """A published why is a goal of the unit that speaks it."""
    if why.state is not WhyState.PUBLISHED:
        return None
    return (why.unit,), Contribution(goals=1, heard=int(facts.heard(why.id, facts.goals.node(why.id))))


def of_objective(facts: FigureFacts, id: Id, verdicts: Callable[[Id], Verdict | None]) -> UnitContribution | None:
    """An active objective that was judged."""
    row = facts.goals.node(id)
    return part_of_objective(facts, id, row, state_and_depth_of(verdicts(id))) if active(facts, row) else None


def part_of_objective(facts: FigureFacts, id: Id, row: int, objective: StateAndDepth | None) -> UnitContribution | None:
    """What an active objective in this state adds, for each of its owners."""
    if objective is None:
        return None
    return tuple(dict.fromkeys(facts.owners.of(row))), Contribution(objective, goals=1, heard=int(facts.heard(id, row)))


def active(facts: FigureFacts, row: int) -> bool:
    """Is this an active objective?"""
    return facts.goals.kind(row) == OBJECTIVE and facts.goals.own_status(row) == LIVE


def state_and_depth_of(verdict: Verdict | None) -> StateAndDepth | None:
    """The state of an active objective; None before it is judged."""
    if verdict is None or verdict.state is AlignmentState.NOT_JUDGED:
        return None
    if verdict.cause is OrphanCause.LINK_PENDING and verdict.state is AlignmentState.ORPHANED:
        return StateAndDepth(PENDING, verdict.depth)
    return StateAndDepth(verdict.state.value, verdict.depth)


def of_debt(org: Organization, why: Why, unit: Id) -> UnitContribution | None:
    """What a unit's answer to a why, or the lack of it, adds; None where nothing is asked of it."""
    addressed = why_cascade.addressed_unit(org, why, unit)
    if addressed is None or addressed.part not in _ASKED:
        return None
    if addressed.part is why_cascade.CascadeRole.WAITS:
        return (unit,), Contribution(asked=1)
    by, at = _notice_of(org, why, addressed)
    contribution = Contribution(asked=1, told=WhyNotice(by, why.version))
    if addressed.part is why_cascade.CascadeRole.OWES:
        return (unit,), contribution._replace(
            owes=OpenItem(addressed.since, why.id) if addressed.since is not None else None
        )
    waited = int((addressed.since - at).total_seconds()) if addressed.since is not None and at is not None else 0
    return (unit,), contribution._replace(answered=1, seconds=max(0, waited))


def of_question(question: Question) -> UnitContribution | None:
    """A question that has found no answer, for the unit that asked it."""
    waits = question.state in _UNANSWERED
    return ((question.unit,), Contribution(waits=OpenItem(question.asked_at, question.id))) if waits else None


def of_feedback(feedback: CustomerFeedback) -> UnitContribution | None:
    """How long a customer waited for a word, for the unit that gave the first one."""
    if not feedback.responses:
        return None
    first = min(feedback.responses, key=lambda each: each.at)
    return (first.unit,), Contribution(responded=max(0, int((first.at - feedback.recorded_at).total_seconds())))


def _notice_of(org: Organization, why: Why, unit: Addressed) -> tuple[Id, datetime | None]:
    """The unit that passed a why on to this one, and since when it owes its answer (None: it answered before it was
    asked).

    The unit that speaks the why passes it on to the audience, and a unit that answers passes it on to the units below.
    """
    row = org.units[unit.unit]
    above = why_cascade.addressed_unit(org, why, row.parent) if row.parent is not None else None
    by, at = why.unit, why.told.get(row.id, why.published_at) if row.id in why.audience or above is None else None
    if at is None and above is not None and above.part in _SPOKE:
        by, at = above.unit, above.since
    return by, max(at, row.placed_at) if at is not None and row.placed_at is not None else at
