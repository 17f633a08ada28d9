"""A snapshot of goals, made from an organization in memory."""

from __future__ import annotations

from goldenthread.contracts.read_api import GoalsSnapshot, StreamPosition
from goldenthread.organization.organization import Organization


def goals_snapshot(org: Organization, position: StreamPosition) -> GoalsSnapshot:
    """What goals would answer if `org` were its state at `position`."""
    return GoalsSnapshot(
        position,
        org.info,
        list(org.units.values()),
        list(org.people.values()),
        list(org.cycles.values()),
        org.purpose,
        list(org.whys.values()),
        list(org.objectives.values()),
        list(org.key_results.values()),
        list(org.check_ins.values()),
        list(org.links.values()),
        list(org.answers.values()),
        list(org.questions.values()),
        list(org.feedback.values()),
    )
