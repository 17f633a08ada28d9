"""goals, put together."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette

from goldenthread.contracts.topics import GOALS
from goldenthread.runtime.clock import new_id, utc_now
from goldenthread.runtime.identity.verifier import Verifier
from goldenthread.runtime.kafka import clients as kafka
from goldenthread.runtime.kafka.clients import make_producer
from goldenthread.runtime.observability import health
from goldenthread.runtime.observability.failures import background
from goldenthread.runtime.outbox.relay import Relay
from goldenthread.runtime.outbox.unpublished_events import UnpublishedEvents
from goldenthread.runtime.postgres import database
from goldenthread.runtime.process import garbage_collection
from goldenthread.runtime.process.process_database import process_database
from goldenthread.runtime.process.process_tokens import process_tokens
from goldenthread.runtime.web.client import http_client
from goldenthread.runtime.web.error_pages import HANDLERS
from services.goals import api, sign_in_api
from services.goals.handlers import Goals
from services.goals.head_state_cache import HeadStateCache
from services.goals.migrations import MIGRATIONS
from services.goals.settings import Settings
from services.goals.stores import names_store
from services.goals.timekeeper import Timekeeper

NAME = "goldenthread-goals"


@asynccontextmanager
async def build(settings: Settings) -> AsyncIterator[Starlette]:
    """The running service: answers HTTP, relays its outbox, keeps the clock; all of it ends with the block."""
    limits = settings.database_limits
    garbage_collection.configure()  # organizations are large and live long, and an import makes millions of objects
    async with (
        process_database(settings, MIGRATIONS) as pool,
        http_client() as client,
        process_tokens(settings) as own,
    ):
        relay = Relay(pool, lambda: make_producer(settings, NAME, own.kafka), GOALS)
        cache = HeadStateCache(settings.held, limits.lock)
        mail = settings.invitation_email_issuer
        trusted = [each.id for each in settings.trusted_issuers]
        goals = Goals(pool, cache, relay.wake, utc_now, new_id, settings.own_issuer.id, limits, mail, trusted)
        await names_store.set_missing_issuers(pool, goals.issuer)
        verifier = Verifier.of(client, settings)

        needed = {"database": health.named_check("PostgreSQL", database.database_check(pool))}
        ping = kafka.broker_check(settings, NAME, (GOALS,), own.kafka)
        besides = {"broker": health.named_check("the broker", ping), **own.checks}
        routes = [
            *health.routes(needed, besides),
            *api.routes(pool, verifier, goals),
            *sign_in_api.routes(verifier, goals),
        ]
        async with background(
            asyncio.create_task(relay.run(), name="relay"),
            asyncio.create_task(UnpublishedEvents(pool, GOALS).run(), name="unpublished events"),
            asyncio.create_task(goals.endings.purge.run(), name="purge"),
            asyncio.create_task(Timekeeper(pool, goals, utc_now).run(), name="clock"),
        ):
            yield Starlette(routes=routes, exception_handlers=HANDLERS)
