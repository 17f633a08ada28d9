"""What five years leave behind in one organization, and what the repeated work costs then.

Rows as after five years are put into an embedded PostgreSQL: 2,000,000 events, 100,000 resolved alerts, the health of
200 units on each day, and a month of answers and deliveries. Then the statements that are repeated, and the
loads of the organization, are measured.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime
from time import perf_counter
from typing import Any

import msgspec
import uvloop

from benchmarks._folder import temporary
from goldenthread.contracts.events.alerts import Alert, AlertKind, AlertState
from goldenthread.contracts.events.alignment import AlignmentHealth
from goldenthread.launcher.postgres import Postgres
from goldenthread.runtime.outbox import store as outbox
from goldenthread.runtime.postgres.database import Pool, open_pool
from goldenthread.runtime.postgres.migrations import SHARED
from services.alignment import migrations as alignment
from services.alignment.stores import figures_store
from services.notifications import alerts_store
from services.notifications import migrations as notifications
from services.notifications.open_alerts import _COUNT
from services.notifications.webhooks import delivery_store
from tests.support.process_memory import megabytes

ORGANIZATION = "org_1"
EVENTS, ALERTS, UNITS, DAYS, ANSWERS = 2_000_000, 100_000, 200, 5 * 365, 1_000_000
_DUE = 50_000
"""Answers and deliveries that are to be deleted at once: what came in an hour of a busy installation, and more."""


def measure() -> dict[str, float]:
    """Milliseconds, unless another unit is named."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_measure())


async def _measure() -> dict[str, float]:
    found: dict[str, float] = {}
    with temporary() as folder:
        async with Postgres(folder, databases=["notifications", "alignment"]) as server:
            async with open_pool(server.url("notifications"), 4, SHARED, notifications.MIGRATIONS) as pool:
                await _fill_notifications(pool)
                found |= await _of_notifications(pool)
            async with open_pool(server.url("alignment"), 4, SHARED, alignment.MIGRATIONS) as pool:
                await _fill_alignment(pool)
                found |= await _of_alignment(pool)
    return found


async def _timed(what: str, work: Callable[[], Awaitable[Any]]) -> dict[str, float]:
    """The shortest of three."""
    took = []
    for _ in range(3):
        started = perf_counter()
        await work()
        took.append(perf_counter() - started)
    return {what: min(took) * 1000}


async def _fill_notifications(pool: Pool) -> None:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    alert = Alert(
        "alert_0",
        AlertKind.GOAL_ORPHANED,
        AlertState.RESOLVED,
        "objective_0",
        "unit_0",
        [f"objective_{number:024}" for number in range(3)],
        "3 objectives of this unit have no path to the purpose any more since a link was declined.",
        "Link the objective to another why, or close it.",
        at,
        resolved_at=at,
    )
    encoded = msgspec.json.encode(alert).decode()
    await pool.execute("INSERT INTO streams (organization, sequence, id) VALUES ($1, $2, 'last')", ORGANIZATION, ALERTS)
    await pool.execute(
        """INSERT INTO alerts (organization, id, alert, resolved)
           SELECT $1, 'alert_' || n, jsonb_set($2::jsonb, '{id}', to_jsonb('alert_' || n)), true
           FROM generate_series(1, $3) AS n""",
        ORGANIZATION,
        encoded,
        ALERTS,
    )
    await pool.execute(
        """INSERT INTO acknowledgements (organization, alert, by, at, note, basis)
           SELECT $1, 'alert_' || n, 'person_1', now(), 'seen', n FROM generate_series(1, $2, 2) AS n""",
        ORGANIZATION,
        ALERTS,
    )
    await pool.execute(
        """INSERT INTO answers (organization, issuer, actor, key, input, answer, at)
           SELECT $1, 'i', 'person_' || n % 500, n::text, decode(md5(n::text), 'hex'), '{"revision": 1}'::bytea,
                  now() - interval '29 days' * (n::float / $2) FROM generate_series(1, $2) AS n""",
        ORGANIZATION,
        ANSWERS,
    )
    await pool.execute(
        "INSERT INTO webhooks (organization, id, url, added_at) VALUES ($1, 'hook', 'u', now())", ORGANIZATION
    )
    await pool.execute(
        """INSERT INTO deliveries (organization, webhook, message, body, state, changed_at)
           SELECT $1, 'hook', n::text, repeat('x', 500), 'DELIVERED', now() - interval '29 days' * (n::float / $2)
           FROM generate_series(1, $2) AS n""",
        ORGANIZATION,
        ANSWERS // 4,
    )
    await pool.execute("VACUUM ANALYZE")


async def _of_notifications(pool: Pool) -> dict[str, float]:
    store = alerts_store.AlertStore(pool, lambda: None)
    found = await _timed("notifications: an organization is loaded", lambda: store.load(ORGANIZATION))
    found |= await _timed("notifications: open alerts are counted", lambda: pool.fetch(_COUNT))
    found |= await _timed("notifications: nothing has expired", lambda: delivery_store.delete_old(pool))
    await pool.execute("UPDATE answers SET at = at - interval '30 days' WHERE key::int > $1", ANSWERS - _DUE)
    await pool.execute(
        "UPDATE deliveries SET changed_at = changed_at - interval '30 days' WHERE number > $1", ANSWERS // 4 - _DUE
    )
    started = perf_counter()
    await delivery_store.delete_old(pool)
    found[f"notifications: {_DUE:,} answers and deliveries are deleted"] = (perf_counter() - started) * 1000
    return found | await _gateway_load(pool)


async def _gateway_load(pool: Pool) -> dict[str, float]:
    """The alerts of the organization, as a gateway gets and keeps them."""
    body: list[bytes] = []

    async def send(message: Any) -> None:
        body.append(message.get("body", b""))

    started = perf_counter()
    await alerts_store.snapshot(pool, ORGANIZATION)({"type": "http"}, _nothing, send)
    sent = perf_counter() - started
    text = b"".join(body)
    before, started = megabytes(os.getpid()), perf_counter()
    _, *pages, _ = text.splitlines()
    decoder = msgspec.json.Decoder(dict[str, list[Alert]])
    kept = {alert.id: alert for page in pages for alert in decoder.decode(page)["page"]}
    took = perf_counter() - started
    return {
        "gateway: alerts are sent to it": sent * 1000,
        "gateway: alerts are decoded": took * 1000,
        "gateway: size of the snapshot of alerts, MB": len(text) / 1e6,
        f"gateway: {len(kept):,} alerts in memory, MiB": megabytes(os.getpid()) - before,
    }


async def _nothing() -> Any:
    await asyncio.Event().wait()


async def _fill_alignment(pool: Pool) -> None:
    health = msgspec.json.encode(AlignmentHealth(9, 5, 2, 1, 1, 0.5, 0.5, 2.0, 3.0)).decode()
    await pool.execute("INSERT INTO streams (organization, sequence, id) VALUES ($1, $2, 'last')", ORGANIZATION, EVENTS)
    await pool.execute(
        """INSERT INTO health_days (organization, day, unit, health)
           SELECT $1, date '2026-01-01' + n, CASE u WHEN 0 THEN '' ELSE 'unit_' || u END, $2::jsonb
           FROM generate_series(0, $3 - 1) AS n, generate_series(0, $4) AS u""",
        ORGANIZATION,
        health,
        DAYS,
        UNITS,
    )
    await pool.execute(
        """INSERT INTO outbox (organization, sequence, commit, id, type, subject, attributes, data)
           SELECT $1, n, n, n::text, 'verdict.changed', 'objective_' || n % 10000, '{}', '{}'::bytea
           FROM generate_series(1, $2) AS n""",
        ORGANIZATION,
        EVENTS,
    )
    await pool.execute("VACUUM ANALYZE")


async def _of_alignment(pool: Pool) -> dict[str, float]:
    async def days(unit: str | None, since: date) -> None:
        await figures_store.answer(pool, ORGANIZATION, unit, since)

    found = await _timed(
        "outbox: the last 1,000 of 2,000,000 events", lambda: outbox.page(pool, ORGANIZATION, EVENTS - 1_000, 1_000)
    )
    found |= await _timed("outbox: the head", lambda: outbox.head(pool, ORGANIZATION))
    found |= await _timed("figures: five years of the organization", lambda: days("", date(2026, 1, 1)))
    found |= await _timed("figures: five years of one unit", lambda: days("unit_7", date(2026, 1, 1)))
    found |= await _timed("figures: the last 90 days of all units", lambda: days(None, date(2030, 10, 3)))
    started = perf_counter()
    async with pool.acquire() as connection, connection.transaction():
        await outbox.clear(connection, ORGANIZATION)
        await connection.execute("DELETE FROM health_days WHERE organization = $1", ORGANIZATION)
    found["a new fold: what was stored is deleted"] = (perf_counter() - started) * 1000
    return found
