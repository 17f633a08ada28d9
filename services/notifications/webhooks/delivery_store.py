"""SQL of the sender: which receivers are leased, what is sent to them next, and what became of it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import timedelta

import asyncpg
from msgspec import Struct

from goldenthread.contracts.entities import Id
from goldenthread.runtime.idempotency import answers_store
from goldenthread.runtime.keys.keyring import CannotDecrypt
from goldenthread.runtime.postgres.database import Pool
from services.notifications.webhooks.webhook_secrets import WebhookCipher
from services.notifications.webhooks.webhook_store import WebhookEndpoint, secrets_of

# `waiting`: receiver by receiver, one row of an index for each, so that those for whom nothing waits cost nothing.
_LEASE = """
    WITH RECURSIVE running AS (
        SELECT * FROM unnest($1::text[], $2::boolean[], $3::int[]) AS r (organization, slow, count)),
    waiting AS (
        (SELECT organization, webhook FROM deliveries WHERE state = 'PENDING' ORDER BY organization, webhook LIMIT 1)
        UNION ALL
        SELECT next.organization, next.webhook FROM waiting CROSS JOIN LATERAL (
            SELECT d.organization, d.webhook FROM deliveries d
            WHERE d.state = 'PENDING' AND (d.organization, d.webhook) > (waiting.organization, waiting.webhook)
            ORDER BY d.organization, d.webhook LIMIT 1) next),
    due AS (
        SELECT w.organization, w.id, w.slow, greatest(w.leased_until, first.due_at) AS since, w.failures,
               row_number() OVER (PARTITION BY w.organization, w.slow ORDER BY w.leased_until, w.id) AS place
        FROM waiting JOIN webhooks w ON w.organization = waiting.organization AND w.id = waiting.webhook
        CROSS JOIN LATERAL (
            SELECT d.due_at FROM deliveries d WHERE d.organization = w.organization AND d.webhook = w.id
            AND d.state = 'PENDING' AND d.due_at <= now() ORDER BY d.number LIMIT 1) first
        WHERE w.leased_until <= now() AND w.disabled_at IS NULL AND w.kid = ANY($11::text[])),
    troubled AS (
        SELECT organization, count(*) AS slow_ones FROM webhooks
        WHERE slow AND organization IN (SELECT organization FROM due) GROUP BY organization),
    placed AS (
        SELECT due.*, place + coalesce(running.count, 0) AS of_organization,
               since + interval '1 minute' * (least(failures, 5) + least(coalesce(slow_ones, 0), 5)) AS behind
        FROM due LEFT JOIN running USING (organization, slow) LEFT JOIN troubled USING (organization)),
    queued AS (
        SELECT placed.*, row_number() OVER (PARTITION BY slow ORDER BY of_organization, behind, organization) AS turn
        FROM placed WHERE of_organization <= CASE WHEN slow THEN $7::int ELSE $5::int END),
    leased AS (
        SELECT w.organization, w.id FROM webhooks w JOIN queued q USING (organization, id)
        WHERE q.turn <= CASE WHEN q.slow THEN $6::int ELSE $4::int END AND w.leased_until <= now()
        FOR UPDATE OF w SKIP LOCKED)
    UPDATE webhooks w SET holder = $8, leased_until = now() + CASE WHEN w.slow THEN $10::interval ELSE $9::interval END
    FROM leased c WHERE w.organization = c.organization AND w.id = c.id
    RETURNING w.organization, w.id, w.url, w.unit, w.secret, w.kid, w.encrypted, w.slow, w.failures
"""
_NEXT = """
    WITH held AS (
        UPDATE webhooks SET leased_until = now() + $4 WHERE organization = $1 AND id = $2 AND holder = $3
        AND disabled_at IS NULL RETURNING id),
    next AS (
        SELECT d.message FROM deliveries d WHERE d.organization = $1 AND d.webhook = $2
        AND d.state = 'PENDING' AND d.due_at <= now() AND NOT EXISTS (
            SELECT FROM deliveries e WHERE e.organization = $1 AND e.webhook = $2 AND e.alert = d.alert
            AND e.state = 'PENDING' AND e.number < d.number)
        ORDER BY d.attempts, d.number LIMIT 1)
    UPDATE deliveries d SET attempts = d.attempts + 1 FROM held, next
    WHERE d.organization = $1 AND d.webhook = $2 AND d.message = next.message
    RETURNING d.message, d.body, d.attempts, d.traceparent
"""
_DONE = """
    WITH done AS (
        UPDATE deliveries SET state = $5, problem = $6, due_at = now() + $7, changed_at = now()
        WHERE organization = $1 AND webhook = $2 AND message = $3 AND attempts = $4 AND state = 'PENDING'
        RETURNING alert, number, due_at)
    UPDATE deliveries d SET due_at = done.due_at FROM done
    WHERE d.organization = $1 AND d.webhook = $2 AND d.alert = done.alert AND d.state = 'PENDING'
    AND d.number > done.number AND d.due_at < done.due_at AND $7 > interval '0'
"""
_RELEASE = """
    UPDATE webhooks SET leased_until = now() + $4, failures = $5, slow = $6, holder = NULL
    WHERE organization = $1 AND id = $2 AND holder = $3
"""
_DISABLE = """
    WITH gone AS (
        UPDATE webhooks SET disabled_at = now(), disabled_reason = 'RECEIVER_GONE'
        WHERE organization = $1 AND id = $2 AND holder = $3 RETURNING id)
    UPDATE deliveries d SET state = 'GIVEN_UP', problem = $4, changed_at = now() FROM gone
    WHERE d.organization = $1 AND d.webhook = $2 AND d.state = 'PENDING'
"""
_UNREADABLE = """
    UPDATE webhooks SET unreadable_since = coalesce(unreadable_since, now()), leased_until = now() + $4, holder = NULL
    WHERE organization = $1 AND id = $2 AND holder = $3
"""
_GIVE_UP_OLD = """
    WITH old AS MATERIALIZED (
        SELECT organization, webhook, message FROM deliveries
        WHERE state = 'PENDING' AND written_at < now() - $1::interval
        ORDER BY written_at LIMIT $2 FOR NO KEY UPDATE SKIP LOCKED
    )
    UPDATE deliveries AS d SET state = 'GIVEN_UP', changed_at = now(), problem = coalesce(problem, 'not sent in time')
    FROM old WHERE (d.organization, d.webhook, d.message) = (old.organization, old.webhook, old.message)
"""
_DELETE_ENDED = """
    WITH old AS MATERIALIZED (
        SELECT organization, webhook, message FROM deliveries
        WHERE state <> 'PENDING' AND changed_at < now() - $1::interval
        ORDER BY changed_at LIMIT $2 FOR UPDATE SKIP LOCKED
    )
    DELETE FROM deliveries AS d USING old
    WHERE (d.organization, d.webhook, d.message) = (old.organization, old.webhook, old.message)
"""
_TOO_OLD = timedelta(days=3)
_KEPT = timedelta(days=30)
"""How long a delivery that has ended is kept."""
_BATCH = 1_000
"""Deliveries that one statement gives up or deletes."""
_UNREADABLE_PAUSE = timedelta(seconds=10)
"""In which a webhook that this process could not decrypt is left to the others."""


class Lane(Struct, frozen=True):
    """What attempts to receivers of one kind may take: `slots` in all, so many of them one organization's, and
    `seconds` for each attempt.
    """

    slots: int
    per_organization: int
    seconds: float

    @property
    def hold(self) -> timedelta:
        """How long a process has a receiver after it has last shown that it lives: longer than an attempt lasts."""
        return timedelta(seconds=self.seconds + 5)


class ReceiverLease(Struct, frozen=True):
    """A receiver that this process alone delivers to for a moment, as long as `holder` is its holder."""

    organization: Id
    webhook: WebhookEndpoint
    holder: str
    slow: bool
    failures: int


class Message(Struct, frozen=True):
    """What is sent next, which attempt that is, from 1, and the trace context of the event that it is about."""

    id: str
    body: str
    attempt: int
    traceparent: str | None = None


class DeliveryUpdate(Struct, frozen=True):
    """What became of an attempt: the delivery's state, the problem, and the pause before the next attempt."""

    state: str
    problem: str | None
    pause: timedelta


async def lease_receivers(
    pool: Pool, cipher: WebhookCipher, prompt: Lane, slow: Lane, running: Mapping[tuple[Id, bool], int]
) -> list[ReceiverLease]:
    """Lease receivers with something due, up to the free slots of both lanes.

    First comes the organization with the least in flight; then who has waited longest, where each failure of a receiver
    and each slow receiver of its organization counts as a minute less, five minutes at most: so nobody waits for ever.
    `running` are the attempts of this process, by (organization, slow). A webhook whose key this process does not have
    is left to the others; one that it cannot decrypt is noted, for `SecretUpkeep`.
    """
    taken = {lane: sum(count for (_, is_slow), count in running.items() if is_slow is lane) for lane in (False, True)}
    if taken[False] >= prompt.slots and taken[True] >= slow.slots:
        return []
    holder = uuid.uuid4().hex
    rows = await pool.fetch(
        _LEASE,
        [organization for organization, _ in running],
        [is_slow for _, is_slow in running],
        list(running.values()),
        prompt.slots - taken[False],
        prompt.per_organization,
        slow.slots - taken[True],
        slow.per_organization,
        holder,
        prompt.hold,
        slow.hold,
        cipher.kids,
    )
    leases = [await _lease_of(pool, cipher, row, holder) for row in rows]
    return [each for each in leases if each is not None]


async def _lease_of(pool: Pool, cipher: WebhookCipher, row: asyncpg.Record, holder: str) -> ReceiverLease | None:
    """The lease of a receiver; None when its secrets cannot be decrypted, which is then noted."""
    try:
        found = secrets_of(row, cipher)
    except CannotDecrypt:
        await pool.execute(_UNREADABLE, row["organization"], row["id"], holder, _UNREADABLE_PAUSE)
        return None
    webhook = WebhookEndpoint(row["id"], found.url, row["unit"], found.secret)
    return ReceiverLease(row["organization"], webhook, holder, row["slow"], row["failures"])


async def next_message(pool: Pool, lease: ReceiverLease, hold: timedelta) -> Message | None:
    """The next message that is due, of which no earlier one about its alert waits; and hold the receiver on.

    What failed least comes first: a message that a receiver cannot digest is not the next one again and again.
    None when there is none, or the receiver is no longer ours: another process has leased it, or it is gone.
    """
    row = await pool.fetchrow(_NEXT, lease.organization, lease.webhook.id, lease.holder, hold)
    return None if row is None else Message(row["message"], row["body"], row["attempts"], row["traceparent"])


async def update_delivery(pool: Pool, lease: ReceiverLease, message: Message, update: DeliveryUpdate) -> None:
    """Write down what became of an attempt; what waits behind a message waits as long as it does."""
    where = (lease.organization, lease.webhook.id, message.id, message.attempt)
    await pool.execute(_DONE, *where, update.state, update.problem, update.pause)


async def release(pool: Pool, lease: ReceiverLease, pause: timedelta, failures: int, slow: bool) -> None:
    """Let a receiver go, for at least `pause`, with how it fared."""
    await pool.execute(
        _RELEASE,
        lease.organization,
        lease.webhook.id,
        lease.holder,
        pause,
        failures,
        slow,
    )


async def disable(pool: Pool, lease: ReceiverLease, problem: str | None) -> None:
    """Send nothing more to a receiver, and give up what waits."""
    await pool.execute(_DISABLE, lease.organization, lease.webhook.id, lease.holder, problem)


async def delete_old(pool: Pool, batch: int = _BATCH) -> None:
    """Give up what has waited for three days; delete answers under keys, and ended deliveries, older than thirty.

    Each statement takes `batch` rows, those that waited longest: after a long pause there may be millions. Rows that
    another transaction has locked are left for the next time.
    """
    await answers_store.delete_expired(pool)
    for statement, age in ((_GIVE_UP_OLD, _TOO_OLD), (_DELETE_ENDED, _KEPT)):
        changed = batch
        while changed == batch:
            done: str = await pool.execute(statement, age, batch)
            changed = int(done.rpartition(" ")[2])
