"""How many deliveries wait, and since when, for the metrics: of receivers that answer, and of those that fail.

Deliveries to a receiver that is down wait for days, which is the receiver's fault; it is ours when others wait.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from goldenthread.runtime.clock import Clock, age_of, utc_now
from goldenthread.runtime.observability import metrics
from goldenthread.runtime.postgres.database import Pool
from goldenthread.runtime.postgres.repeated_look import LOOK_SECONDS, look_again_and_again

MOST = 10_000
"""Receivers that are looked at, and deliveries of those that answer, and of those that fail, at most."""
# Receiver by receiver, with one row of the index for each: many messages to one that is down hide none of the others.
# ORDER and LIMIT within, so that only the index is read, however many deliveries the table has.
QUERY = """
    WITH RECURSIVE receivers AS (
        (SELECT organization, webhook, 1 AS place FROM deliveries WHERE state = 'PENDING'
         ORDER BY organization, webhook LIMIT 1)
        UNION ALL
        SELECT next.organization, next.webhook, place + 1 FROM receivers AS r CROSS JOIN LATERAL (
            SELECT organization, webhook FROM deliveries
            WHERE state = 'PENDING' AND (organization, webhook) > (r.organization, r.webhook)
            ORDER BY organization, webhook LIMIT 1
        ) AS next WHERE place < $1
    ), waiting AS (
        SELECT organization, webhook, (
            SELECT failures > 0 FROM webhooks WHERE organization = r.organization AND id = r.webhook
        ) AS failing, (
            SELECT written_at FROM deliveries
            WHERE organization = r.organization AND webhook = r.webhook AND state = 'PENDING' ORDER BY number LIMIT 1
        ) AS since FROM receivers AS r
    )
    SELECT kind.failing, (SELECT min(since) FROM waiting WHERE failing = kind.failing) AS since, (
        SELECT count(*) FROM (
            SELECT FROM waiting AS w CROSS JOIN LATERAL (
                SELECT FROM deliveries
                WHERE organization = w.organization AND webhook = w.webhook AND state = 'PENDING'
                ORDER BY number LIMIT $1
            ) AS each WHERE w.failing = kind.failing LIMIT $1
        ) AS counted
    ) AS deliveries
    FROM (VALUES (false), (true)) AS kind (failing)
"""
_RECEIVERS = {False: "answering", True: "failing"}


@dataclass(frozen=True)
class _Waiting:
    deliveries: int = 0
    since: datetime | None = None


class PendingDeliveries:
    """The numbers of one database: `run` until cancelled."""

    def __init__(self, pool: Pool, now: Clock = utc_now) -> None:
        self._pool, self._now = pool, now
        self._found = dict.fromkeys(_RECEIVERS, _Waiting())

    async def run(self, seconds: float = LOOK_SECONDS) -> None:
        """Look every few seconds; the metrics show the numbers of the last look."""
        for failing, name in _RECEIVERS.items():
            metrics.PENDING_DELIVERIES.follow(lambda failing=failing: self.count(failing), name)  # type: ignore[misc]
            metrics.PENDING_AGE.follow(lambda failing=failing: self.age(failing), name)  # type: ignore[misc]
        try:
            await look_again_and_again(self.look, "pending deliveries", seconds)
        finally:
            for name in _RECEIVERS.values():
                metrics.PENDING_DELIVERIES.forget(name)
                metrics.PENDING_AGE.forget(name)

    async def look(self) -> None:
        """Ask the database."""
        rows = await self._pool.fetch(QUERY, MOST)
        found = {row["failing"]: _Waiting(row["deliveries"], row["since"]) for row in rows}
        self._found = dict.fromkeys(_RECEIVERS, _Waiting()) | found

    def count(self, failing: bool) -> int:
        """Deliveries that wait, of receivers whose last attempt failed, or of the others."""
        return self._found[failing].deliveries

    def age(self, failing: bool) -> float:
        """Seconds since the oldest of them was written, by this process's clock."""
        return age_of(self._found[failing].since, self._now)
