"""The one clock, as pure rules: which timers an entity implies, and what to say when one is due.

The store keeps a row per timer, keyed by (kind, subject); whoever turns the clock calls `timers` for what a commit
`touched`, `ring` when a timer is due, and `take_back` for a grace that was said to be over. Every answer is checked
again against the organization, so a timer that rings twice, late or for nothing is harmless.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import NamedTuple

from goldenthread.contracts.entities import (
    Cycle,
    Entity,
    Id,
    KeyResult,
    Link,
    Objective,
    OrganizationInfo,
    OrgUnit,
    Question,
    Why,
    WhyAnswer,
)
from goldenthread.contracts.enums import ObjectiveState, WhyState
from goldenthread.contracts.events.goals.clock import DayClosed, Grace, GraceEnded, LinkOverdue, WhyAnswerOverdue
from goldenthread.organization import why_cascade
from goldenthread.organization.organization import OPEN_LINKS, Organization
from goldenthread.organization.why_cascade import addressed_unit
from services.goals.domain.decision import Fact
from services.goals.domain.links import graph_rules, open_proposals
from services.goals.domain.listening.questions import WAITING, escalated

_FIRST, _LAST = datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC)
_ENDED = (ObjectiveState.CLOSED, ObjectiveState.ARCHIVED)


class TimerKind(StrEnum):
    """What a timer waits for: a patience with a node, a move on a link, an answer to a why or to a question."""

    LINKING = "LINKING"
    HANDOVER = "HANDOVER"
    UPTAKE = "UPTAKE"
    LINK = "LINK"
    ANSWER = "ANSWER"
    QUESTION = "QUESTION"


class Timer(NamedTuple):
    """A timer: its subject is examined when `due_at` has come.

    `round` is that of a link, the version of a why that is owed an answer, the escalations of a question, else 0. The
    subject of an answer that is owed is "why unit", until there is one.
    """

    kind: TimerKind
    subject: Id
    due_at: datetime
    round: int = 0


def timers(org: Organization, id: Id, ended: datetime) -> list[Timer]:
    """The timers that the entity `id` implies as it is now.

    `ended` is when the change was written: a removed key result that belongs to no cycle does not say itself.
    """
    if " " in id:
        return _debt(org, *id.split(" "))
    entity = org.get(id)
    found: tuple[TimerKind, datetime] | None = None
    if isinstance(entity, Question):
        waits = entity.state in WAITING and entity.due_at is not None
        return [Timer(TimerKind.QUESTION, id, entity.due_at, entity.escalations)] if waits and entity.due_at else []
    if isinstance(entity, Link):
        if entity.state in OPEN_LINKS and entity.due_at is not None and graph_rules.can_speak(org, entity.child):
            return [Timer(TimerKind.LINK, id, entity.due_at, entity.round)]
    elif isinstance(entity, Objective):
        found = _of_objective(org, entity)
    elif isinstance(entity, KeyResult) and entity.removed:
        found = (TimerKind.HANDOVER, _after(_cycle_end(org, entity.measures) or ended, _policy(org)[1]))
    elif isinstance(entity, Why) and entity.state is WhyState.PUBLISHED:
        found = (TimerKind.UPTAKE, _after(entity.published_at, _policy(org)[2]))
    return [Timer(found[0], id, found[1])] if found else []


def touched(org: Organization, changed: Iterable[Entity]) -> list[Id]:
    """The entities whose timers may differ after a commit that changed `changed`."""
    ids: dict[Id, None] = {}
    for entity in changed:
        if isinstance(entity, OrganizationInfo):
            ids.update(dict.fromkeys([*org.objectives, *org.key_results, *org.whys]))
            ids.update(dict.fromkeys(debt for why in org.whys.values() for debt in _debts(org, why)))
        elif isinstance(entity, Why):
            ids.update(dict.fromkeys([entity.id, *_debts(org, entity)]))
        elif isinstance(entity, WhyAnswer):
            ids.update(dict.fromkeys(_passed_on(org, entity.why, entity.unit)))
        elif isinstance(entity, OrgUnit):
            below = list(org.subunits(entity.id))
            ids.update(dict.fromkeys(f"{why} {unit}" for why in org.whys for unit in below))
        elif isinstance(entity, Cycle):
            of_cycle = [each.id for each in org.objectives.values() if each.cycle == entity.id]
            ids.update(dict.fromkeys(_with_hangers_on(org, of_cycle)))
        elif isinstance(entity, Objective):
            ids.update(dict.fromkeys(_with_hangers_on(org, [entity.id])))
        else:
            ids[entity.id] = None
    return list(ids)


def ring(org: Organization, timer: Timer, now: datetime) -> Fact | None:
    """The fact that a due timer announces; None when its subject has changed meanwhile (or it is not due yet)."""
    for current in _current(org, timer):
        if current.due_at > now or (current.kind, current.round) != (timer.kind, timer.round):
            continue
        if current.kind is TimerKind.ANSWER:
            why, unit = current.subject.split(" ")
            return Fact(why, WhyAnswerOverdue(why, unit, current.round, current.due_at))
        if current.kind is TimerKind.QUESTION:
            return Fact(current.subject, escalated(org, org.questions[current.subject], now))
        if current.kind is TimerKind.LINK:
            return Fact(current.subject, LinkOverdue(current.subject, current.round, current.due_at))
        return Fact(current.subject, GraceEnded(current.subject, Grace(current.kind.value), current.due_at))
    return None


def take_back(org: Organization, said: Timer, now: datetime) -> Fact | None:
    """The fact that a grace that was announced as over is not over, because its end moved or its goal was reopened."""
    if said.kind in (TimerKind.LINK, TimerKind.ANSWER, TimerKind.QUESTION):
        return None
    grace = Grace(said.kind.value)
    same = next((each for each in _current(org, said) if each.kind is said.kind), None)
    if same is not None:
        due_at = same.due_at if same.due_at > now else None
    else:
        due_at = said.due_at if said.kind is TimerKind.HANDOVER else None
    return Fact(said.subject, GraceEnded(said.subject, grace, due_at, ended=False)) if due_at else None


def left_over(org: Organization, now: datetime) -> list[Fact]:
    """Proposals that wait for a goal that has ended are withdrawn, when a day is over at the latest."""
    return list(open_proposals.left_over(org, now))


def day_closed(org: Organization, day: date) -> Fact:
    """The fact that a UTC day is over."""
    return Fact(org.info.id if org.info else "", DayClosed(day))


# -- inside ------------------------------------------------------------------------------------------------------------


def _current(org: Organization, timer: Timer) -> list[Timer]:
    """The timers its subject implies now. An end nobody recorded is read back from the timer itself."""
    return timers(org, timer.subject, _after(timer.due_at, -_policy(org)[1]))


def _debt(org: Organization, why: Id, unit: Id) -> list[Timer]:
    """The timer of an answer that a unit owes now, if it does."""
    row = org.whys.get(why)
    addressed = addressed_unit(org, row, unit) if row is not None else None
    due_at = why_cascade.due_at(org, addressed) if addressed is not None else None
    return [Timer(TimerKind.ANSWER, f"{why} {unit}", due_at, row.version)] if row is not None and due_at else []


def _debts(org: Organization, why: Why) -> list[Id]:
    """Every unit that owes an answer to `why` now, as subjects of timers."""
    return [
        f"{why.id} {each.unit}" for each in why_cascade.cascade(org, why) if each.part is why_cascade.CascadeRole.OWES
    ]


def _passed_on(org: Organization, why: Id, unit: Id) -> list[Id]:
    """The unit that answered and those next below it, which owe theirs now."""
    return [f"{why} {each}" for each in (unit, *org.units_below.get(unit, {}))]


def _of_objective(org: Organization, objective: Objective) -> tuple[TimerKind, datetime] | None:
    grace, handover, _ = _policy(org)
    if objective.state is ObjectiveState.ACTIVE and objective.activated_at is not None:
        cycle = org.cycles.get(objective.cycle or "")
        starts_on = cycle.starts_on if cycle else objective.starts_on
        start = max(objective.activated_at, _midnight(starts_on)) if starts_on else objective.activated_at
        return TimerKind.LINKING, _after(start, grace)
    if objective.state in _ENDED:
        end = _cycle_end(org, objective.id) or objective.ended_at
        return (TimerKind.HANDOVER, _after(end, handover)) if end else None
    return None


def _cycle_end(org: Organization, node: Id) -> datetime | None:
    """When the cycle of an objective (or its own last day) is over; None without either."""
    objective = org.objectives.get(node)
    if objective is None:
        return None
    cycle = org.cycles.get(objective.cycle or "")
    last = cycle.ends_on if cycle else objective.ends_on
    return _after(_midnight(last), 1) if last else None


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _after(start: datetime, days: int) -> datetime:
    """`days` later, or earlier; calendars end, and some people end a cycle with them."""
    try:
        return start + timedelta(days=days)
    except OverflowError:
        return _LAST if days > 0 else _FIRST


def _policy(org: Organization) -> tuple[int, int, int]:
    """(grace, handover, reply) in days."""
    policy = org.info.policy if org.info else None
    return (policy.grace_days, policy.handover_days, policy.reply_days) if policy else (14, 14, 7)


def _with_hangers_on(org: Organization, nodes: list[Id]) -> list[Id]:
    """`nodes`, their key results, and the open links from either, whose timers depend on them."""
    measures = [id for node in nodes for id in org.measures_of.get(node, {})]
    links = [link.id for node in [*nodes, *measures] for link in org.parents(node, *OPEN_LINKS)]
    return [*nodes, *measures, *links]
