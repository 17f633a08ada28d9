"""How far a why has come: how many were addressed and answered, level by level, and who is silent at which stage.

A pure function of the organization and the time. The unit that speaks the why, and those that have no part in it
because a unit above has none, are not counted as addressed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from gateway.budget import cost
from goldenthread.contracts.entities import Id, Why
from goldenthread.contracts.enums import AnswerStance, AnswerState, WhyState
from goldenthread.organization.organization import Organization
from goldenthread.organization.why_cascade import Addressed, CascadeRole, cascade, due_at, state_of

COUNTED = (CascadeRole.ANSWERED, CascadeRole.OWES, CascadeRole.WAITS)


class SilentStage(StrEnum):
    """NOT_PASSED_ON: a unit above has not answered yet, so this one does not owe its answer yet."""

    NOT_PASSED_ON = "NOT_PASSED_ON"
    NOT_ANSWERED = "NOT_ANSWERED"
    NOTHING_LINKED = "NOTHING_LINKED"
    """It takes part, but no live goal of it or of a unit below leads up to the why."""
    LINKED_TO_RETIRED = "LINKED_TO_RETIRED"
    """The same, while a goal of theirs still hangs on a why that was retired."""


@dataclass(frozen=True, slots=True)
class SilentUnit:
    """One silent unit. `holds_up`: units below that wait for it; `held_up_by`: the one it waits for."""

    unit: Id
    stage: SilentStage
    since: datetime | None
    due_at: datetime | None
    overdue: bool
    holds_up: int
    held_up_by: Id | None


@dataclass(frozen=True, slots=True)
class CascadeLevel:
    """One level of the unit tree; the root is at depth 0."""

    depth: int
    addressed: int
    answered: int


@dataclass(frozen=True, slots=True)
class WhyCoverage:
    """How far a why has come."""

    addressed: int
    answered: int
    confirmed: int
    overdue: int
    by_level: list[CascadeLevel]
    silent: list[SilentUnit]


def coverage(org: Organization, why: Why, now: datetime) -> WhyCoverage:
    """How far `why` has come by `now`; of a retired why nothing is asked any more."""
    cost.rows(6 * len(org.units))  # walked, counted, silent or not
    reached = [each for each in cascade(org, why) if each.part in COUNTED]
    answered = [each for each in reached if each.part is CascadeRole.ANSWERED]
    silent = [found for found in _silent(org, why, reached, now) if found is not None]
    asked, told = Counter(each.depth for each in reached), Counter(each.depth for each in answered)
    return WhyCoverage(
        addressed=len(reached),
        answered=len(answered),
        confirmed=sum(_confirmed(org, each) for each in answered),
        overdue=sum(each.overdue for each in silent),
        by_level=[CascadeLevel(depth, asked[depth], told[depth]) for depth in sorted(asked)],
        silent=silent,
    )


def _confirmed(org: Organization, answered: Addressed) -> bool:
    return answered.answer is not None and state_of(org, answered.answer) is AnswerState.CONFIRMED


def _silent(org: Organization, why: Why, reached: list[Addressed], now: datetime) -> Iterable[SilentUnit | None]:
    """Every silent unit, from the top of the tree down."""
    waiting = Counter(each.held_up_by for each in reached if each.part is CascadeRole.WAITS)
    linked = _with_units_above(org, _owners_below(org, [why.id]))
    retired = [each.id for each in org.whys.values() if each.state is WhyState.RETIRED]
    astray = _with_units_above(org, _owners_below(org, retired)) if retired else set()
    for each in reached:
        if each.part is CascadeRole.ANSWERED:
            yield _unlinked(each, linked, astray)
            continue
        due, owes = due_at(org, each), each.part is CascadeRole.OWES
        stage = SilentStage.NOT_ANSWERED if owes else SilentStage.NOT_PASSED_ON
        late = due is not None and due < now
        yield SilentUnit(each.unit, stage, each.since, due, late, waiting[each.unit], each.held_up_by)


def _unlinked(answered: Addressed, linked: set[Id], astray: set[Id]) -> SilentUnit | None:
    takes_part = answered.answer is not None and answered.answer.stance is AnswerStance.TAKES_PART
    if not takes_part or answered.unit in linked:
        return None
    stage = SilentStage.LINKED_TO_RETIRED if answered.unit in astray else SilentStage.NOTHING_LINKED
    return SilentUnit(answered.unit, stage, answered.since, None, False, 0, None)


def _owners_below(org: Organization, tops: list[Id]) -> set[Id]:
    """The units that own a live node with a way up to one of `tops`, along accepted links between live nodes."""
    seen, owners = set(tops), set[Id]()
    for node in (queue := list(tops)):
        cost.rows(2 + 3 * len(org.down.get(node, {})))
        for link in org.children(node):
            if link.child not in seen and org.live(link.child):
                seen.add(link.child)
                owners.update(org.owners(link.child))
                queue.append(link.child)
    return owners


def _with_units_above(org: Organization, units: set[Id]) -> set[Id]:
    found: set[Id] = set()
    for unit in units:
        for each in org.ancestors(unit):
            if each.id in found:
                break
            found.add(each.id)
    return found
