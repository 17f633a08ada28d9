"""The gateway, put together."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial

from starlette.applications import Starlette

from gateway.http import export_endpoint, graphql_endpoint, invitations, organizations_endpoint, readiness
from gateway.http.authentication import CallerLimits, RequestAuthenticator
from gateway.http.cross_origin import cross_origin
from gateway.http.graphql_ws import Sockets
from gateway.live.heads_poller import HeadsPoller
from gateway.live.kafka_tail import KafkaTail
from gateway.live.organization_cache import OrganizationCache
from gateway.live.sign_ins import FirstSignIns
from gateway.schema import build as schema
from gateway.settings import Settings
from gateway.upstream.export_upstream import ExportUpstream
from gateway.upstream.http_upstreams import HEADS_SECONDS, HttpUpstreams
from gateway.upstream.organizations_upstream import OrganizationsUpstream
from gateway.upstream.streams import ALERTS, ALIGNMENT, GOALS
from gateway.views.turn_index import TurnIndex
from goldenthread.runtime.clock import utc_now
from goldenthread.runtime.identity.verifier import Verifier
from goldenthread.runtime.observability import health
from goldenthread.runtime.observability.failures import background
from goldenthread.runtime.process import garbage_collection
from goldenthread.runtime.process.process_tokens import process_tokens
from goldenthread.runtime.web.client import http_client
from goldenthread.runtime.web.error_pages import HANDLERS


@asynccontextmanager
async def build(settings: Settings) -> AsyncIterator[Starlette]:
    """The running gateway: follows the streams, answers GraphQL; all of it ends with the block."""
    garbage_collection.configure()  # organizations are large and live long
    async with AsyncExitStack() as stack:
        client = await stack.enter_async_context(http_client())
        urls = {GOALS: settings.goals_url, ALIGNMENT: settings.alignment_url, ALERTS: settings.notifications_url}
        own = await stack.enter_async_context(process_tokens(settings))
        internal = partial(http_client, own.services, settings.http_ca_file)
        clients = {source: await stack.enter_async_context(internal()) for source in urls}
        upstreams = HttpUpstreams(clients, urls)
        cache = OrganizationCache(upstreams, indexes=[TurnIndex])
        stack.callback(cache.close)
        tail, heads = KafkaTail(settings, cache, own.kafka), HeadsPoller(cache, settings.idle_seconds)
        limits = CallerLimits(
            sockets=settings.caller_sockets,
            subscriptions=settings.caller_subscriptions,
            requests=settings.caller_requests,
        )
        sign_ins = FirstSignIns(upstreams)
        stack.callback(sign_ins.close)
        verifier = Verifier.of(client, settings)
        requests = RequestAuthenticator(cache, verifier, utc_now, limits, sign_ins)
        origins = settings.cors_origins.split()

        made = schema.make(introspection=settings.introspection)
        sockets = Sockets(made, requests, origins, settings.http_idle_seconds)
        needed, besides = readiness.checks(cache, heads, tail, 3 * settings.heads_seconds + HEADS_SECONDS)
        besides |= own.checks
        routes = [
            *health.routes(needed, besides),
            *graphql_endpoint.routes(made, requests, sockets, settings.explorer),
            *organizations_endpoint.routes(verifier, requests, OrganizationsUpstream(upstreams.client(GOALS))),
            *invitations.routes(requests, upstreams),
            *export_endpoint.routes(
                requests, ExportUpstream(upstreams.client(GOALS)), ExportUpstream(upstreams.client(ALERTS))
            ),
        ]
        async with background(
            asyncio.create_task(tail.run(), name="tail"),
            asyncio.create_task(heads.run(settings.heads_seconds), name="heads"),
        ):
            yield Starlette(routes=routes, middleware=cross_origin(origins), exception_handlers=HANDLERS)
