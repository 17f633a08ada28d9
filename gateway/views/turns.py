"""Whose next move it is, thing by thing: what one link, node, answer, question or word of a customer asks of whom.

Pure functions of an organization with its verdicts. `turn_index.py` keeps their results, and renews those that changed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Protocol

from goldenthread.contracts.entities import (
    CustomerFeedback,
    Id,
    KeyResult,
    Link,
    Objective,
    Person,
    Purpose,
    Question,
    Why,
    WhyAnswer,
)
from goldenthread.contracts.enums import (
    AnswerStance,
    AnswerState,
    LinkState,
    ObjectiveState,
    QuestionState,
    Side,
    WhyState,
)
from goldenthread.contracts.events.alignment import AlignmentState, OrphanCause
from goldenthread.contracts.read_api import NodeVerdict
from goldenthread.organization import invitations, responsibility, why_cascade
from goldenthread.organization.organization import OPEN_LINKS, Organization


class JudgedOrganization(Protocol):
    """What turns are computed from: an organization with the verdicts on its nodes."""

    @property
    def org(self) -> Organization:
        """The organization."""

    def judgement(self, node: Id) -> NodeVerdict:
        """The verdict on a node, NOT_JUDGED when there is none."""


NEVER = datetime.max.replace(tzinfo=UTC)
UNANSWERED = (QuestionState.OPEN, QuestionState.ESCALATED)


class TurnKind(StrEnum):
    """The kinds of next moves."""

    ANSWER_WHY = "ANSWER_WHY"
    CONFIRM_ANSWER = "CONFIRM_ANSWER"
    DECIDE_LINK = "DECIDE_LINK"
    REAFFIRM_LINK = "REAFFIRM_LINK"
    ANSWER_QUESTION = "ANSWER_QUESTION"
    SETTLE_QUESTION = "SETTLE_QUESTION"
    MEND_ORPHAN = "MEND_ORPHAN"
    RESPOND_TO_FEEDBACK = "RESPOND_TO_FEEDBACK"
    DECIDE_CO_OWNERSHIP = "DECIDE_CO_OWNERSHIP"
    REVIEW_INVITATION = "REVIEW_INVITATION"


@dataclass(frozen=True, slots=True)
class Turn:
    """One next move. `side` is the unit that owes it; where it has no lead, the nearest unit above that has one moves.

    `accountable` is the person who may move whatever unit they are of; `unheard`: its time was over long ago, and
    there is nobody left to remind. `personal`: it is the turn of `accountable` and of administrators, not of the unit,
    until `due_at`; then it is over.
    """

    kind: TurnKind
    subject: Id
    side: Id
    since: datetime
    due_at: datetime | None = None
    accountable: Id | None = None
    unheard: bool = False
    personal: bool = False

    @property
    def key(self) -> str:
        """Names it among all turns of an organization."""
        return f"{self.kind} {self.subject} {self.side}"

    @property
    def order(self) -> tuple[datetime, datetime, str, str, str]:
        """The longest due first; those without a term last, the oldest first."""
        due = self.since if self.unheard else self.due_at or NEVER
        return due, self.since, self.kind, self.subject, self.side

    def overdue(self, now: datetime) -> bool:
        """True once its time is over."""
        return self.unheard or (self.due_at is not None and self.due_at < now)


def of_subject(view: JudgedOrganization, row: object) -> Iterator[Turn]:
    """Every turn about one thing (none about what is not there), but for answers that units owe (see `owed`)."""
    if isinstance(row, Link):
        yield from _of_link(view.org, row)
    elif isinstance(row, WhyAnswer):
        yield from _of_answer(view.org, row)
    elif isinstance(row, Question):
        yield from _of_question(view.org, row)
    elif isinstance(row, CustomerFeedback):
        yield from _of_feedback(view.org, row)
    elif isinstance(row, Person):
        yield from _of_claim(view.org, row)
    elif isinstance(row, Purpose | Why | Objective | KeyResult):
        yield from _of_orphan(view, row)
        if isinstance(row, Objective):
            yield from _of_invitation(view.org, row)


def owed(org: Organization, addressed: why_cascade.Addressed, why: Why) -> Turn | None:
    """The answer that a unit owes to a why; None for a unit that does not."""
    if addressed.part is not why_cascade.CascadeRole.OWES:
        return None
    since = addressed.since or why.published_at
    return Turn(TurnKind.ANSWER_WHY, why.id, addressed.unit, since, why_cascade.due_at(org, addressed))


def owner_node(org: Organization, id: Id | None) -> Id:
    """The node whose owners own `id`: for a key result what it measures."""
    seen: set[Id] = set()
    found = org.node(id) if id else None
    while isinstance(found, KeyResult) and found.id not in seen:
        seen.add(found.id)
        found = org.node(found.measures)
    return found.id if found is not None else ""


def _of_link(org: Organization, link: Link) -> Iterator[Turn]:
    if link.state in OPEN_LINKS and link.turn is not None:
        if not (org.under_way(link.child) and org.under_way(link.parent)):
            return  # nobody can decide on it: goals withdraws it
        side, since = _side(org, link, link.turn), link.rounds[-1].at if link.rounds else link.proposed_at
        end = link.child if link.turn is Side.CHILD else link.parent
        yield Turn(TurnKind.DECIDE_LINK, link.id, side, since, link.due_at, _accountable(org, end))
    elif _to_reaffirm(org, link):
        side, since = _side(org, link, Side.CHILD), _unexplained_since(org, link)
        yield Turn(TurnKind.REAFFIRM_LINK, link.id, side, since, None, _accountable(org, link.child))


def _to_reaffirm(org: Organization, link: Link) -> bool:
    accepted = link.state is LinkState.ACCEPTED and not org.explained(link)
    return accepted and org.live(link.child) and org.live(link.parent)


def _of_answer(org: Organization, answer: WhyAnswer) -> Iterator[Turn]:
    """An answer that nobody questions waits to be confirmed. Who disagrees has asked, and waits for an answer."""
    why = org.whys.get(answer.why)
    if why is None or why.state is not WhyState.PUBLISHED or answer.stance is AnswerStance.DISAGREES:
        return
    if why_cascade.state_of(org, answer) is AnswerState.CURRENT:
        yield Turn(TurnKind.CONFIRM_ANSWER, answer.id, _known(org, why.unit), answer.at, None, why.sponsor)


def _of_question(org: Organization, question: Question) -> Iterator[Turn]:
    if question.state in UNANSWERED:
        side, accountable = _known(org, question.asked), _accountable(org, question.about)
        since, due = question.asked_at, question.due_at
        yield Turn(TurnKind.ANSWER_QUESTION, question.id, side, since, due, accountable, question.unheard)
    elif question.state is QuestionState.ANSWERED:
        side, since = _known(org, question.unit), question.answers[-1].at if question.answers else question.asked_at
        yield Turn(TurnKind.SETTLE_QUESTION, question.id, side, since, question.due_at, question.asked_by)


def _of_feedback(org: Organization, feedback: CustomerFeedback) -> Iterator[Turn]:
    """Every unit that owns something it is about owes the customer a word."""
    heard = {response.unit for response in feedback.responses}
    owners = {_known(org, unit) for node in feedback.about for unit in org.owners(node) or [""]}
    for unit in sorted(owners - heard):
        yield Turn(TurnKind.RESPOND_TO_FEEDBACK, feedback.id, unit, feedback.recorded_at)


def _of_orphan(view: JudgedOrganization, row: Purpose | Why | Objective | KeyResult) -> Iterator[Turn]:
    judged = view.judgement(row.id)
    verdict = judged.verdict
    broken = verdict.state is AlignmentState.ORPHANED and verdict.broken_at == row.id
    if not broken or verdict.cause is OrphanCause.LINK_PENDING:
        return
    since = judged.since or _began(row)
    side = _known(view.org, responsibility.unit_to_mend(view.org, verdict))
    accountable = row.accountable if isinstance(row, Objective) else None
    yield Turn(TurnKind.MEND_ORPHAN, row.id, side, since, due_at(view, row.id, since), accountable)


def _of_invitation(org: Organization, goal: Objective) -> Iterator[Turn]:
    """Every unit that was asked to own an objective too, while it goes on, owes it a yes or a no."""
    if goal.state in (ObjectiveState.DRAFT, ObjectiveState.ACTIVE):
        for unit in goal.invited:
            yield Turn(TurnKind.DECIDE_CO_OWNERSHIP, goal.id, _known(org, unit), goal.created_at)


def _of_claim(org: Organization, person: Person) -> Iterator[Turn]:
    """Whoever invited somebody sees for a week that the invitation was claimed, and says whether that was right."""
    found = invitations.to_review(person)
    if found is not None and found.claimed_at is not None:
        units = [grant.unit for grant in person.roles if grant.unit is not None]
        side, until = _known(org, units[0] if units else None), found.claimed_at + invitations.VALID
        yield Turn(TurnKind.REVIEW_INVITATION, person.id, side, found.claimed_at, until, found.by, personal=True)


def _side(org: Organization, link: Link, side: Side) -> Id:
    return _known(org, responsibility.side_unit(org, link, side))


def _known(org: Organization, unit: Id | None) -> Id:
    """The unit, or the root for one that is not there."""
    return unit if unit is not None and unit in org.units else org.info.root if org.info else ""


def _accountable(org: Organization, node: Id) -> Id | None:
    """The person who answers for a node."""
    row = org.node(owner_node(org, node))
    return row.sponsor if isinstance(row, Why) else row.accountable if isinstance(row, Objective) else None


def _unexplained_since(org: Organization, link: Link) -> datetime:
    accepted = link.decided_at or link.proposed_at
    parent = org.node(link.parent)
    moved = parent.published_at if isinstance(parent, Purpose | Why) and link.because is not None else None
    return max(accepted, moved) if moved else accepted


def _began(row: object) -> datetime:
    for name in ("activated_at", "published_at", "created_at"):
        found = getattr(row, name, None)
        if isinstance(found, datetime):
            return found
    return datetime.fromtimestamp(0, UTC)


def due_at(view: JudgedOrganization, node: Id, since: datetime) -> datetime | None:
    """When the patience for a broken thread ends: after grace for NOT_LINKED and PARENT_ENDED, else at once."""
    policy = view.org.info.policy if view.org.info else None
    verdict, row = view.judgement(node).verdict, view.org.node(node)
    if policy is None:
        return None
    if verdict.cause is OrphanCause.NOT_LINKED:
        activated = row.activated_at if isinstance(row, Objective) else None
        start = _midnight(_days(view, row)[0])
        return max(each for each in (activated or since, start) if each) + timedelta(days=policy.grace_days)
    if verdict.cause is OrphanCause.PARENT_ENDED:
        ended = view.org.node(verdict.lost_parent) if verdict.lost_parent else None
        end = _midnight(_days(view, ended)[1])
        last = end + timedelta(days=1) if end else getattr(ended, "ended_at", None) or since
        return last + timedelta(days=policy.handover_days)
    return since


def _days(view: JudgedOrganization, row: object) -> tuple[date | None, date | None]:
    """The first and last day of an objective's cycle, or its own."""
    if not isinstance(row, Objective):
        return None, None
    cycle = view.org.cycles.get(row.cycle or "")
    return (cycle.starts_on, cycle.ends_on) if cycle else (row.starts_on, row.ends_on)


def _midnight(day: date | None) -> datetime | None:
    return datetime.combine(day, time(), UTC) if day else None
