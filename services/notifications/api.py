"""HTTP of notifications: commands, snapshot, webhooks, replay and heads."""

from __future__ import annotations

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from goldenthread.contracts.idempotency import idempotency_key
from goldenthread.contracts.read_api import AnyAlertCommand
from goldenthread.runtime.identity.caller import Caller
from goldenthread.runtime.identity.verifier import Verifier
from goldenthread.runtime.outbox import replay_endpoints
from goldenthread.runtime.outbox.revision_wait import RevisionWaits
from goldenthread.runtime.postgres.database import Pool
from goldenthread.runtime.web.endpoints import answer, body, endpoint, organization_of, organization_read
from services.notifications import alerts_store, export_api
from services.notifications.alert_commands import AlertCommandRequest, AlertCommands

_commands = msgspec.json.Decoder(AnyAlertCommand)


def routes(pool: Pool, verifier: Verifier, commands: AlertCommands, judged: RevisionWaits) -> list[Route]:
    """Every endpoint of notifications, behind authentication."""

    async def command(request: Request, caller: Caller) -> Response:
        given = request.headers.get("idempotency-key")
        key = None if given is None else idempotency_key(given)
        async with body(request, _commands, caller) as decoded:
            received = AlertCommandRequest(caller, organization_of(request, caller), decoded, key)
            return answer(await commands.command(received), secrets=True)

    async def webhooks(request: Request, caller: Caller) -> Response:
        return answer(await commands.webhooks(caller, organization_of(request, caller)))

    async def snapshot(request: Request, caller: Caller) -> Response:
        return alerts_store.snapshot(pool, organization_read(request, caller))

    return [
        Route("/v1/commands", endpoint(verifier, command), methods=["POST"]),
        Route("/v1/webhooks", endpoint(verifier, webhooks)),
        Route("/v1/snapshot", endpoint(verifier, snapshot)),
        *export_api.routes(pool, verifier, commands),
        *replay_endpoints.routes(pool, verifier, judged),
    ]
