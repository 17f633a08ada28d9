"""From a mutation that is accepted to the subscription message with the new verdict, in `goldenthread up`."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from itertools import cycle
from time import perf_counter
from typing import Any

from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from benchmarks._alignment_throughput import row
from benchmarks._graphql_requests import GraphQLRequests
from benchmarks._table import OURS, Row, say
from benchmarks.telling import AT_ONCE, up

RATES, SECONDS, GOALS = (20, 200), 5, 400
_PURPOSE = "mutation($input: PublishPurposeInput!) { publishPurpose(input: $input) { revision errors { message } } }"
_WHY = "mutation($input: PublishWhyInput!) { publishWhy(input: $input) { why { id } errors { message } } }"
_OBJECTIVE = """mutation($input: CreateObjectiveInput!) { createObjective(input: $input) {
    objective { id parents { id } } errors { message } } }"""
_WITHDRAW = "mutation($input: WithdrawLinkInput!) { withdrawLink(input: $input) { revision errors { message } } }"
_LINK = "mutation($input: LinkInput!) { link(input: $input) { revision link { id } errors { message } } }"
_CHANGED = "subscription { alignmentChanged { revision node { id } alignment { state } } }"


async def mutations() -> list[Row]:
    """Mutations at each rate, each of which turns one verdict: its goal's link is withdrawn, or it is linked again."""
    with up() as said:
        with closing(GraphQLRequests(said["graphql"], said["token"], AT_ONCE)) as ask:
            why, goals = await _goals(ask)
            linked: dict[str, str | None] = dict(goals)
            async with _listening(said["graphql"], said["token"]) as heard:
                return [row for rate in RATES for row in await _at(rate, ask, why, linked, heard)]


async def _at(
    rate: int, ask: GraphQLRequests, why: str, linked: dict[str, str | None], heard: dict[int, float]
) -> list[Row]:
    """Two rows for one rate: from the answer, and from when the mutation was due."""
    due, accepted = await _mutated(rate, ask, why, linked)
    async with asyncio.timeout(30):
        while not accepted.keys() <= heard.keys():  # noqa: ASYNC110 - no event to wait for
            await asyncio.sleep(0.01)
    reached = len(accepted) / (max(accepted.values()) - min(due.values()))
    early = sum(heard[revision] < at for revision, at in accepted.items())
    say(f"  {len(accepted):,} mutations, {reached:,.0f} a second; {early:,} were heard of before they were answered")
    whole = [heard[revision] - at for revision, at in due.items()]
    after = [heard[revision] - at for revision, at in accepted.items()]
    return [
        row(f"mutation accepted → subscriber, {rate}/s", GOALS, OURS, reached, after),
        row(f"mutation due → subscriber, {rate}/s", GOALS, OURS, reached, whole),
    ]


async def _goals(ask: GraphQLRequests) -> tuple[str, list[tuple[str, str]]]:
    """A why, and objectives with the links by which they serve it."""
    root = (await ask("{ units { nodes { id } } }"))["nodes"][0]["id"]
    await ask(_PURPOSE, statement="Be useful")
    told = await ask(_WHY, statement="Be fast", because="It helps", audience=[root])
    why = told["why"]["id"]

    async def one(number: int) -> tuple[str, str]:
        link = {"parent": why, "because": "It helps"}
        made = (await ask(_OBJECTIVE, title=f"Goal {number}", owners=[root], linkTo=link))["objective"]
        return made["id"], made["parents"][0]["id"]

    return why, list(await asyncio.gather(*(one(number) for number in range(GOALS))))


async def _mutated(
    rate: int, ask: GraphQLRequests, why: str, linked: dict[str, str | None]
) -> tuple[dict[int, float], dict[int, float]]:
    """By revision: when each mutation was due, and when its answer was there."""
    due: dict[int, float] = {}
    accepted: dict[int, float] = {}
    turns = {goal: asyncio.Lock() for goal in linked}

    async def one(goal: str, at: float) -> None:
        async with turns[goal]:
            link = linked[goal]
            if link is not None:
                payload = await ask(_WITHDRAW, link=link, reason="We do it otherwise")
                linked[goal] = None
            else:
                payload = await ask(_LINK, child=goal, parent=why, because="It helps")
                linked[goal] = payload["link"]["id"]
        due[payload["revision"]], accepted[payload["revision"]] = at, perf_counter()

    began = perf_counter()
    async with asyncio.TaskGroup() as tasks:
        for number, goal in zip(range(rate * SECONDS), cycle(linked), strict=False):
            at = began + number / rate
            await asyncio.sleep(max(0.0, at - perf_counter()))
            tasks.create_task(one(goal, at))
    return due, accepted


@asynccontextmanager
async def _listening(url: str, token: str) -> AsyncIterator[dict[int, float]]:
    """By revision: when the subscription's message about it came."""
    heard: dict[int, float] = {}
    begun = asyncio.Event()
    protocol = Subprotocol("graphql-transport-ws")
    async with connect(url.replace("http", "ws", 1), subprotocols=[protocol]) as socket:

        async def listen() -> None:
            async for text in socket:
                message: dict[str, Any] = json.loads(text)
                if message["type"] == "next" and message["id"] == "1":
                    heard[message["payload"]["data"]["alignmentChanged"]["revision"]] = perf_counter()
                elif message == {"id": "0", "type": "complete"}:  # of a query sent after the subscription
                    begun.set()

        await socket.send(json.dumps({"type": "connection_init", "payload": {"Authorization": f"Bearer {token}"}}))
        listener = asyncio.create_task(listen(), name="subscription")
        for id, document in (("1", _CHANGED), ("0", "{ organization { revision } }")):
            await socket.send(json.dumps({"id": id, "type": "subscribe", "payload": {"query": document}}))
        try:
            async with asyncio.timeout(30):
                await begun.wait()
            yield heard
        finally:
            listener.cancel()
            await asyncio.wait([listener])
