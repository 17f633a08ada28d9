"""What one caller may make the gateway hold: sockets, requests, bodies; and for how long a socket may do nothing."""

from __future__ import annotations

import asyncio
import json
from contextlib import AsyncExitStack, suppress

import pytest
from websockets.exceptions import ConnectionClosed

from gateway.budget.replay_memory import ReplayPage, ReplayPages
from gateway.http.authentication import CallerLimits
from goldenthread.runtime.identity.caller import Caller, Unauthenticated
from goldenthread.runtime.web.endpoints import MAX_BODY
from tests.support.asgi_server import eventually
from tests.unit.gateway.socket_gateway import CHANGES, AnyToken, Gateway, gateway

ASK = "{ organization { revision } }"


class Nobody(AnyToken):
    async def caller(self, authorization: str | None, organization: str | None = None) -> Caller:
        raise Unauthenticated("send a token")


async def test_without_a_token_no_body_is_read() -> None:
    async with gateway(Nobody()) as made:
        host, port = made.client.url.split("/")[2].split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        head = (
            f"POST /graphql HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: {MAX_BODY}\r\n\r\n"
        )
        writer.write(head.encode())
        said = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 30)
        assert b"401" in said
        writer.transport.abort()


async def test_a_body_that_is_too_large_is_answered_413() -> None:
    async with gateway() as made:
        answer = await made.client.post(ASK, {"x": "y" * MAX_BODY})
        assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (413, "INVALID")
        assert (await made.client.post(ASK)).status_code == 200


def limited(policy: str, quota: int) -> dict[str, str | int]:
    return {"code": "RATE_LIMITED", "policy": policy, "quota": quota, "retryAfter": 1}


async def test_every_answer_to_a_known_caller_says_how_many_requests_they_may_have_at_this_replica() -> None:
    async with gateway(caller=CallerLimits(requests=3)) as made:
        writer = await half_sent(made)

        async def counted() -> bool:
            return ";r=2;" in (await made.client.post(ASK)).headers["ratelimit"]

        await eventually(counted)
        for text, status in ((ASK, 200), ("{ nothing }", 400)):
            answer = await made.client.post(text)
            assert (answer.status_code, answer.headers["ratelimit"][:28]) == (status, '"requests-per-replica";r=2;p')
        writer.transport.abort()


async def half_sent(made: Gateway) -> asyncio.StreamWriter:
    host, port = made.client.url.split("/")[2].split(":")
    _, writer = await asyncio.open_connection(host, int(port))
    head = b"POST /graphql HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nAuthorization: Bearer x\r\n"
    writer.write(head + b"Content-Length: 100\r\n\r\n{")
    return writer


async def test_requests_of_one_caller_beyond_the_bound_are_answered_429_until_one_has_ended() -> None:
    async with gateway(caller=CallerLimits(requests=3)) as made:
        writers = [await half_sent(made) for _ in range(3)]

        async def refused() -> bool:
            return (await made.client.post(ASK)).status_code == 429

        await eventually(refused)
        answer = await made.client.post(ASK)
        assert answer.json()["errors"][0]["extensions"] == limited("requests-per-replica", 3)
        assert answer.headers["retry-after"] == "1"
        assert answer.headers["ratelimit-policy"] == '"requests-per-replica";q=3;qu="concurrent-requests"'
        assert answer.headers["ratelimit"].startswith('"requests-per-replica";r=0;pk=:')
        writers.pop().transport.abort()

        async def answered() -> bool:
            return (await made.client.post(ASK)).status_code == 200

        await eventually(answered)
        for writer in writers:
            writer.transport.abort()


async def test_a_query_on_a_socket_counts_among_them_and_a_subscription_does_not() -> None:
    async with gateway(caller=CallerLimits(requests=1)) as made, made.client.subscribed(CHANGES) as heard:
        writer = await half_sent(made)

        async def refused() -> bool:
            return (await made.client.post(ASK)).status_code == 429

        await eventually(refused)
        await heard._socket.send(json.dumps({"id": "q", "type": "subscribe", "payload": {"query": ASK}}))
        message = await heard.message()
        assert (message["id"], message["type"], message["payload"][0]["extensions"]) == (
            "q",
            "error",
            limited("requests-per-replica", 1),
        )
        made.objective(1, "One")
        assert (await heard.next())["revision"] == 1
        writer.transport.abort()


async def test_subscriptions_of_one_caller_are_counted_over_all_their_sockets() -> None:
    async with gateway(caller=CallerLimits(subscriptions=1)) as made, made.client.subscribed(CHANGES) as heard:
        async with made.client.socket() as other:
            subscribe = {"id": "s", "type": "subscribe", "payload": {"query": CHANGES}}
            await other.send(json.dumps(subscribe))
            message = json.loads(await other.recv())
            refused = limited("subscriptions-per-replica", 1)
            assert (message["type"], message["payload"][0]["extensions"]) == ("error", refused)
            await heard._socket.send(json.dumps({"id": "1", "type": "complete"}))

            async def begun() -> bool:
                await other.send(json.dumps(subscribe))
                await other.send(json.dumps({"id": "q", "type": "subscribe", "payload": {"query": ASK}}))
                said = [json.loads(await other.recv())]
                while said[-1] != {"id": "q", "type": "complete"}:
                    said.append(json.loads(await other.recv()))
                return all(each["id"] == "q" for each in said)

            await eventually(begun)


async def test_sockets_of_one_caller_beyond_the_bound_are_asked_to_come_later() -> None:
    async with gateway(caller=CallerLimits(sockets=2)) as made:
        async with AsyncExitStack() as stack:
            for _ in range(2):
                await stack.enter_async_context(made.client.socket())
            with pytest.raises(ConnectionClosed) as closed:
                async with made.client.socket():
                    pass
            assert closed.value.rcvd is not None
            assert (closed.value.rcvd.code, "sockets open" in closed.value.rcvd.reason) == (1013, True)

        async def opens() -> bool:
            with suppress(ConnectionClosed):
                async with made.client.socket():
                    return True
            return False

        await eventually(opens)


async def test_a_socket_on_which_nothing_runs_is_closed_and_one_that_listens_is_not() -> None:
    async with gateway(idle_seconds=2) as made, made.client.subscribed(CHANGES) as heard:
        async with made.client.socket() as idle:
            with pytest.raises(ConnectionClosed) as closed:
                await asyncio.wait_for(idle.recv(), 30)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 4408
        made.objective(1, "One")
        assert (await heard.next())["revision"] == 1


async def test_the_replays_of_one_socket_hold_one_page_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    most, hold = 0, ReplayPages.hold

    async def noted(pages: ReplayPages) -> ReplayPage:
        nonlocal most
        found = await hold(pages)
        most = max(most, pages.held)
        return found

    monkeypatch.setattr(ReplayPages, "hold", noted)
    replay = CHANGES.replace("Changed {", "Changed(afterRevision: 0) {")
    async with gateway() as made, made.client.socket() as socket:
        for number in range(1, 251):
            made.objective(number, "long " * 2_000)
        for number in range(20):
            await socket.send(json.dumps({"id": str(number), "type": "subscribe", "payload": {"query": replay}}))
        heard = [json.loads(await asyncio.wait_for(socket.recv(), 30)) for _ in range(20 * 250)]
        for number in range(20):
            payloads = [each["payload"]["data"] for each in heard if each["id"] == str(number)]
            assert [each["goalTreeChanged"]["revision"] for each in payloads] == list(range(1, 251))
        assert most == 1
        await eventually(lambda: made.cache.pages.held == 0)
