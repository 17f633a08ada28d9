"""What goals publishes about imports."""

from __future__ import annotations

from goldenthread.contracts.events.goals.payload import GoalsPayload


class PlanImported(GoalsPayload, frozen=True):
    """The last event of an import; its counts are rows of the file."""

    source: str
    format: str
    created: int
    updated: int
    unchanged: int
    skipped: int
    missing: list[str]
