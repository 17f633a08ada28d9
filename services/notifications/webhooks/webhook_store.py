"""SQL of webhooks and of what is delivered to them; the deliveries are written with the events they carry."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

import asyncpg
from msgspec import Struct

from goldenthread.contracts.entities import Id
from goldenthread.contracts.enums import WebhookDisabledReason
from goldenthread.contracts.envelope import Event, events_from_json
from goldenthread.contracts.events.alerts import AlertResolved, AlertState
from goldenthread.contracts.read_api import WebhookStatus
from goldenthread.contracts.secret import Secret
from goldenthread.organization.organization import Organization
from goldenthread.runtime.keys.keyring import CannotDecrypt, EncryptedSecret
from goldenthread.runtime.outbox import store as outbox
from goldenthread.runtime.postgres.database import Connection, Pool
from services.notifications import alert_events
from services.notifications.webhooks.webhook_secrets import WebhookCipher, WebhookSecrets, shown_url

_DELIVER = """
    INSERT INTO deliveries (organization, webhook, message, alert, body, traceparent, due_at)
    SELECT $1, n.webhook, n.message, n.alert, n.body, n.traceparent, greatest(now(), (
        SELECT max(d.due_at) FROM deliveries d
        WHERE d.organization = $1 AND d.webhook = n.webhook AND d.alert = n.alert AND d.state = 'PENDING'))
    FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[]) WITH ORDINALITY
         AS n (webhook, message, alert, body, traceparent, place)
    ORDER BY n.place ON CONFLICT DO NOTHING
"""
"""What waits behind a message about the same alert is not due before it."""
_WANTING = """
    SELECT id, unit FROM webhooks
    WHERE organization = $1 AND (disabled_at IS NULL OR disabled_reason = 'SECRETS_UNREADABLE')
"""
"""A webhook whose secrets cannot be decrypted now is sent what it missed, once they can be again."""
_ADD = """
    INSERT INTO webhooks (organization, id, url, unit, added_by, added_at, kid, encrypted, encrypted_at, busy_until)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, now(), 'infinity')
"""
_STATUSES = """
    SELECT w.organization, w.id, w.url, w.secret, w.kid, w.encrypted, w.unreadable_since,
           w.unit, w.added_by, w.added_at, w.disabled_at, w.disabled_reason,
           count(*) FILTER (WHERE d.state = 'PENDING') AS pending,
           count(*) FILTER (WHERE d.state = 'DELIVERED') AS delivered,
           count(*) FILTER (WHERE d.state = 'GIVEN_UP') AS given_up,
           (array_agg(d.problem ORDER BY d.changed_at DESC) FILTER (WHERE d.problem IS NOT NULL))[1] AS problem
    FROM webhooks w LEFT JOIN deliveries d ON d.organization = w.organization AND d.webhook = w.id
    WHERE w.organization = $1 GROUP BY w.organization, w.id ORDER BY w.added_at, w.id
"""


class WebhookEndpoint(Struct, frozen=True):
    """Where alerts go: those addressed to `unit` or a unit below it, or all of them. `secret` signs them."""

    id: Id
    url: Secret
    unit: Id | None
    secret: Secret


class DeliveredHistory(Struct, frozen=True):
    """What the stream that is about to be replaced has delivered: messages, up to which commit, and open alerts."""

    messages: set[str]
    basis: int
    open: Mapping[alert_events.Opening, bool]

    def news(self, events: Sequence[Event]) -> Iterator[Event]:
        """The events of the new stream that are to be delivered: those after the old stream, and where the ends differ.

        History that other code sees otherwise is not delivered again: only alerts that are open now and were not known,
        and the end of those that were left open.
        """
        over = {alert_events.opening(event): event.data.alert.state is AlertState.RESOLVED for event in events}
        for event in events:
            opening = alert_events.opening(event)
            was = self.open.get(opening)
            ahead = (event.basis or 0) >= self.basis
            found = was is None and not over[opening]
            ended = was is True and isinstance(event.data, AlertResolved)
            if (ahead or found or ended) and alert_events.message_id(event) not in self.messages:
                yield event


async def delivered_history(connection: Connection, organization: Id) -> DeliveredHistory:
    """What the stored stream has delivered."""
    rows = await connection.fetch(
        "SELECT attributes, data FROM outbox WHERE organization = $1 ORDER BY sequence", organization
    )
    events = [event for row in rows for event in events_from_json(b"[" + outbox.stored_row_json(row) + b"]")]
    head = await outbox.head(connection, organization)
    open = {alert_events.opening(event): event.data.alert.state is not AlertState.RESOLVED for event in events}
    return DeliveredHistory({alert_events.message_id(event) for event in events}, head.judged or 0, open)


def units_above(org: Organization, units: Iterable[Id | None]) -> dict[Id, frozenset[Id]]:
    """Each of these units with itself and the units above it: whose webhooks hear of alerts addressed to it."""
    return {unit: frozenset(each.id for each in org.ancestors(unit)) for unit in units if unit}


async def queue_deliveries(
    connection: Connection, organization: Id, events: Sequence[Event], above: Mapping[Id, frozenset[Id]]
) -> int:
    """Queue events for the webhooks that they concern; `above`: units above the addressees. How many were queued."""
    if not events:
        return 0
    rows = await connection.fetch(_WANTING, organization)
    wanted = [(row["id"], event) for event in events for row in rows if _concerns(row["unit"], event, above)]
    if wanted:
        await connection.execute(
            _DELIVER,
            organization,
            [webhook for webhook, _ in wanted],
            [alert_events.message_id(event) for _, event in wanted],
            [event.subject for _, event in wanted],
            [alert_events.message_body(event) for _, event in wanted],
            [event.traceparent for _, event in wanted],
        )
    return len(wanted)


def _concerns(unit: Id | None, event: Event, above: Mapping[Id, frozenset[Id]]) -> bool:
    return unit is None or unit in above.get(event.data.alert.addressee or "", ())


async def add(
    connection: Connection, cipher: WebhookCipher, organization: Id, webhook: WebhookEndpoint, by: Id, at: datetime
) -> None:
    """Deliver to `webhook` from the next event on."""
    stored = cipher.encrypt(organization, webhook.id, WebhookSecrets(webhook.url, webhook.secret))
    shown = shown_url(webhook.url)
    await connection.execute(_ADD, organization, webhook.id, shown, webhook.unit, by, at, stored.kid, stored.data)


async def remove(connection: Connection, organization: Id, webhook: Id) -> bool:
    """Forget a webhook and whatever was to be delivered to it; False when there is none."""
    done = await connection.fetchval(
        "DELETE FROM webhooks WHERE organization = $1 AND id = $2 RETURNING true", organization, webhook
    )
    return bool(done)


async def secret(connection: Connection, cipher: WebhookCipher, organization: Id, webhook: Id) -> Secret | None:
    """A webhook's secret; None when the webhook is gone. Raises `CannotDecrypt`."""
    row = await connection.fetchrow(
        "SELECT organization, id, url, secret, kid, encrypted FROM webhooks WHERE organization = $1 AND id = $2",
        organization,
        webhook,
    )
    return None if row is None else secrets_of(row, cipher).secret


def secrets_of(row: asyncpg.Record, cipher: WebhookCipher) -> WebhookSecrets:
    """The secrets in a row of `webhooks`, perhaps stored as they are by a release before. Raises `CannotDecrypt`."""
    if row["kid"] is None:
        return WebhookSecrets(Secret(row["url"]), Secret(row["secret"]))
    return cipher.decrypt(row["organization"], row["id"], EncryptedSecret(row["kid"], row["encrypted"]))


async def statuses(connection: Connection | Pool, cipher: WebhookCipher, organization: Id) -> list[WebhookStatus]:
    """Every webhook, the oldest first, with how its deliveries fare."""
    return [_status(row, cipher) for row in await connection.fetch(_STATUSES, organization)]


def _status(row: asyncpg.Record, cipher: WebhookCipher) -> WebhookStatus:
    reason = row["disabled_reason"] or ("RECEIVER_GONE" if row["disabled_at"] is not None else None)
    url, problem = row["url"], row["problem"]
    try:
        url = secrets_of(row, cipher).url.reveal()
    except CannotDecrypt as error:
        problem = unreadable_problem(error)
    return WebhookStatus(
        id=row["id"],
        url=url,
        unit=row["unit"],
        added_by=row["added_by"],
        added_at=row["added_at"],
        disabled_at=row["disabled_at"],
        pending=row["pending"],
        delivered=row["delivered"],
        given_up=row["given_up"],
        problem=problem,
        disabled_reason=None if reason is None else WebhookDisabledReason(reason),
    )


def unreadable_problem(error: CannotDecrypt) -> str:
    """For an administrator of the organization: why nothing is sent to a webhook, and what to do."""
    return (
        f"The URL and the signing key of this webhook cannot be decrypted: {error}. Nothing is sent until whoever runs"
        " this installation restores the key; or remove this webhook and add it again, which makes a new signing key."
    )
