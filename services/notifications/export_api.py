"""HTTP of notifications: alerts and webhooks of an organization, for its administrators. No secret is in it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import msgspec
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from goldenthread.contracts.entities import Id
from goldenthread.contracts.read_api import WebhookStatus
from goldenthread.runtime.identity.caller import Caller
from goldenthread.runtime.identity.verifier import Verifier
from goldenthread.runtime.outbox.export_stream import MEDIA_TYPE, ExportFile, end, export_files
from goldenthread.runtime.postgres.database import Pool, read_snapshot
from goldenthread.runtime.web.endpoints import endpoint, organization_of
from services.notifications.alert_commands import AlertCommands

_FILES = [
    ExportFile(
        "notifications.json",
        """SELECT json_build_object('organization', organization, 'goals_revision', coalesce(judged, 0),
               'exported_at', now())::text FROM streams WHERE organization = $1""",
    ),
    ExportFile("alerts.jsonl", "SELECT alert::text FROM alerts WHERE organization = $1 ORDER BY id"),
    ExportFile(
        "acknowledgements.jsonl",
        """SELECT json_build_object('alert', alert, 'by', by, 'at', at, 'note', note)::text
           FROM acknowledgements WHERE organization = $1 ORDER BY alert""",
    ),
    ExportFile(
        "deliveries.jsonl",
        """SELECT json_build_object('webhook', webhook, 'message', message, 'alert', alert, 'state', state,
               'attempts', attempts, 'problem', problem, 'written_at', written_at, 'changed_at', changed_at)::text
           FROM deliveries WHERE organization = $1 ORDER BY number""",
    ),
]


def routes(pool: Pool, verifier: Verifier, commands: AlertCommands) -> list[Route]:
    """`/v1/export`."""

    async def export(request: Request, caller: Caller) -> Response:
        organization = organization_of(request, caller)
        webhooks = await commands.webhooks(caller, organization)
        return StreamingResponse(_everything(pool, organization, webhooks), media_type=MEDIA_TYPE)

    return [Route("/v1/export", endpoint(verifier, export))]


async def _everything(pool: Pool, organization: Id, webhooks: list[WebhookStatus]) -> AsyncIterator[bytes]:
    async with read_snapshot(pool) as connection:
        async for portion in export_files(connection, organization, _FILES):
            yield portion
    yield b"file webhooks.jsonl\n"
    for each in webhooks:
        yield msgspec.json.encode(each) + b"\n"
    yield end()
