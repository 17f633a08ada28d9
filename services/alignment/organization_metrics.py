"""The metrics of alignment itself: objectives by organization and state, and cascade coverage.

The stored figures of all organizations are read, whichever process judges them, so no organization has to be in memory.
One process shows them (`LeasedReading`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from goldenthread.runtime.observability import metrics
from goldenthread.runtime.postgres.database import Pool
from goldenthread.runtime.postgres.leased_reading import LeasedReading, ReadingPace
from services.alignment.domain.shown_organizations import ShownFigures, figures_to_show
from services.alignment.settings import Settings
from services.alignment.stores import organization_figures_store

LEASE = "organization figures"


async def show_organizations(pool: Pool, settings: Settings, pace: ReadingPace = ReadingPace()) -> None:
    """Read the figures again and again, and show what was read last, until cancelled."""

    async def read() -> ShownFigures:
        found = await organization_figures_store.read(
            pool, settings.metrics_organizations, names=settings.metrics_names
        )
        return figures_to_show(found.total, found.chosen, found.names)

    reading = LeasedReading(pool, LEASE, read, pace)
    metrics.OBJECTIVES.follow_all(_part(reading, lambda shown: shown.objectives))
    metrics.CASCADE_COVERAGE.follow_all(_part(reading, lambda shown: shown.coverage))
    metrics.ORGANIZATION_INFO.follow_all(_part(reading, lambda shown: shown.info))
    try:
        await reading.run()
    finally:
        for each in (metrics.OBJECTIVES, metrics.CASCADE_COVERAGE, metrics.ORGANIZATION_INFO):
            each.follow_all(None)


def _part(
    reading: LeasedReading[ShownFigures], part: Callable[[ShownFigures], Mapping[Any, float]]
) -> Callable[[], Mapping[tuple[str, ...], float]]:
    """One metric's numbers of what was read last; none in a process that shows nothing."""
    return lambda: {} if (shown := reading.value) is None else part(shown)
