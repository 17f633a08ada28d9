"""The figures once more, worked out from scratch and as simply as they are defined."""

from __future__ import annotations

from collections.abc import Mapping
from statistics import median

from goldenthread.contracts.cascade import Addressed, Part, cascade
from goldenthread.contracts.entities import Id, Why
from goldenthread.contracts.enums import ObjectiveState, WhyState
from goldenthread.contracts.events.alignment import AlignmentHealth, AlignmentState, OrphanCause, Verdict
from goldenthread.contracts.organization import Organization


def health(org: Organization, verdicts: Mapping[Id, Verdict], unit: Id | None) -> AlignmentHealth:
    """How a unit, or (None) the organisation, stands."""
    goals = [
        each.id
        for each in org.objectives.values()
        if each.state is ObjectiveState.ACTIVE
        and (unit is None or unit in each.owners)
        and each.id in verdicts
        and verdicts[each.id].state is not AlignmentState.NOT_JUDGED
    ]
    found = [verdicts[id] for id in goals]
    states = [each.state for each in found]
    pending = [each for each in found if each.cause is OrphanCause.LINK_PENDING]
    whys = [each for each in org.whys.values() if each.state is WhyState.PUBLISHED]
    shown = goals + [why.id for why in whys if unit in (None, why.unit)]
    debts = [debt for why in whys for debt in owed(org, why) if unit in (None, debt[0])]
    hours = [seconds / 3600 for _, answered, seconds in debts if answered]
    return AlignmentHealth(
        len(found),
        states.count(AlignmentState.ALIGNED),
        states.count(AlignmentState.UNEXPLAINED),
        len(pending),
        states.count(AlignmentState.ORPHANED) - len(pending),
        len(hours) / len(debts) if debts else 1.0,
        sum(evidence(org, node) for node in shown) / len(shown) if shown else 1.0,
        median([each.depth for each in found if each.depth is not None] or [None]),  # type: ignore[type-var]
        median(hours) if hours else None,
    )


def owed(org: Organization, why: Why) -> list[tuple[Id, bool, float]]:
    """(unit, has it answered, seconds it took) for every unit that a why asks for an answer."""
    parts = {each.unit: each for each in cascade(org, why)}
    asked = (Part.ANSWERED, Part.OWES, Part.WAITS)
    return [
        (each.unit, each.part is Part.ANSWERED, took(org, why, parts, each))
        for each in parts.values()
        if each.part in asked
    ]


def took(org: Organization, why: Why, parts: Mapping[Id, Addressed], one: Addressed) -> float:
    above = parts.get(org.units[one.unit].parent or "")
    if one.unit in why.audience:
        told = why.told.get(one.unit, why.published_at)
    elif above is not None and above.part in (Part.SPEAKS, Part.ANSWERED) and above.since is not None:
        told = above.since
    else:
        return 0
    placed = org.units[one.unit].placed_at
    since = max(told, placed) if placed is not None else told
    return max(0, (one.since - since).total_seconds()) if one.since is not None else 0


def evidence(org: Organization, node: Id) -> bool:
    """Does anybody outside speak of a goal, or of a measure of it?"""
    spoken_of = {about for each in org.feedback.values() for about in each.about}
    measures = {each.id for each in org.key_results.values() if each.measures == node and not each.removed}
    return bool(spoken_of & (measures | {node}))
