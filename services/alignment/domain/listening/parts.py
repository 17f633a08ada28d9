"""What one goal, and one unit's debt of an answer, adds to the figures: pure functions of the state."""

from __future__ import annotations

from datetime import datetime

from goldenthread.contracts import cascade
from goldenthread.contracts.cascade import Addressed
from goldenthread.contracts.entities import Id, Objective, Why
from goldenthread.contracts.enums import ObjectiveState, WhyState
from goldenthread.contracts.events.alignment import AlignmentState, OrphanCause, Verdict
from goldenthread.contracts.organization import Organization
from services.alignment.domain.listening.tally import PENDING, Part

_COUNTED = {
    cascade.Part.ANSWERED: Part(asked=1, answered=1),
    cascade.Part.OWES: Part(asked=1),
    cascade.Part.WAITS: Part(asked=1),
}


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


def of_debt(org: Organization, why: Why, unit: Id) -> Part | None:
    """What a unit's answer to a why, or the lack of it, adds; None where nothing is asked of it."""
    addressed = cascade.part_of(org, why, unit)
    part = _COUNTED.get(addressed.part) if addressed is not None else None
    if addressed is None or part is None or addressed.since is None or not part.answered:
        return part
    owed = _owed_since(org, why, addressed)
    waited = int((addressed.since - owed).total_seconds()) if owed is not None else 0
    return part._replace(seconds=max(0, waited))


def _owed_since(org: Organization, why: Why, answered: Addressed) -> datetime | None:
    """From when a unit owed the answer it gave; None when it answered before it was asked to."""
    row = org.units[answered.unit]
    above = cascade.part_of(org, why, row.parent) if row.parent is not None else None
    told = why.told.get(row.id, why.published_at) if row.id in why.audience or above is None else None
    if told is None and above is not None and above.part in (cascade.Part.SPEAKS, cascade.Part.ANSWERED):
        told = above.since
    return max(told, row.placed_at) if told is not None and row.placed_at is not None else told


def _heard(org: Organization, node: Id) -> bool:
    """Did somebody outside say anything about this goal, or about what measures it?"""
    measures = (id for id in org.measures_of.get(node, {}) if not org.key_results[id].removed)
    return any(org.feedback_about.get(id) for id in (node, *measures))
