"""Whoever subscribes and does not read costs the gateway little, keeps nobody waiting, is cut off, and can resume."""

from __future__ import annotations

import json
import re
import time
from contextlib import AsyncExitStack

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect

from tests.support.asgi_server import eventually
from tests.support.graphql_client import TRANSPORT, Client, SubscriptionMessages
from tests.support.process_memory import megabytes
from tests.support.story_organization import StoryOrganization

pytestmark = pytest.mark.alone

SOCKETS, SUBSCRIPTIONS, GOALS = 10, 20, 1_500
SAME = " ".join(f"d{n}: description" for n in range(20))
REPLAY = "subscription { goalTreeChanged(afterRevision: %d) { revision changed { ... on Objective {" + SAME + "} } } }"
LIVE = "subscription { goalTreeChanged { revision changed { title } } }"
_CLOSED_AFTER = 20.0
"""Seconds: three to be found stuck (set in conftest.py), five to be cut off, and patience with a busy machine."""


async def grown(org: StoryOrganization) -> None:
    """A history of one large import."""
    why = "this matters " * 20
    rows = "".join(f"O{n},objective,Goal {n},{why}\n" for n in range(GOALS))
    plan = "Row ID,Type,Title,Description\n" + rows
    await org.admin.do("importPlan", "revision", {"source": "test", "content": plan, "unit": org.root})


async def unread(stack: AsyncExitStack, client: Client) -> ClientConnection:
    """A socket with many replays from the beginning, which is not read."""
    url = client.url.replace("http", "ws", 1)
    opening = connect(url, subprotocols=[TRANSPORT], max_queue=1, close_timeout=0.1, compression=None)
    socket = await stack.enter_async_context(opening)
    await socket.send(json.dumps({"type": "connection_init", "payload": client.headers()}))
    assert json.loads(await socket.recv())["type"] == "connection_ack"
    for number in range(SUBSCRIPTIONS):
        payload = {"query": REPLAY % 0}
        await socket.send(json.dumps({"id": str(number), "type": "subscribe", "payload": payload}))
    return socket


async def subscribers(org: StoryOrganization, http: httpx.AsyncClient) -> float:
    said = (await http.get(f"{org.up.instance.urls['gateway']}/metrics")).text
    found = re.search(r"^goldenthread_subscribers (\S+)$", said, re.MULTILINE)
    assert found is not None
    return float(found[1])


async def a_change_is_heard(org: StoryOrganization, heard: SubscriptionMessages, title: str) -> float:
    """Seconds from the answer of a mutation until a bystander has heard of it."""
    await org.objective(title, org.root)
    answered = time.monotonic()
    await heard.until(lambda change: {"title": title} in change["changed"])
    return time.monotonic() - answered


async def test_readers_that_do_not_read_cost_little_and_are_cut_off(
    org: StoryOrganization, http: httpx.AsyncClient
) -> None:
    await grown(org)
    gateway = org.up.instance.pids["gateway"]
    async with AsyncExitStack() as stack, org.admin.subscribed(LIVE) as heard:
        others = await subscribers(org, http)

        async def more() -> bool:
            return await subscribers(org, http) > others

        before = most = megabytes(gateway)
        for _ in range(SOCKETS):
            await unread(stack, org.admin)
        await eventually(more)
        waits: list[float] = []
        deadline = time.monotonic() + _CLOSED_AFTER
        while await more():
            assert time.monotonic() < deadline, "somebody who does not read was not cut off"
            waits.append(await a_change_is_heard(org, heard, f"Change {len(waits)}"))
            most = max(most, megabytes(gateway))
        print(f"{before:.0f} MiB, at most {most:.0f}, now {megabytes(gateway):.0f}; heard after {max(waits):.2f} s")
        assert most - before < 150
        assert max(waits) < 1


async def test_who_was_cut_off_goes_on_after_the_last_revision(org: StoryOrganization) -> None:
    await grown(org)
    async with org.admin.subscribed(REPLAY % 0) as heard:
        whole = [await heard.next() for _ in range(20)]
    async with org.admin.subscribed(REPLAY % whole[9]["revision"]) as heard:
        assert [await heard.next() for _ in range(10)] == whole[10:]
