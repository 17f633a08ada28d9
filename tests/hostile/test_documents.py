"""Documents that would take long, or much memory, are refused at once; nobody else waits, and nothing is kept."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from time import monotonic
from typing import Any

import pytest

from tests.support.graphql_client import Client
from tests.support.running_instance import RunningInstance
from tests.support.story_organization import StoryOrganization

pytestmark = pytest.mark.alone

VIEWER = "{ viewer { __typename } }"
PROMPT = 2.0
"""Seconds within which an attack is refused and a bystander is answered; a tenth of it where nothing else runs."""
MEGABYTE = 2**20


def bomb(levels: int) -> str:
    """About 1 kB: fragments that each spread the next one twice."""
    fragments = [f"fragment F{n} on Query{{...F{n + 1} ...F{n + 1}}}" for n in range(levels)]
    return "{...F0}" + "".join(fragments) + f"fragment F{levels} on Query{{viewer{{__typename}}}}"


async def sent_over_http(client: Client, document: str) -> list[dict[str, Any]]:
    answer = await client.post(document)
    assert answer.status_code == 400, answer.text
    return list(answer.json()["errors"])


async def sent_over_a_socket(client: Client, document: str) -> list[dict[str, Any]]:
    async with client.socket() as socket:
        await socket.send(json.dumps({"id": "1", "type": "subscribe", "payload": {"query": document}}))
        message = json.loads(await asyncio.wait_for(socket.recv(), 20))
        assert message["type"] == "error", message
        await socket.send(json.dumps({"id": "2", "type": "subscribe", "payload": {"query": VIEWER}}))
        assert json.loads(await asyncio.wait_for(socket.recv(), 20))["type"] == "next"
        return list(message["payload"])


@pytest.mark.parametrize("send", [sent_over_http, sent_over_a_socket])
async def test_a_fragment_bomb_is_refused_at_once_and_a_bystander_is_answered(
    org: StoryOrganization, send: Any
) -> None:
    await org.admin.ask(VIEWER)
    attack = asyncio.create_task(send(org.admin, bomb(30)))
    waits: list[float] = []
    while not attack.done() or not waits:
        before = monotonic()
        await asyncio.wait_for(org.admin.ask(VIEWER), 20)
        waits.append(monotonic() - before)
    assert [each["extensions"]["code"] for each in await attack] == ["COST_LIMIT"]
    before = monotonic()
    await send(org.admin, bomb(30))
    assert monotonic() - before < PROMPT
    assert max(waits) < PROMPT


@pytest.mark.parametrize("send", [sent_over_http, sent_over_a_socket])
@pytest.mark.parametrize(
    ("document", "code"),
    [
        ("{ a " * 4_000, "COST_LIMIT"),
        (VIEWER + " " * 200_000, "COST_LIMIT"),
        ("{" + " ".join(f"x{n}: __schema {{ types {{ name }} }}" for n in range(95)) + "}", "COST_LIMIT"),
        ("{" + " ".join(f"unknown{n}" for n in range(1_000)) + "}", "INVALID"),
        ("{ ...nope }", "INVALID"),
        ("{ ...A } fragment A on Query { ...A }", "INVALID"),
    ],
    ids=["nested", "large", "schemas", "errors", "unknown fragment", "cycle"],
)
async def test_a_document_that_is_not_run_is_answered_briefly_with_a_code(
    org: StoryOrganization, send: Any, document: str, code: str
) -> None:
    errors = await send(org.admin, document)
    assert {each["extensions"]["code"] for each in errors} == {code}
    assert len(json.dumps(errors)) < 10_000


async def test_large_documents_leave_no_memory_behind(up: RunningInstance, org: StoryOrganization) -> None:
    """1.6 MB each once they are parsed, valid and invalid ones, three at a time."""

    async def ask(n: int) -> None:
        ids = " ".join(str(10**9 * n + at) for at in range(3_900))
        valid = f"query($ids: [ID!]! = [{ids}]) {{ nodes(ids: $ids) {{ id }} }}"
        assert (await org.admin.post(valid, {"ids": []})).json() == {"data": {"nodes": []}}
        assert (await org.admin.post(valid.replace("nodes", "nobody"))).status_code == 400

    async def ask_all(first: int, last: int) -> None:
        for n in range(first, last, 3):
            await asyncio.gather(*(ask(at) for at in range(n, n + 3)))

    await ask_all(0, 3)
    before = resident(up)
    await ask_all(3, 42)
    assert resident(up) - before < 64 * MEGABYTE


def resident(up: RunningInstance) -> int:
    """Bytes of memory that the gateway holds."""
    status = Path(f"/proc/{up.instance.pids['gateway']}/status").read_text()
    (line,) = [each for each in status.splitlines() if each.startswith("VmRSS")]
    return int(line.split()[1]) * 1024
