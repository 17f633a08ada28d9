"""An upstream that hangs is waited for a few times; nothing is sent to it then until it answers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from gateway.upstream.ports import NotSent, Unreachable
from gateway.upstream.upstream_client import UpstreamClient
from goldenthread.runtime.web.circuit_breaker import TIME_OUTS_TO_OPEN


class Server:
    """Answers, hangs, or refuses connections."""

    def __init__(self) -> None:
        self.asked, self.does = 0, "answer"

    async def __call__(self, _: httpx.Request) -> httpx.Response:
        self.asked += 1
        if self.does == "hang":
            await asyncio.Event().wait()
        if self.does == "refuse":
            raise httpx.ConnectError("refused")
        return httpx.Response(200, json={})


@asynccontextmanager
async def neighbour(server: Server) -> AsyncIterator[UpstreamClient]:
    async with httpx.AsyncClient(transport=httpx.MockTransport(server)) as client:
        yield UpstreamClient("alignment", client, "http://alignment")


async def send(made: UpstreamClient, **how: Any) -> httpx.Response:
    return await made.send("GET", "/v1/events", 0.02, **how)


async def test_after_a_few_deadlines_nothing_is_sent_until_whoever_looks_is_answered() -> None:
    server = Server()
    async with neighbour(server) as made:
        server.does = "hang"
        for _ in range(TIME_OUTS_TO_OPEN):
            with pytest.raises(Unreachable, match="does not answer"):
                await send(made)
        for _ in range(10):
            with pytest.raises(NotSent):
                await send(made)
        assert server.asked == TIME_OUTS_TO_OPEN
        with pytest.raises(Unreachable):
            await send(made, look=True)
        server.does = "answer"
        await send(made, look=True)
        assert (await send(made)).status_code == 200


async def test_one_that_refuses_is_asked_every_time_and_nothing_was_sent() -> None:
    server = Server()
    server.does = "refuse"
    async with neighbour(server) as made:
        for _ in range(5):
            with pytest.raises(NotSent, match="refused"):
                await send(made)
    assert server.asked == 5


async def test_a_snapshot_that_does_not_come_counts_as_well() -> None:
    server = Server()
    server.does = "hang"
    async with neighbour(server) as made:
        for _ in range(TIME_OUTS_TO_OPEN):
            with pytest.raises(Unreachable):
                async with made.stream("/v1/snapshot", {}, 0.02, 0.02):
                    pass
        with pytest.raises(NotSent):
            await send(made)


async def test_time_outs_with_an_answer_between_them_are_no_silence() -> None:
    server = Server()
    async with neighbour(server) as made:
        for _ in range(2 * TIME_OUTS_TO_OPEN):
            server.does = "hang"
            with pytest.raises(Unreachable, match="Time"):
                await send(made)
            server.does = "answer"
            await send(made)
