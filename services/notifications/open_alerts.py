"""How many alerts are open, by kind, over all organizations: read from the database by one process, for metrics."""

from __future__ import annotations

from collections.abc import Mapping

from goldenthread.contracts.events.alerts import AlertKind
from goldenthread.runtime.observability import metrics
from goldenthread.runtime.postgres.database import Pool
from goldenthread.runtime.postgres.leased_reading import LeasedReading, ReadingPace

_COUNT = """
    SELECT alert ->> 'kind' AS kind, count(*) AS number FROM alerts AS a WHERE NOT resolved AND NOT EXISTS (
        SELECT FROM streams
        WHERE streams.organization = a.organization AND deleted_at IS NOT NULL AND purged_at IS NULL)
    GROUP BY alert ->> 'kind'
"""


async def show_open_alerts(pool: Pool, pace: ReadingPace = ReadingPace()) -> None:
    """Count them again and again, and show what was counted last, until cancelled."""

    async def read() -> Mapping[tuple[str, ...], float]:
        rows = await pool.fetch(_COUNT)
        return {(kind.value,): 0 for kind in AlertKind} | {(row["kind"],): row["number"] for row in rows}

    reading = LeasedReading(pool, "open alerts", read, pace)
    metrics.OPEN_ALERTS.follow_all(lambda: reading.value or {})
    try:
        await reading.run()
    finally:
        metrics.OPEN_ALERTS.follow_all(None)
