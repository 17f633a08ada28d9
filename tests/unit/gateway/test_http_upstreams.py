"""A service that is away is said to be away."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest

from gateway.upstream.http_upstreams import HttpUpstreams
from gateway.upstream.ports import CommandCredentials, NotSent, TokenRefused, Unreachable
from goldenthread.contracts.commands import RetirePurpose
from goldenthread.contracts.errors import ErrorCode
from goldenthread.contracts.events.goals import SOURCE
from goldenthread.contracts.read_api import HeadsQuery
from goldenthread.contracts.replies import RefusedAnswer
from goldenthread.contracts.secret import Secret


@pytest.mark.parametrize("error", [httpx.ConnectError("All connection attempts failed"), httpx.ReadError("")])
async def test_a_connection_that_ended_makes_its_service_unreachable(error: Exception) -> None:
    def gone(_: httpx.Request) -> httpx.Response:
        raise error

    async with httpx.AsyncClient(transport=httpx.MockTransport(gone)) as client:
        with pytest.raises(Unreachable, match="does not answer"):
            await HttpUpstreams(client, {SOURCE: "http://goals"}).heads(SOURCE, HeadsQuery())


def raising(error: Exception) -> Callable[[httpx.Request], httpx.Response]:
    def gone(_: httpx.Request) -> httpx.Response:
        raise error

    return gone


REFUSAL = {"errors": [{"code": "UNAVAILABLE", "message": "The lock is held. Try again.", "path": []}]}
UNKNOWN, CHANGED_NOTHING = Unreachable, NotSent


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (raising(httpx.ConnectError("")), CHANGED_NOTHING),
        (raising(httpx.ConnectTimeout("")), CHANGED_NOTHING),
        (raising(httpx.PoolTimeout("")), CHANGED_NOTHING),
        (raising(httpx.LocalProtocolError("")), CHANGED_NOTHING),
        (raising(httpx.ReadTimeout("")), UNKNOWN),
        (raising(httpx.ReadError("")), UNKNOWN),
        (raising(httpx.WriteError("")), UNKNOWN),
        (raising(httpx.RemoteProtocolError("")), UNKNOWN),
        (lambda _: httpx.Response(500, json=REFUSAL), UNKNOWN),
        (lambda _: httpx.Response(502, text="<html>"), UNKNOWN),
        (lambda _: httpx.Response(503, text="<html>"), UNKNOWN),
        (lambda _: httpx.Response(200, text="{}"), UNKNOWN),
        (lambda _: httpx.Response(401, json=REFUSAL), TokenRefused),
    ],
)
async def test_of_a_command_without_an_answer_is_known_what_can_be_known(
    answer: Callable[[httpx.Request], httpx.Response], kind: type[Exception]
) -> None:
    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as client:
        with pytest.raises(kind) as raised:
            await HttpUpstreams(client, {SOURCE: "http://goals"}).command(
                RetirePurpose(reason="x"), CommandCredentials(Secret("token"), "key", "org_1")
            )
    assert type(raised.value) is kind


async def test_a_refusal_with_503_is_a_refusal() -> None:
    transport = httpx.MockTransport(lambda _: httpx.Response(503, json=REFUSAL))
    async with httpx.AsyncClient(transport=transport) as client:
        found = await HttpUpstreams(client, {SOURCE: "http://goals"}).command(
            RetirePurpose(reason="x"), CommandCredentials(Secret("token"), "key", "org_1")
        )
    assert isinstance(found, RefusedAnswer)
    assert found.errors[0].code is ErrorCode.UNAVAILABLE
