"""HTTP of goals: everything of an organization, for its administrators.

People and what is remembered of imports are of one snapshot, which also says how far the events go: all of it is of
one revision. The events are read afterwards, in portions: they never change, and no transaction lasts as long as a
download.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from goldenthread.contracts.entities import Id
from goldenthread.runtime.identity.caller import Caller
from goldenthread.runtime.identity.verifier import Verifier
from goldenthread.runtime.outbox import store as outbox
from goldenthread.runtime.outbox.export_stream import MEDIA_TYPE, ExportFile, end, export_events, export_files
from goldenthread.runtime.postgres.database import Pool, read_snapshot
from goldenthread.runtime.web.endpoints import endpoint, organization_of
from services.goals.handlers import Goals

_FILES = [
    ExportFile(
        "export.json",
        """SELECT json_build_object('organization', organization, 'revision', sequence, 'exported_at', now())::text
           FROM streams WHERE organization = $1""",
    ),
    ExportFile("organization.json", "SELECT state::text FROM entities WHERE organization = $1 AND id = $1"),
    ExportFile(
        "people.jsonl",
        """SELECT json_build_object('person', person, 'name', name, 'email', email, 'issuer', issuer,
               'subject', subject)::text FROM names WHERE organization = $1 ORDER BY person""",
    ),
    ExportFile(
        "import-files.jsonl",
        """SELECT json_build_object('source', source, 'number', number, 'digest', encode(digest, 'hex'), 'at', at,
               'by', by, 'revision', revision)::text
           FROM import_files WHERE organization = $1 ORDER BY source, number""",
    ),
    ExportFile(
        "import-rows.jsonl",
        """SELECT json_build_object('source', source, 'row', row, 'node', node,
               'cells', convert_from(cells, 'UTF8')::json)::text
           FROM import_rows WHERE organization = $1 ORDER BY source, row""",
    ),
    ExportFile(
        "import-names.jsonl",
        """SELECT json_build_object('source', source, 'name', name, 'unit', unit)::text
           FROM import_names WHERE organization = $1 ORDER BY source, name""",
    ),
    ExportFile(
        "import-words.jsonl",
        """SELECT json_build_object('source', source, 'words', convert_from(words, 'UTF8')::json, 'at', at)::text
           FROM import_words WHERE organization = $1 ORDER BY source""",
    ),
]


def routes(pool: Pool, verifier: Verifier, goals: Goals) -> list[Route]:
    """`/v1/export`."""

    async def export(request: Request, caller: Caller) -> Response:
        organization = organization_of(request, caller)
        await goals.require_administrator(organization, caller)
        return StreamingResponse(_everything(pool, organization), media_type=MEDIA_TYPE)

    return [Route("/v1/export", endpoint(verifier, export))]


async def _everything(pool: Pool, organization: Id) -> AsyncIterator[bytes]:
    async with read_snapshot(pool) as connection:
        head = await outbox.head_position(connection, organization)
        async for portion in export_files(connection, organization, _FILES):
            yield portion
    async for portion in export_events(pool, organization, "events.jsonl", head.sequence):
        yield portion
    yield end()
