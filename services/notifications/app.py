"""notifications, put together."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from starlette.applications import Starlette

from goldenthread.contracts.events import alignment, goals
from goldenthread.contracts.topics import ALERTS, ALIGNMENT, GOALS, dead_letter_topic
from goldenthread.runtime.clock import new_id, utc_now
from goldenthread.runtime.consumer.faststream_broker import open_broker
from goldenthread.runtime.consumer.subscription import consuming, upstream_checks
from goldenthread.runtime.consumer.upstream_http import HttpUpstream
from goldenthread.runtime.idempotency import answers_store
from goldenthread.runtime.identity.verifier import Verifier
from goldenthread.runtime.kafka import clients as kafka
from goldenthread.runtime.kafka.clients import make_producer, partition_of
from goldenthread.runtime.keys.purposes import WEBHOOKS
from goldenthread.runtime.observability import health
from goldenthread.runtime.observability.failures import background
from goldenthread.runtime.outbox.relay import Relay
from goldenthread.runtime.outbox.unpublished_events import UnpublishedEvents
from goldenthread.runtime.postgres import database
from goldenthread.runtime.process.process_database import process_database
from goldenthread.runtime.process.process_keys import keys_check, process_keys
from goldenthread.runtime.process.process_tokens import process_tokens
from goldenthread.runtime.projection import Merge, Pace, Projection
from goldenthread.runtime.web.client import http_client
from goldenthread.runtime.web.error_pages import HANDLERS
from services.notifications import api, subscribers
from services.notifications.alert_commands import AlertCommands
from services.notifications.alerts_store import AlertStore, show_alerts_from_start
from services.notifications.handlers import AlertsFold
from services.notifications.login_lookup import LoginLookup
from services.notifications.migrations import MIGRATIONS
from services.notifications.open_alerts import show_open_alerts
from services.notifications.restore_watch import RestoreWatch
from services.notifications.settings import Settings
from services.notifications.subscribers import NAME
from services.notifications.webhooks.delivery_loop import DeliveryLoop
from services.notifications.webhooks.name_lookup import open_resolver
from services.notifications.webhooks.pending_deliveries import PendingDeliveries
from services.notifications.webhooks.secret_upkeep import SecretUpkeep
from services.notifications.webhooks.sender import Sender, webhook_client
from services.notifications.webhooks.targets import TargetPolicy
from services.notifications.webhooks.webhook_secrets import WebhookCipher

TOPICS = (GOALS, ALIGNMENT, ALERTS, dead_letter_topic(GOALS), dead_letter_topic(ALIGNMENT))


@asynccontextmanager
async def build(settings: Settings) -> AsyncIterator[Starlette]:
    """The running service: folds goals and alignment, relays its outbox, answers HTTP; all ends with the block."""
    keyring = process_keys(settings.keys_file, WEBHOOKS)
    async with (
        process_database(settings, MIGRATIONS) as pool,
        process_tokens(settings) as own,
        http_client(own.services, settings.http_ca_file) as internal,
        http_client() as client,
        webhook_client() as outward,
        open_resolver() as lookups,
        open_broker(settings, NAME, TOPICS, own.kafka) as broker,
    ):
        relay = Relay(pool, lambda: make_producer(settings, NAME, own.kafka), ALERTS)
        targets = TargetPolicy(lookups, settings.webhook_private)
        cipher = WebhookCipher(keyring)
        deliveries = DeliveryLoop(pool, cipher, Sender(outward, targets), settings.webhook_retry_seconds)
        wake = partial(_wake, relay, deliveries)
        alerts = AlertStore(pool, wake)
        show_alerts_from_start()
        restored = RestoreWatch(pool, upstream := HttpUpstream(internal, settings.goals_url))
        projection = Projection(
            fold=AlertsFold(),
            store=alerts,
            merge=Merge(goals.SOURCE, (alignment.SOURCE,)),
            upstreams={
                goals.SOURCE: upstream,
                alignment.SOURCE: HttpUpstream(internal, settings.alignment_url),
            },
            report=subscribers.dead_letters(broker),
            partition_of=partial(partition_of, partitions=settings.partitions),
            pace=Pace(in_memory=settings.held, held_weight=settings.held_weight),
        )
        subscription = subscribers.subscribe(broker, settings, projection)

        await answers_store.set_missing_issuers(pool, settings.own_issuer.id)
        verifier = Verifier.of(client, settings)
        logins = LoginLookup(internal, settings.goals_url)
        commands = AlertCommands(alerts, logins, targets, cipher, wake, utc_now, new_id)
        needed = {"database": health.named_check("PostgreSQL", database.database_check(pool))}
        besides = {
            "broker": health.named_check("the broker", kafka.broker_check(settings, NAME, TOPICS, own.kafka)),
            **upstream_checks(projection),
            **own.checks,
            **{"encryption keys": keys_check(keyring), "restored backup": restored.check},
        }
        routes = [*health.routes(needed, besides), *api.routes(pool, verifier, commands, alerts.revision_waits)]
        async with (
            background(
                asyncio.create_task(relay.run(), name="relay"),
                asyncio.create_task(projection.run(), name="heads"),
                *alerts.tasks(),
                asyncio.create_task(show_open_alerts(pool), name="figures"),
                asyncio.create_task(UnpublishedEvents(pool, ALERTS).run(), name="unpublished events"),
                asyncio.create_task(restored.run(), name="restored backup"),
                *_webhook_tasks(pool, cipher, deliveries),
            ),
            consuming(broker, subscription),
        ):
            yield Starlette(routes=routes, exception_handlers=HANDLERS)
        await projection.close()


def _wake(relay: Relay, deliveries: DeliveryLoop) -> None:
    """There is something to publish, and perhaps to deliver."""
    relay.wake()
    deliveries.wake()


def _webhook_tasks(pool: database.Pool, cipher: WebhookCipher, deliveries: DeliveryLoop) -> list[asyncio.Task[None]]:
    upkeep = SecretUpkeep(pool, cipher, deliveries.wake)
    return [
        asyncio.create_task(deliveries.run(), name="deliveries"),
        asyncio.create_task(PendingDeliveries(pool).run(), name="pending deliveries"),
        asyncio.create_task(upkeep.run(), name="secrets"),
    ]
