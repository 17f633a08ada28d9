"""`GET /export`: everything of an organization in one ZIP file, for its administrators.

goals and notifications give their parts, each deciding whether the caller may have it. The file is made while they
come, so nobody holds more than a portion of it. An export that breaks off has no end: no program opens it. An
organization has one export at once. Whoever does not read it loses its place, and so does who reads it slowly while
others wait (`budget/export_places.py`).
"""

from __future__ import annotations

import asyncio
import logging
import zipfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import IO, Any, cast

import httpx
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route
from starlette.types import Message, Receive, Scope, Send

from gateway.budget.export_places import ExportPlace, ExportPlaces, NoPlaceForExport
from gateway.errors import BadRequest, RateLimited, Unavailable
from gateway.http.authentication import RequestAuthenticator
from gateway.http.export_readme import README
from gateway.http.graphql_endpoint import refusal
from gateway.request.context import RequestContext
from gateway.upstream.export_upstream import ExportUpstream, part_lines
from gateway.upstream.ports import Unreachable
from goldenthread.contracts.enums import Role
from goldenthread.runtime.identity.caller import ORGANIZATION_HEADER
from goldenthread.runtime.web.http_protocol import ResponseBrokenOff

log = logging.getLogger(__name__)

_READER = 60.0
"""Seconds in which a reader takes a portion; who is slower has none."""
_FILE = b"file "
_PORTION = 256 * 1024
"""Bytes of the ZIP file that are sent at once, about."""


def routes(
    requests: RequestAuthenticator,
    goals: ExportUpstream,
    notifications: ExportUpstream,
    places: ExportPlaces | None = None,
    reader: float = _READER,
) -> list[Route]:
    """`/export`. `reader`: seconds in which a portion is taken."""
    places = places or ExportPlaces()

    async def export(request: Request) -> Response:
        headers = request.headers
        async with AsyncExitStack() as stack:
            try:
                context = await requests.context(headers.get("authorization"), None, headers.get(ORGANIZATION_HEADER))
                stack.enter_context(requests.in_flight(context.caller))
                _require_administrator(context)
                place = await stack.enter_async_context(places.place(context.view.id))
                asked = (context.view.id, context.caller.token)
                parts = [await stack.enter_async_context(each.part(*asked)) for each in (goals, notifications)]
            except NoPlaceForExport as error:
                return refusal(RateLimited(str(error), error.state))
            except (BadRequest, Unreachable) as error:
                away = Unavailable("Everything cannot be exported now: a service does not answer. Try again.")
                return refusal(away if isinstance(error, Unreachable) else error)
            for part in parts:
                if part.status_code != 200:
                    return await _refused(part)
            name = f'attachment; filename="{context.view.id}.zip"'
            headers_of_file = {"Content-Disposition": name, "Cache-Control": "no-store"}
            made = _ZipResponse(parts, stack.pop_all(), headers_of_file, place, reader)
            requests.show_quota(made, context.caller)
            return made
        raise AssertionError("unreachable")

    return [Route("/export", export, methods=["GET"])]


def _require_administrator(context: RequestContext) -> None:
    """Refuse everybody else before they take the organization's place. goals decides again."""
    actor = context.actor
    if actor is None or not any(grant.role is Role.ADMIN for grant in actor.roles):
        raise BadRequest("Only an admin exports everything of an organization; ask one.", "FORBIDDEN")


async def _refused(part: httpx.Response) -> Response:
    """A refusal of an upstream, as it is."""
    status = part.status_code if part.status_code < 500 else 503
    return Response(await part.aread(), status, media_type="application/json")


class _Sink:
    """What a ZIP file is written to: taken from here piece by piece."""

    def __init__(self) -> None:
        self.pieces: list[bytes] = []
        self.size = 0

    def write(self, data: bytes) -> int:
        self.pieces.append(bytes(data))
        self.size += len(data)
        return len(data)

    def flush(self) -> None:
        """Nothing is held back."""

    def taken(self) -> bytes:
        """What was written since it was last taken."""
        pieces, self.pieces, self.size = self.pieces, [], 0
        return b"".join(pieces)


class _ZipResponse(StreamingResponse):
    """The ZIP file of some parts; with it ends what `stack` holds, whether it is read or not.

    It breaks off for a reader who does not take a portion within `seconds`, and when `place` is taken away.
    """

    def __init__(
        self,
        parts: list[httpx.Response],
        stack: AsyncExitStack,
        headers: dict[str, str],
        place: ExportPlace,
        seconds: float,
    ) -> None:
        super().__init__(zipped(parts), media_type="application/zip", headers=headers)
        self._stack, self._place, self._seconds = stack, place, seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_in_time(message: Message) -> None:
            async with asyncio.timeout(self._seconds):
                await self._place.send(send(message), len(message.get("body", b"")))

        async with self._stack:
            try:
                async with self._place.kept():
                    await super().__call__(scope, receive, send_in_time)
            except ClientDisconnect as error:
                log.info("the export of %s is not read and breaks off", self._place.organization)
                raise ResponseBrokenOff from error
            except TimeoutError as error:
                if self._place.is_taken_away:
                    raise ResponseBrokenOff from error
                raise


async def zipped(parts: list[httpx.Response]) -> AsyncIterator[bytes]:
    """The ZIP file, in portions. Raises `Unreachable` where a part breaks off: the connection ends with it."""
    sink = _Sink()
    file = zipfile.ZipFile(cast(Any, sink), "w", zipfile.ZIP_DEFLATED, compresslevel=1)
    entry: IO[bytes] | None = None
    try:
        file.writestr("README.txt", README)
        for part in parts:
            async for lines in part_lines(part):
                entry = _add(file, entry, lines)
                if sink.size > _PORTION:
                    yield sink.taken()
                await asyncio.sleep(0)
    finally:
        if entry is not None:
            entry.close()
        file.close()
    yield sink.taken()


def _add(file: zipfile.ZipFile, entry: IO[bytes] | None, lines: list[bytes]) -> IO[bytes] | None:
    """Write lines to the file in the ZIP file that they are of; the one that is written now."""
    for line in lines:
        if line.startswith(_FILE):
            if entry is not None:
                entry.close()
            entry = file.open(line.removeprefix(_FILE).decode(), "w", force_zip64=True)
        elif entry is not None:
            entry.write(line + b"\n")
    return entry
