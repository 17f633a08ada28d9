"""The why cascade, level by level: who was addressed, who has answered, who owes since when, who waits for whom.

Pure functions of an organization, used by goals (what is due), notifications (whom to alert) and the gateway (what to
show), so that all say the same.

A why addresses its audience and everything below. An audience unit owes its answer from when it was told; a unit below
once the nearest addressed unit above it has answered the current version: answering is passing on. NO_PART ends the
debt of that unit and of everything below it. The unit that speaks the why has answered it by speaking.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from goldenthread.contracts.entities import Id, Why, WhyAnswer
from goldenthread.contracts.enums import AnswerStance, AnswerState, QuestionState, WhyState
from goldenthread.organization.organization import Organization

OPEN_QUESTIONS = (QuestionState.OPEN, QuestionState.ESCALATED, QuestionState.ANSWERED)


class CascadeRole(StrEnum):
    """What an addressed unit has to do with a why at its current version."""

    SPEAKS = "SPEAKS"
    ANSWERED = "ANSWERED"
    OWES = "OWES"
    WAITS = "WAITS"
    """A unit above has not answered yet, so this one does not owe its answer yet."""
    EXCUSED = "EXCUSED"
    """A unit above has no part in it."""


class Addressed(NamedTuple):
    """One unit of a cascade. `since`: when it answered, or from when it owes; `held_up_by`: whom it waits for."""

    unit: Id
    depth: int
    """Steps below the root of the organization."""
    part: CascadeRole
    since: datetime | None
    held_up_by: Id | None
    answer: WhyAnswer | None


def cascade(org: Organization, why: Why) -> Iterator[Addressed]:
    """Every unit a why addresses, from the top of the tree down; closed units are not addressed."""
    if org.info is None or why.state is not WhyState.PUBLISHED:
        return
    audience = set(why.audience)
    queue: list[tuple[Id, int, Addressed | None]] = [(org.info.root, 0, None)]
    for unit, depth, above in queue:
        row = org.units.get(unit)
        if row is None or row.closed:
            continue
        found = _addressed(org, why, unit, depth, above) if above is not None or unit in audience else None
        if found is not None:
            yield found
        queue += [(below, depth + 1, found) for below in org.units_below.get(unit, {})]


def addressed_unit(org: Organization, why: Why, unit: Id) -> Addressed | None:
    """What one unit has to do with a why; None when it is not addressed. Costs the depth of the tree."""
    if why.state is not WhyState.PUBLISHED:
        return None
    chain = list(org.ancestors(unit))[::-1]
    if not chain or any(each.closed for each in chain):
        return None
    found: Addressed | None = None
    for depth, each in enumerate(chain):
        if found is not None or _told_directly(why, each.id):
            found = _addressed(org, why, each.id, depth, found)
    return found


def told_at(why: Why) -> dict[Id, datetime]:
    """When the current version was addressed to each unit of the audience; the day of publishing where an old event
    does not say it.
    """
    return {unit: why.told.get(unit, why.published_at) for unit in why.audience}


def due_at(org: Organization, addressed: Addressed) -> datetime | None:
    """Until when a unit that owes has to answer; None for those that do not."""
    if addressed.part is not CascadeRole.OWES or addressed.since is None:
        return None
    days = org.info.policy.reply_days if org.info else 7
    return addressed.since + timedelta(days=days)


def state_of(org: Organization, answer: WhyAnswer) -> AnswerState:
    """The state of an answer."""
    why = org.whys.get(answer.why)
    if why is None or answer.version != why.version:
        return AnswerState.STALE
    asked = (org.questions[id] for id in org.questions_about.get(answer.id, {}))
    if any(question.state in OPEN_QUESTIONS for question in asked):
        return AnswerState.QUESTIONED
    return AnswerState.CONFIRMED if answer.confirmed_at is not None else AnswerState.CURRENT


def _has_no_part(unit: Addressed) -> bool:
    """Whether the unit's answer to the current version is NO_PART; an answer to an earlier version does not count."""
    return unit.part is CascadeRole.ANSWERED and unit.answer is not None and unit.answer.stance is AnswerStance.NO_PART


def _told_directly(why: Why, unit: Id) -> bool:
    """Whether the unit is in the audience. `told` has every unit of it, but for whys of old events."""
    return unit in why.told or (len(why.told) != len(why.audience) and unit in why.audience)


def _addressed(org: Organization, why: Why, unit: Id, depth: int, above: Addressed | None) -> Addressed:
    """The part of a unit in a why, from the part of the nearest addressed unit above; a unit of the audience is
    addressed directly.
    """
    answer = org.answer(why.id, unit)
    current = answer if answer is not None and answer.version == why.version else None
    if unit == why.unit:
        return Addressed(unit, depth, CascadeRole.SPEAKS, why.told.get(unit, why.published_at), None, current)
    if current is not None:
        return Addressed(unit, depth, CascadeRole.ANSWERED, current.passed_on_at, None, current)
    told = why.told.get(unit, why.published_at) if above is None or _told_directly(why, unit) else None
    if told is None and above is not None:
        if above.part is CascadeRole.EXCUSED or _has_no_part(above):
            return Addressed(unit, depth, CascadeRole.EXCUSED, None, None, answer)
        if above.part not in (CascadeRole.SPEAKS, CascadeRole.ANSWERED):
            return Addressed(unit, depth, CascadeRole.WAITS, None, above.held_up_by or above.unit, answer)
        told = above.since
    placed = org.units[unit].placed_at
    since = max(told, placed) if told is not None and placed is not None else told
    return Addressed(unit, depth, CascadeRole.OWES, since, None, answer)
