"""The parts of an export, as goals and notifications give them to an administrator of an organization."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx

from gateway.upstream.ports import Unreachable
from gateway.upstream.upstream_client import UpstreamClient
from goldenthread.contracts.entities import Id
from goldenthread.contracts.secret import Secret

_PAUSE = 30.0
"""Seconds for the next piece of a part."""
_SECONDS = 4 * 3600.0
"""For all of a part: its reader decides how fast it is sent."""


class ExportUpstream:
    """One upstream's part of an export. Raises `Unreachable`."""

    def __init__(self, client: UpstreamClient) -> None:
        self._client = client

    @asynccontextmanager
    async def part(self, organization: Id, token: Secret) -> AsyncIterator[httpx.Response]:
        """The answer, whatever it is, read while it comes."""
        headers = {"Authorization": f"Bearer {token.reveal()}"}
        query: dict[str, str | int] = {"organization": organization}
        async with self._client.stream("/v1/export", query, _PAUSE, _SECONDS, headers) as answer:
            yield answer


async def part_lines(answer: httpx.Response) -> AsyncIterator[list[bytes]]:
    """The lines of a part without its last one, some at a time. Raises `Unreachable` where it breaks off."""
    rest, ended = b"", False
    async for chunk in answer.aiter_bytes(64 * 1024):
        *lines, rest = (rest + chunk).split(b"\n")
        if lines and lines[-1] == b"end" and not rest:
            lines, ended = lines[:-1], True
        if lines:
            yield lines
    if not ended:
        raise Unreachable("an export broke off")
