"""What one goal, debt of an answer, question or link adds to the figures: pure functions of the state."""

from __future__ import annotations

from datetime import datetime

from goldenthread.contracts import cascade
from goldenthread.contracts.cascade import Addressed
from goldenthread.contracts.entities import CustomerFeedback, Id, Link, Objective, Question, Why
from goldenthread.contracts.enums import LinkState, ObjectiveState, QuestionState, WhyState
from goldenthread.contracts.events.alignment import AlignmentState, OrphanCause, Verdict
from goldenthread.contracts.organization import Organization
from services.alignment.domain.listening.tally import PENDING, Part, Since, Told

_ASKED = (cascade.Part.ANSWERED, cascade.Part.OWES, cascade.Part.WAITS)
_SPOKE = (cascade.Part.SPEAKS, cascade.Part.ANSWERED)
_UNANSWERED = (QuestionState.OPEN, QuestionState.ESCALATED)


def of_goal(org: Organization, node: Id, verdict: Verdict | None) -> tuple[list[Id], Part] | None:
    """The units an active objective or a published why counts for, and what it adds; None: it does not count."""
    found = org.node(node)
    heard = int(_heard(org, node))
    if isinstance(found, Why) and found.state is WhyState.PUBLISHED:
        return [found.unit], Part(goals=1, heard=heard)
    if not isinstance(found, Objective) or found.state is not ObjectiveState.ACTIVE or verdict is None:
        return None
    if verdict.state is AlignmentState.NOT_JUDGED:
        return None
    pending = verdict.state is AlignmentState.ORPHANED and verdict.cause is OrphanCause.LINK_PENDING
    state = PENDING if pending else verdict.state.value
    return list(dict.fromkeys(found.owners)), Part(state, verdict.depth, goals=1, heard=heard)


def of_debt(org: Organization, why: Why, unit: Id) -> tuple[list[Id], Part] | None:
    """What a unit's answer to a why, or the lack of it, adds; None where nothing is asked of it."""
    addressed = cascade.part_of(org, why, unit)
    if addressed is None or addressed.part not in _ASKED:
        return None
    if addressed.part is cascade.Part.WAITS:
        return [unit], Part(asked=1)
    by, at = _told(org, why, addressed)
    part = Part(asked=1, told=Told(by, why.version))
    if addressed.part is cascade.Part.OWES:
        return [unit], part._replace(owes=Since(addressed.since, why.id) if addressed.since is not None else None)
    waited = int((addressed.since - at).total_seconds()) if addressed.since is not None and at is not None else 0
    return [unit], part._replace(answered=1, seconds=max(0, waited))


def of_question(question: Question) -> tuple[list[Id], Part] | None:
    """A question that has found no answer, for the unit that asked it."""
    waits = question.state in _UNANSWERED
    return ([question.unit], Part(waits=Since(question.asked_at, question.id))) if waits else None


def of_feedback(feedback: CustomerFeedback) -> tuple[list[Id], Part] | None:
    """How long a customer waited for a word, for the unit that gave the first one."""
    if not feedback.responses:
        return None
    first = min(feedback.responses, key=lambda each: each.at)
    return [first.unit], Part(responded=max(0, int((first.at - feedback.recorded_at).total_seconds())))


def of_link(org: Organization, link: Link) -> tuple[list[Id], Part] | None:
    """The units that an accepted link between live goals connects: all that own one of its ends."""
    if link.state is not LinkState.ACCEPTED or link.measure or not (org.live(link.child) and org.live(link.parent)):
        return None
    units = list(dict.fromkeys([*org.owners(link.child), *org.owners(link.parent)]))
    return (units, Part(ties=tuple(units))) if len(units) > 1 else None


def _told(org: Organization, why: Why, unit: Addressed) -> tuple[Id, datetime | None]:
    """Who told a unit of a why, and from when it owed its answer (None: it answered before anybody asked it to).

    A unit of the audience is told by the unit that speaks the why, one below by the unit above it, by answering.
    """
    row = org.units[unit.unit]
    above = cascade.part_of(org, why, row.parent) if row.parent is not None else None
    by, at = why.unit, why.told.get(row.id, why.published_at) if row.id in why.audience or above is None else None
    if at is None and above is not None and above.part in _SPOKE:
        by, at = above.unit, above.since
    return by, max(at, row.placed_at) if at is not None and row.placed_at is not None else at


def _heard(org: Organization, node: Id) -> bool:
    """Did somebody outside say anything about this goal, or about what measures it?"""
    measures = (id for id in org.measures_of.get(node, {}) if not org.key_results[id].removed)
    return any(org.feedback_about.get(id) for id in (node, *measures))
