"""A chain of goals, and verdicts on it."""

from __future__ import annotations

from goldenthread.contracts.entities import Entity
from goldenthread.contracts.events.alignment import AlignmentState, OrphanCause, Verdict
from tests.support.entities import link, objective, purpose, why

CHAIN: list[Entity] = [
    purpose(),
    why("why_1"),
    objective("objective_1"),
    link("link_w", "why_1", "purpose_1", 4),
    link("link_1", "objective_1", "why_1", 5),
]


UNJUDGED = Verdict(AlignmentState.NOT_JUDGED)


def orphan(cause: OrphanCause, at: str = "objective_1", lost: str | None = None, link: str | None = None) -> Verdict:
    return Verdict(AlignmentState.ORPHANED, cause=cause, broken_at=at, lost_parent=lost, link=link)
