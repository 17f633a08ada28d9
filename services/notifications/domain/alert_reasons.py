"""Why there should be an alert: the reason that one goal, link, question or debt gives, and all that it depends on.

A reason is a pure function of `AlertFacts`. The ids it was read from are reported with it: only when one of them
changes is the source searched again.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from goldenthread.contracts.entities import Id, Link, Objective, Question, Why
from goldenthread.contracts.enums import LinkState, ObjectiveState, QuestionState, Side, WhyState
from goldenthread.contracts.events.alerts import AlertKind
from goldenthread.contracts.events.alignment import (
    AlignmentState,
    OrphanCause,
    SiloEvidence,
    SiloKind,
    UnitSiloed,
    Verdict,
)
from goldenthread.contracts.events.goals.clock import Grace
from goldenthread.organization import why_cascade
from goldenthread.organization.organization import OPEN_LINKS, Organization
from goldenthread.organization.responsibility import above, first_unexplained, nearest_led_unit, side_unit, silent_side
from goldenthread.organization.why_cascade import addressed_unit
from services.notifications.domain.alert_facts import AlertFacts, OverdueAnswer

BY_LOST_PARENT = (OrphanCause.WHY_RETIRED, OrphanCause.PARENT_ENDED, OrphanCause.PURPOSE_MISSING)
BY_LINK = (OrphanCause.LINK_PENDING, OrphanCause.LINK_WITHDRAWN, OrphanCause.LINK_DECLINED)


class AlertKey(NamedTuple):
    """There is at most one open alert per key."""

    kind: AlertKind
    subject: Id
    addressee: Id | None


class AlertReason(NamedTuple):
    """Why there should be an alert, by one source."""

    key: AlertKey
    cause: OrphanCause | None = None
    broken_at: Id | None = None
    lost_parent: Id | None = None
    link: Id | None = None
    unit: Id | None = None
    """The unit that owes."""
    silo: UnitSiloed | None = None


class ReasonSearch(NamedTuple):
    """What one source gives: a reason or none, and the ids read; without ids only the source itself can change it.

    `over`: the source is a debt that is owed no more, so the clock's event about it is to be forgotten.
    """

    reason: AlertReason | None
    reads: frozenset[Id]
    over: bool = False


NO_REASON = ReasonSearch(None, frozenset())
DEBT_IS_OVER = ReasonSearch(None, frozenset(), True)


def find_reason(facts: AlertFacts, source: Id) -> ReasonSearch:
    """The reason of an objective (its thread is broken), a link (a side keeps it waiting), a why (nothing is linked to
    it), a question (nobody answered), a debt (a why was not answered) or a kind of evidence of a silo.
    """
    unit, _, kind = source.partition(" ")
    if unit in facts.org.units:
        return _siloed(facts, unit, SiloKind(kind))
    if source in facts.debts:
        return _unanswered(facts, source, facts.debts[source])
    if source in facts.org.questions:
        return _unheard(facts, facts.org.questions[source])
    if source in facts.org.links:
        return _awaiting(facts, facts.org.links[source])
    node = facts.org.node(source)
    if isinstance(node, Why):
        return _unlinked(facts, node)
    if node is None:
        return ReasonSearch(None, frozenset([source]))
    return _broken(facts, node) if isinstance(node, Objective) else NO_REASON


def _broken(facts: AlertFacts, goal: Objective) -> ReasonSearch:
    judged = facts.verdicts.get(goal.id)
    if judged is None or judged.verdict.state is AlignmentState.ALIGNED:
        return NO_REASON
    if goal.state is not ObjectiveState.ACTIVE:
        return ReasonSearch(None, frozenset([goal.id]))
    if judged.verdict.state is AlignmentState.ORPHANED:
        return _orphaned(facts, goal.id, judged.verdict)
    return _unexplained(facts, goal.id) if judged.was_aligned else NO_REASON


def _orphaned(facts: AlertFacts, goal: Id, verdict: Verdict) -> ReasonSearch:
    org = facts.org
    link = org.links.get(verdict.link) if verdict.link else None
    nodes = [goal, verdict.broken_at, verdict.lost_parent]
    nodes += [link.child, link.parent] if link else []
    reads = {goal, *_reads(org, nodes)} | ({verdict.link} if verdict.link else set())
    if not _patience_is_over(facts, goal, verdict):
        return ReasonSearch(None, frozenset(reads))
    key = AlertKey(AlertKind.GOAL_ORPHANED, _break(goal, verdict), silent_side(org, goal, verdict))
    return ReasonSearch(
        AlertReason(key, verdict.cause, verdict.broken_at, verdict.lost_parent, verdict.link),
        frozenset(reads),
    )


def _break(goal: Id, verdict: Verdict) -> Id:
    if verdict.cause in BY_LOST_PARENT and verdict.lost_parent:
        return verdict.lost_parent
    if verdict.cause in BY_LINK and verdict.link:
        return verdict.link
    return verdict.broken_at or goal


def _patience_is_over(facts: AlertFacts, goal: Id, verdict: Verdict) -> bool:
    """True when the clock has ended the grace that the cause grants; deliberate breaks and loops have none."""
    match verdict.cause:
        case OrphanCause.NOT_LINKED:
            broken = verdict.broken_at if verdict.broken_at in facts.org.objectives else None
            return (broken or goal, Grace.LINKING) in facts.graces
        case OrphanCause.PARENT_ENDED if verdict.lost_parent:
            return (verdict.lost_parent, Grace.HANDOVER) in facts.graces
        case OrphanCause.LINK_PENDING if verdict.link in facts.org.links:
            link = facts.org.links[verdict.link]
            return facts.overdue.get(link.id) == link.round
        case _:
            return True


def _unexplained(facts: AlertFacts, goal: Id) -> ReasonSearch:
    """The break is what the first unexplained hop leads to; no such hop: the verdict is about to change."""
    org = facts.org
    hop = first_unexplained(org, goal)
    reads = {id for node in above(org, goal) for id in _lineage(org, node)}
    if hop is None:
        return ReasonSearch(None, frozenset(reads))
    reads.update(_reads(org, [hop.child]))
    key = AlertKey(AlertKind.GOAL_UNEXPLAINED, hop.parent, nearest_led_unit(org, side_unit(org, hop, Side.CHILD)))
    return ReasonSearch(AlertReason(key, link=hop.id), frozenset(reads))


def _awaiting(facts: AlertFacts, link: Link) -> ReasonSearch:
    if link.turn is None or link.state not in OPEN_LINKS or facts.overdue.get(link.id) != link.round:
        return NO_REASON
    org = facts.org
    reads = frozenset([link.id, *_reads(org, [link.child, link.parent])])
    if not (org.under_way(link.child) and org.under_way(link.parent)):
        return ReasonSearch(None, reads)
    addressee = nearest_led_unit(org, side_unit(org, link, link.turn))
    return ReasonSearch(AlertReason(AlertKey(AlertKind.LINK_AWAITING, link.id, addressee), link=link.id), reads)


def _unlinked(facts: AlertFacts, why: Why) -> ReasonSearch:
    if why.state is not WhyState.PUBLISHED or (why.id, Grace.UPTAKE) not in facts.graces:
        return ReasonSearch(None, frozenset([why.id]))
    reads = {why.id}
    for served in _served_by(facts.org, why.id, reads):
        ends = [*_lineage(facts.org, served.child), *_lineage(facts.org, served.parent)]
        return ReasonSearch(None, frozenset([why.id, served.id, *ends]))
    reads.update(_reads(facts.org, [why.id]))
    key = AlertKey(AlertKind.WHY_UNLINKED, why.id, nearest_led_unit(facts.org, why.unit))
    return ReasonSearch(AlertReason(key), frozenset(reads))


def _served_by(org: Organization, why: Id, reads: set[Id]) -> Iterator[Link]:
    """Accepted links of live nodes that serve a why or one of its key results; a bare key result serves nobody."""
    for id in org.down.get(why, {}):
        link = org.links[id]
        if link.state is not LinkState.ACCEPTED:
            continue
        reads.update([id, *_lineage(org, link.child)])
        if not link.measure:
            if org.live(link.child):
                yield link
        elif org.live(link.child):
            for below in org.down.get(link.child, {}):
                reads.update([below, *_lineage(org, org.links[below].child)])
                if org.links[below].state is LinkState.ACCEPTED and org.live(org.links[below].child):
                    yield org.links[below]


def _unanswered(facts: AlertFacts, debt: str, overdue_answer: OverdueAnswer) -> ReasonSearch:
    """A debt that the clock called overdue; it is not any more when it is over, or due later than the clock said."""
    org = facts.org
    id, unit = debt.split(" ")
    why = org.whys.get(id)
    addressed = addressed_unit(org, why, unit) if why is not None and why.version == overdue_answer.version else None
    due_at = why_cascade.due_at(org, addressed) if addressed is not None else None
    if why is None or due_at is None or due_at > overdue_answer.due_at:
        return DEBT_IS_OVER
    reads = {id, *_hearing(org, unit)} | ({org.info.id} if org.info else set())
    for each in org.ancestors(unit):
        reads.update([each.id, f"{id} {each.id}"])
    key = AlertKey(AlertKind.WHY_UNANSWERED, id, nearest_led_unit(org, unit))
    return ReasonSearch(AlertReason(key, unit=unit), frozenset(reads))


def _unheard(facts: AlertFacts, question: Question) -> ReasonSearch:
    if question.state is not QuestionState.ESCALATED:
        return NO_REASON
    key = AlertKey(AlertKind.QUESTION_OVERDUE, question.id, nearest_led_unit(facts.org, question.asked))
    return ReasonSearch(AlertReason(key), frozenset([question.id, *_hearing(facts.org, question.asked)]))


def _siloed(facts: AlertFacts, unit: Id, kind: SiloKind) -> ReasonSearch:
    """Each kind of evidence is for who can mend it; kinds that the same unit can mend are one alert."""
    silo, org = facts.silos.get(unit), facts.org
    found = next((each for each in silo.evidence if each.kind is kind), None) if silo is not None else None
    if silo is None or found is None:
        return NO_REASON
    speaks = mends(org, unit, found)
    reads = {unit, *_hearing(org, speaks)} | ({found.about} if found.about else set())
    return ReasonSearch(
        AlertReason(AlertKey(AlertKind.SILO, unit, nearest_led_unit(org, speaks)), silo=silo), frozenset(reads)
    )


def mends(org: Organization, unit: Id, evidence: SiloEvidence) -> Id | None:
    """The unit that can mend a silo: the one that is asked, the one that should pass a why on, else the silo itself."""
    if evidence.kind is SiloKind.UNHEARD and evidence.about in org.questions:
        return org.questions[evidence.about].asked
    return org.units[unit].parent if evidence.kind is SiloKind.UNTOLD else unit


# -- what a reason reads -----------------------------------------------------------------------------------------------


def _reads(org: Organization, nodes: list[Id | None]) -> Iterator[Id]:
    """`nodes`, what they measure, and the units from each primary owner up to the one that is alerted."""
    for node in nodes:
        if node is None:
            continue
        yield from _lineage(org, node)
        owners = org.owners(node)
        if not owners and org.info:
            yield org.info.id
        yield from _hearing(org, owners[0] if owners else org.info.root if org.info else None)


def _hearing(org: Organization, unit: Id | None) -> Iterator[Id]:
    """The units from `unit` up to the one that is alerted."""
    for each in org.ancestors(unit):
        yield each.id
        if each.lead is not None and not each.closed:
            break


def _lineage(org: Organization, node: Id) -> Iterator[Id]:
    """A node and, for a key result, what it measures, upward."""
    seen: set[Id] = set()
    while node not in seen:
        seen.add(node)
        yield node
        found = org.key_results.get(node)
        if found is None:
            return
        node = found.measures
