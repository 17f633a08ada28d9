"""`python -m benchmarks._attacks NAME`: one attack on the gateway whose URL and TOKEN are in the environment.

Each is bounded in count and in time; what the attacker got is printed as one line. In a process of its own: what an
attack costs its attacker is nobody's wait. Benchmark `hostile` runs them and tells what the others waited.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from contextlib import AsyncExitStack, suppress
from time import perf_counter
from typing import Any
from urllib.parse import urlsplit

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake
from websockets.typing import Subprotocol

URL, TOKEN = os.environ.get("URL", ""), os.environ.get("TOKEN", "")
ALIGNMENT = int(os.environ.get("ALIGNMENT", "0"))
"""Its process."""
PATIENCE = 10.0
"""Seconds that an attacker waits for an answer, or holds on to what is open."""
_REPLAY = """subscription { goalTreeChanged(afterRevision: 0) {
    revision change { summary } changed { id title owners { name } alignment { state aloud } } removed } }"""
_TREE = """{ goalTree(depth: 20, first: 500) { nodes { id title owners { id name }
    alignment { state aloud nextStep lineOfSight { node { id title } } } parents { id } } links { id } truncated } }"""
_IMPORT = "mutation($input: ImportPlanInput!) { importPlan(input: $input) { created errors { message } } }"


async def fragment_bomb() -> str:
    """30 fragments, each of which spreads the next one twice: 2³⁰ paths in about a kilobyte."""
    each = [f"fragment f{number} on Query {{ ...f{number + 1} ...f{number + 1} }}" for number in range(29)]
    return await _asked(["{ ...f0 } " + " ".join(each) + " fragment f29 on Query { __typename }"])


async def large_documents() -> str:
    """100 valid documents of 90 kB, none of them twice: what a cache of documents would keep."""
    return await _asked(f'{{ node(id: "{number:04}{"x" * 90_000}") {{ id }} }}' for number in range(100))


async def costly_trees() -> str:
    """The costliest page of the goal tree, five times at once."""
    return await _asked([_TREE] * 5)


async def costly_scans() -> str:
    """100 aliases of a field that looks at every objective, five times at once."""
    fields = (f'a{number}: objectives(filter: {{search: "z{number}"}}) {{ totalCount }}' for number in range(100))
    return await _asked(["{ " + " ".join(fields) + " }"] * 5)


async def schemas() -> str:
    """95 aliases of the schema."""
    fields = (f"a{number}: __schema {{ types {{ name fields {{ name type {{ name }} }} }} }}" for number in range(95))
    return await _asked(["{ " + " ".join(fields) + " }"])


async def slow_readers() -> str:
    """10 sockets with 20 subscriptions each that replay everything, and of which nothing is read."""
    begun = perf_counter()
    async with AsyncExitStack() as stack:
        opened = await asyncio.gather(*(_subscribed(stack) for _ in range(10)), return_exceptions=True)
        await asyncio.sleep(max(0.0, PATIENCE - (perf_counter() - begun)))
        sockets = [each for each in opened if isinstance(each, ClientConnection)]
        ends = await asyncio.gather(*map(_end_of, sockets))
        for each in sockets:
            each.transport.abort()
    return _counted([*ends, *(type(each).__name__ for each in opened if isinstance(each, BaseException))])


async def half_requests() -> str:
    """300 connections on which a request is begun and never ended."""
    where, begun = urlsplit(URL), perf_counter()
    text = f"POST {where.path} HTTP/1.1\r\nHost: {where.netloc}\r\nAuthorization: Bearer ".encode()

    async def one() -> str:
        reader, writer = await asyncio.open_connection(where.hostname, where.port)
        try:
            writer.write(text)
            async with asyncio.timeout(PATIENCE + 3):
                answer = await reader.read()
            return f"{answer[9:12].decode() or 'cut off'} after {perf_counter() - begun:.0f} s"
        finally:
            writer.close()

    return _counted(await asyncio.gather(*(_found(one()) for _ in range(300))))


async def bodies_without_token() -> str:
    """80 callers without a token who each send 10 MB, a piece at a time."""

    async def pieces() -> Any:
        for _ in range(160):
            yield b"x" * 65_536
            await asyncio.sleep(0.02)

    headers = {"Content-Type": "application/json", "Content-Length": str(160 * 65_536)}
    async with _client(limits=httpx.Limits(max_connections=80)) as http:
        asked = (_found(_status(http.post(URL, content=pieces(), headers=headers))) for _ in range(80))
        return _counted(await asyncio.gather(*asked))


async def silent_alignment() -> str:
    """alignment hangs: it takes connections and answers nothing. The launcher would replace it later."""
    os.kill(ALIGNMENT, signal.SIGSTOP)
    try:
        await asyncio.sleep(PATIENCE)
    finally:
        os.kill(ALIGNMENT, signal.SIGCONT)
    return f"stopped for {PATIENCE:.0f} s"


async def large_import() -> str:
    """20,000 new goals in the bystander's organization, in one file."""
    rows = (f"i{number},objective,Imported {number},,,Team {number % 20}\n" for number in range(20_000))
    content = "Row ID,Type,Title,Description,Parent,Entity\n" + "".join(rows)
    body = {"query": _IMPORT, "variables": {"input": {"source": "large", "format": "OKR_SHEET", "content": content}}}
    async with _client(headers={"Authorization": f"Bearer {TOKEN}"}) as http:
        return await _found(_status(http.post(URL, json=body, timeout=60)))


ATTACKS: dict[str, Callable[[], Awaitable[str]]] = {
    "fragment bomb, 30 deep": fragment_bomb,
    "100 documents of 90 kB": large_documents,
    "goal tree, 5 at once": costly_trees,
    "100 scans, 5 at once": costly_scans,
    "95 schemas": schemas,
    "10 sockets × 20 replays, not read": slow_readers,
    "300 half-sent requests": half_requests,
    "80 bodies of 10 MB, no token": bodies_without_token,
    "alignment does not answer": silent_alignment,
    "import of 20,000 goals": large_import,
}


async def _asked(documents: Iterable[str]) -> str:
    """These documents, at most five at a time."""
    gate = asyncio.Semaphore(5)
    async with _client(headers={"Authorization": f"Bearer {TOKEN}"}) as http:

        async def one(document: str) -> str:
            async with gate:
                return await _found(_status(http.post(URL, json={"query": document})))

        return _counted(await asyncio.gather(*(one(document) for document in documents)))


async def _status(asking: Awaitable[httpx.Response]) -> str:
    """The answer's status, and its first error's code."""
    answer = await asking
    with suppress(ValueError, LookupError, TypeError, AttributeError):
        return f"{answer.status_code} {answer.json()['errors'][0]['extensions']['code']}"
    return str(answer.status_code)


async def _found(asking: Awaitable[str]) -> str:
    """What came of it, or why nothing did."""
    try:
        return await asking
    except (TimeoutError, httpx.TimeoutException):
        return "did not answer"
    except (OSError, httpx.HTTPError) as error:
        return f"cut off ({type(error).__name__})"


async def _subscribed(stack: AsyncExitStack) -> ClientConnection:
    opened = connect(URL.replace("http", "ws", 1), subprotocols=[Subprotocol("graphql-transport-ws")], max_queue=1)
    async with asyncio.timeout(PATIENCE):
        socket = await stack.enter_async_context(opened)
        await socket.send(json.dumps({"type": "connection_init", "payload": {"Authorization": f"Bearer {TOKEN}"}}))
        await socket.recv()
        for number in range(20):
            asked = {"id": str(number), "type": "subscribe", "payload": {"query": _REPLAY}}
            await socket.send(json.dumps(asked))
    return socket


async def _end_of(socket: ClientConnection) -> str:
    """How the server ended a socket, which is only seen by reading to its end."""
    try:
        async with asyncio.timeout(2):
            while True:
                await socket.recv()
    except ConnectionClosed as closed:
        return f"cut off ({closed.rcvd.code if closed.rcvd is not None else 'no close frame'})"
    except TimeoutError:
        return "still served"


def _client(**how: Any) -> httpx.AsyncClient:
    return httpx.AsyncClient(timeout=PATIENCE, trust_env=False, **how)


def _counted(found: Iterable[str]) -> str:
    return ", ".join(f"{count} × {what}" for what, count in Counter(found).most_common(4))


async def main(name: str) -> None:
    """Attack once told to on stdin, and print what came of it."""
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    try:
        print(await ATTACKS[name]())
    except (OSError, InvalidHandshake) as error:
        print(f"not let in ({type(error).__name__})")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
