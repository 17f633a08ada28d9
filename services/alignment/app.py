"""alignment, put together."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from starlette.applications import Starlette

from goldenthread.contracts.events import goals
from goldenthread.contracts.topics import ALIGNMENT, GOALS, dead_letter_topic
from goldenthread.runtime.consumer.faststream_broker import open_broker
from goldenthread.runtime.consumer.subscription import consuming, upstream_checks
from goldenthread.runtime.consumer.upstream_http import HttpUpstream
from goldenthread.runtime.identity.verifier import Verifier
from goldenthread.runtime.kafka import clients as kafka
from goldenthread.runtime.kafka.clients import make_producer, partition_of
from goldenthread.runtime.observability import health
from goldenthread.runtime.observability.failures import background
from goldenthread.runtime.outbox.relay import Relay
from goldenthread.runtime.outbox.unpublished_events import UnpublishedEvents
from goldenthread.runtime.postgres import database
from goldenthread.runtime.process.process_database import process_database
from goldenthread.runtime.process.process_tokens import process_tokens
from goldenthread.runtime.projection import Merge, Pace, Projection
from goldenthread.runtime.web.client import http_client
from goldenthread.runtime.web.error_pages import HANDLERS
from services.alignment import api, subscribers
from services.alignment.handlers import AlignmentFold
from services.alignment.migrations import MIGRATIONS
from services.alignment.organization_metrics import show_organizations
from services.alignment.partition_by_size import SizePartition
from services.alignment.precompile import precompile
from services.alignment.settings import Settings
from services.alignment.stores.alignment_store import AlignmentStore
from services.alignment.subscribers import NAME

TOPICS = (GOALS, ALIGNMENT, dead_letter_topic(GOALS))


@asynccontextmanager
async def build(settings: Settings) -> AsyncIterator[Starlette]:
    """The running service: folds goals, relays its outbox, answers HTTP; all of it ends with the block."""
    await asyncio.to_thread(precompile)
    async with (
        process_database(settings, MIGRATIONS, derived=True) as pool,
        process_tokens(settings) as own,
        http_client(own.services, settings.http_ca_file) as internal,
        http_client() as client,
        open_broker(settings, NAME, TOPICS, own.kafka) as broker,
    ):
        partition = SizePartition(pool, settings.share)
        await partition.refresh()
        relays = [
            Relay(pool, lambda: make_producer(settings, NAME, own.kafka), ALIGNMENT, number)
            for number in partition.relays
        ]
        graphs = AlignmentStore(pool, relays[0].wake, settings.large)
        projection = Projection(
            fold=AlignmentFold(),
            store=graphs,
            merge=Merge(goals.SOURCE),
            upstreams={goals.SOURCE: HttpUpstream(internal, settings.goals_url)},
            report=subscribers.dead_letters(broker),
            partition_of=partial(partition_of, partitions=settings.partitions),
            share=partition.judges,
            pace=Pace(in_memory=settings.held, held_weight=settings.held_weight),
        )
        group = f"{NAME}-large" if partition.kind == "large" else NAME
        subscription = subscribers.subscribe(broker, settings, projection, group)

        verifier = Verifier.of(client, settings)
        needed = {"database": health.named_check("PostgreSQL", database.database_check(pool))}
        besides = {
            "broker": health.named_check("the broker", kafka.broker_check(settings, NAME, TOPICS, own.kafka)),
            **upstream_checks(projection),
            **own.checks,
        }
        routes = [*health.routes(needed, besides), *api.routes(pool, verifier, graphs, projection)]
        async with (
            background(
                *(asyncio.create_task(relay.run(), name="relay") for relay in relays),
                asyncio.create_task(UnpublishedEvents(pool, ALIGNMENT).run(), name="unpublished events"),
                asyncio.create_task(projection.run(), name="heads"),
                *graphs.tasks(),
                asyncio.create_task(partition.run(projection), name="sharing"),
                asyncio.create_task(show_organizations(pool, settings), name="figures"),
            ),
            consuming(broker, subscription),
        ):
            yield Starlette(routes=routes, exception_handlers=HANDLERS)
        await projection.close()
