"""How many events of an outbox wait for the broker, and since when, for the metrics.

Every process that has the outbox asks the database itself, whichever process leads: so the numbers are also known when
none does, or when the leader is frozen. Where nothing waits the question costs the reading of an empty partial index.
"""

from __future__ import annotations

from datetime import datetime

from goldenthread.runtime.clock import Clock, age_of, utc_now
from goldenthread.runtime.observability import metrics
from goldenthread.runtime.postgres.database import Pool
from goldenthread.runtime.postgres.repeated_look import LOOK_SECONDS, look_again_and_again

MOST = 10_000
"""Organizations that are counted, at most."""
# ORDER and LIMIT within: the planner thinks that a third of all streams wait, and would else join with the whole table.
# `written_at` is NULL for an event of a release before: its own time is the best that is known.
QUERY = """
    WITH waiting AS (SELECT organization, published, sequence FROM streams WHERE published < sequence LIMIT $1)
    SELECT coalesce(sum(waiting.sequence - waiting.published), 0)::bigint AS events,
           min(coalesce(first.written_at, (first.attributes::json ->> 'time')::timestamptz)) AS since
    FROM waiting LEFT JOIN LATERAL (
        SELECT written_at, attributes FROM outbox
        WHERE outbox.organization = waiting.organization AND outbox.sequence > waiting.published
        ORDER BY sequence LIMIT 1
    ) AS first ON true
"""


class UnpublishedEvents:
    """The numbers of one outbox and its topic: `run` until cancelled."""

    def __init__(self, pool: Pool, topic: str, now: Clock = utc_now) -> None:
        self._pool, self._topic, self._now = pool, topic, now
        self.events = 0
        self._since: datetime | None = None

    async def run(self, seconds: float = LOOK_SECONDS) -> None:
        """Look every few seconds; the metrics show the numbers of the last look."""
        metrics.OUTBOX_PENDING.follow(lambda: self.events, self._topic)
        metrics.OUTBOX_AGE.follow(self.age, self._topic)
        try:
            await look_again_and_again(self.look, f"unpublished events of {self._topic}", seconds)
        finally:
            metrics.OUTBOX_PENDING.forget(self._topic)
            metrics.OUTBOX_AGE.forget(self._topic)

    async def look(self) -> None:
        """Ask the database."""
        (row,) = await self._pool.fetch(QUERY, MOST)
        self.events, self._since = row["events"], row["since"]

    def age(self) -> float:
        """Seconds since the oldest of them was written, by this process's clock; it grows between two looks."""
        return age_of(self._since, self._now)
