"""Tokens of the issuer: asked for one at a time, exchanged in time, not sooner; and no secret is ever said."""

from __future__ import annotations

import asyncio
import base64
import gzip
import logging
from pathlib import Path
from typing import Any

import httpx
import pytest

from goldenthread.contracts.secret import Secret
from goldenthread.runtime.tokens.client_credentials import ClientCredentials, OAuthClient
from goldenthread.runtime.tokens.issuer_endpoints import TokenRequestFailed, discover, request_token
from goldenthread.runtime.tokens.token_sources import NoToken, ServiceTokenAuth, StaticToken, TokenSource

ISSUER = "https://issuer.example/realm"
ENDPOINT = "https://issuer.example/token"
SECRET = "pass+word/of the:test"


class Issuer:
    """Gives tokens t1, t2 … for 100 seconds, unless it says something else."""

    def __init__(self) -> None:
        self.requests: list[httpx.Request] = []
        self.says: Any = None
        self.discovery: dict[str, Any] = {"token_endpoint": ENDPOINT}
        self.away = False
        self.go = asyncio.Event()
        self.go.set()

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        if self.away:
            raise httpx.ConnectError("nobody listens")
        if request.method == "GET":
            assert str(request.url) == f"{ISSUER}/.well-known/openid-configuration"
            return httpx.Response(200, json=self.discovery)
        self.requests.append(request)
        number = len(self.requests)
        await self.go.wait()
        if isinstance(self.says, httpx.Response):
            return self.says
        given = {"access_token": f"t{number}", "token_type": "Bearer", "expires_in": 100}
        return httpx.Response(200, json=given | (self.says or {}))

    @property
    def http(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(transport=httpx.MockTransport(self))


class Clock:
    now = 1_000.0

    def __call__(self) -> float:
        return self.now


def made(issuer: Issuer, clock: Clock, **other: Any) -> ClientCredentials:
    return ClientCredentials(issuer.http, ISSUER + "/", OAuthClient("thread goals", Secret(SECRET), **other), clock)


async def shown(source: TokenSource) -> str:
    return (await source.token()).reveal()


async def problem(source: TokenSource) -> str:
    with pytest.raises(NoToken) as found:
        await source.token()
    assert SECRET not in str(found.value)
    return str(found.value)


async def test_the_client_shows_itself_as_the_issuer_wants_it() -> None:
    issuer = Issuer()
    assert await shown(made(issuer, Clock(), scope="a b")) == "t1"
    (request,) = issuer.requests
    assert request.content == b"grant_type=client_credentials&scope=a+b"
    pair = base64.b64decode(request.headers["authorization"].removeprefix("Basic ")).decode()
    assert pair == "thread+goals:pass%2Bword%2Fof+the%3Atest"  # RFC 6749, 2.3.1
    issuer.discovery["token_endpoint_auth_methods_supported"] = ["private_key_jwt", "client_secret_post"]
    await shown(made(issuer, Clock()))
    assert "authorization" not in issuer.requests[1].headers
    assert b"client_secret=pass%2Bword" in issuer.requests[1].content


async def test_a_token_is_kept_while_it_is_valid_and_never_shown_after() -> None:
    issuer, clock = Issuer(), Clock()
    source = made(issuer, clock)
    assert [await shown(source) for _ in range(3)] == ["t1"] * 3
    clock.now += 99.9
    assert await shown(source) == "t1"
    clock.now += 0.2
    issuer.away = True
    assert "nobody listens" in await problem(source)
    issuer.away = False
    clock.now += 5
    assert await shown(source) == "t2"


async def test_in_the_background_it_is_exchanged_before_it_expires() -> None:
    issuer, clock = Issuer(), Clock()
    issuer.says = {"expires_in": 3_600}
    source = made(issuer, clock)
    await shown(source)
    for later, tokens in ((3_539, 1), (2, 2), (0, 2)):
        clock.now += later
        running = asyncio.create_task(source.run())
        for _ in range(20):
            await asyncio.sleep(0)
        running.cancel()
        await asyncio.wait([running])
        assert len(issuer.requests) == tokens
    assert await shown(source) == "t2"


async def test_all_who_need_a_token_wait_for_one_answer() -> None:
    issuer = Issuer()
    issuer.go.clear()
    source = made(issuer, Clock())
    waiting = [asyncio.create_task(shown(source)) for _ in range(50)]
    for _ in range(20):
        await asyncio.sleep(0)
    waiting[0].cancel()  # who gives up takes it from nobody else
    issuer.go.set()
    assert set(await asyncio.gather(*waiting[1:])) == {"t1"}
    assert len(issuer.requests) == 1


async def test_a_refused_token_is_exchanged_once_by_all_it_was_refused_to() -> None:
    issuer, clock = Issuer(), Clock()
    source = made(issuer, clock)
    first = await source.token()
    assert await source.renewed(first) is None  # it is new: the reason is another one
    clock.now += 30
    found = await asyncio.gather(*(source.renewed(first) for _ in range(20)))
    assert [each and each.reveal() for each in found] == ["t2"] * 20
    assert len(issuer.requests) == 2


async def test_who_is_refused_for_another_reason_does_not_ask_for_a_token_each_time() -> None:
    issuer, clock = Issuer(), Clock()
    source, asked = made(issuer, clock), 0

    async def goals(_: httpx.Request) -> httpx.Response:
        nonlocal asked
        asked += 1
        return httpx.Response(401)

    async with httpx.AsyncClient(transport=httpx.MockTransport(goals), auth=ServiceTokenAuth(source)) as client:
        for _ in range(50):
            clock.now += 1
            assert (await client.get("http://goals/v1/heads")).status_code == 401
    assert len(issuer.requests) <= 6
    assert asked <= 50 + 5


async def test_after_a_failure_the_next_attempt_waits_longer_each_time() -> None:
    issuer, clock = Issuer(), Clock()
    issuer.says = httpx.Response(500, text="oh no")
    source = made(issuer, clock)
    for _ in range(4_000):
        await problem(source)
        clock.now += 0.1
    # 1, 2, 4, 8, 16, 30, 30 … seconds, give or take a fifth: in 400 seconds
    assert 14 <= len(issuer.requests) <= 22


async def test_an_issuer_that_is_away_for_days_is_asked_as_often_as_after_an_hour() -> None:
    issuer, clock = Issuer(), Clock()
    issuer.away = True
    source = made(issuer, clock)
    for _ in range(1_200):
        await problem(source)
        clock.now += 40
    issuer.away = False
    assert await shown(source) == "t1"


@pytest.mark.parametrize(
    ("said", "because"),
    [
        ({"expires_in": 0}, "valid for no time"),
        ({"expires_in": -5}, "valid for no time"),
        ({"expires_in": 0.001}, "valid for no time"),
        ({"expires_in": "soon"}, "valid for no time"),
        ({"expires_in": True}, "valid for no time"),
        ({"token_type": "mac"}, "no bearer token"),
        ({"token_type": None}, "no bearer token"),
        ({"access_token": "t\r\nX-Admin: yes"}, "without an access_token"),
        ({"access_token": ["t"]}, "without an access_token"),
        ({"access_token": ""}, "without an access_token"),
        (httpx.Response(200, text="<html>"), "without an access_token"),
        (httpx.Response(200, content=b"\xff"), "without an access_token"),
        (httpx.Response(200, text="[1]"), "without an access_token"),
        (httpx.Response(200, text="x" * 70_000), "more than 65536 bytes"),
        (httpx.Response(200, headers={"content-encoding": "gzip"}, content=gzip.compress(b"{}")), "answers compressed"),
        (httpx.Response(302, headers={"location": "http://elsewhere"}), "answers 302"),
        (httpx.Response(400, json={"error": "invalid_scope"}), "answers 400: invalid_scope"),
        (
            httpx.Response(401, json={"error": "invalid_client", "error_description": "no\nsuch"}),
            "invalid_client no such",
        ),
        (httpx.Response(401, json={"error": "x", "error_description": f"not {SECRET}"}), "answers 401"),
        (httpx.Response(401, json={"error": 5, "error_description": "y" * 500}), "y" * 200),
    ],
    ids=[str(number) for number in range(20)],
)
async def test_what_is_no_token_is_refused_in_a_sentence(said: Any, because: str) -> None:
    issuer = Issuer()
    issuer.says = said
    found = await problem(made(issuer, Clock()))
    assert because in found
    assert len(found) < 500


@pytest.mark.parametrize(
    ("expires_in", "seconds"), [(None, 60.0), ("90", 90.0), (2.5, 2.5), (10**12, 366 * 86_400.0)], ids=str
)
async def test_for_how_long_a_token_is_valid(expires_in: Any, seconds: float) -> None:
    issuer = Issuer()
    issuer.says = {"expires_in": expires_in}
    endpoint = await discover(issuer.http, ISSUER)
    assert (await request_token(issuer.http, endpoint, "me", Secret(SECRET), None)).seconds == seconds


@pytest.mark.parametrize(
    ("document", "because"),
    [
        ({}, "names no token_endpoint"),
        ({"token_endpoint": 5}, "names no token_endpoint"),
        ({"token_endpoint": "http://issuer.example/token"}, "without TLS"),
        (
            {"token_endpoint": ENDPOINT, "token_endpoint_auth_methods_supported": ["private_key_jwt"]},
            "neither client_secret_basic nor client_secret_post",
        ),
    ],
    ids=["nothing", "a number", "no TLS", "no secret"],
)
async def test_a_discovery_document_that_gives_no_way_to_a_token(document: Any, because: str) -> None:
    issuer = Issuer()
    issuer.discovery = document
    with pytest.raises(TokenRequestFailed, match=because):
        await discover(issuer.http, ISSUER)


async def test_an_endpoint_that_is_no_url_is_said_to_be_none() -> None:
    issuer = Issuer()
    issuer.discovery = {"token_endpoint": "https://issuer:port/token"}
    assert "is no URL" in await problem(made(issuer, Clock()))


async def test_the_secret_is_read_again_where_it_is_in_a_file(tmp_path: Path) -> None:
    issuer, clock, file = Issuer(), Clock(), tmp_path / "secret"
    source = made(issuer, clock, secret_file=str(file))
    assert f"GOLDENTHREAD_SERVICE_CLIENT_SECRET_FILE: {file} cannot be read" in await problem(source)
    for secret in ("first", "second"):
        file.write_text(secret + "\n")
        clock.now += 1_000
        await shown(source)
        pair = base64.b64decode(issuer.requests[-1].headers["authorization"].removeprefix("Basic ")).decode()
        assert pair.endswith(f":{secret}")


async def test_a_failure_is_logged_with_its_reason_and_without_secrets(caplog: pytest.LogCaptureFixture) -> None:
    issuer, clock = Issuer(), Clock()
    issuer.says = httpx.Response(401, json={"error": "invalid_client", "error_description": f"{SECRET[:10]} is wrong"})
    source = made(issuer, clock)
    with caplog.at_level(logging.INFO):
        await problem(source)
        clock.now += 5
        issuer.says = None
        await shown(source)
    said = [record.getMessage() for record in caplog.records if record.name.startswith("goldenthread")]
    assert len(said) == 2
    assert said[0].startswith(
        f"the issuer {ISSUER} gives no token to 'thread goals': {ENDPOINT} answers 401; asked again"
    )
    assert said[1] == "the issuer gives this process tokens again"
    assert not any(part in caplog.text for part in (SECRET, SECRET[:10], "t2"))
    assert source.problem() is None


async def test_a_call_that_speaks_for_somebody_else_is_left_as_it_is() -> None:
    asked = []

    async def goals(request: httpx.Request) -> httpx.Response:
        asked.append(request.headers["authorization"])
        return httpx.Response(401)

    source = StaticToken(Secret("ours"))
    async with httpx.AsyncClient(transport=httpx.MockTransport(goals), auth=ServiceTokenAuth(source)) as client:
        await client.post("http://goals/v1/commands", headers={"Authorization": "Bearer theirs"})
        await client.get("http://goals/v1/heads")
    assert asked == ["Bearer theirs", "Bearer ours"]


async def test_the_body_is_sent_again_with_the_other_token() -> None:
    issuer, clock, asked = Issuer(), Clock(), list[tuple[str, bytes]]()

    async def goals(request: httpx.Request) -> httpx.Response:
        asked.append((request.headers["authorization"], request.content))
        return httpx.Response(401 if len(asked) == 1 else 200)

    source = made(issuer, clock)
    await source.token()
    clock.now += 50
    async with httpx.AsyncClient(transport=httpx.MockTransport(goals), auth=ServiceTokenAuth(source)) as client:
        assert (await client.post("http://goals/v1/heads", content=b"{}")).status_code == 200
    assert asked == [("Bearer t1", b"{}"), ("Bearer t2", b"{}")]


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(200, content=b"[" * 60_000),
        httpx.Response(200, content=b'{"a":' * 10_000),
        httpx.Response(500, content=b"\xff" * 100),
    ],
    ids=["deep list", "deep object", "bytes"],
)
async def test_whatever_an_issuer_answers_does_not_end_the_process(answer: httpx.Response) -> None:
    issuer = Issuer()
    issuer.says = answer
    assert "without an access_token" in (said := await problem(made(issuer, Clock()))) or "answers 500" in said


@pytest.mark.parametrize("port", ["99999", "-1"])
async def test_a_token_endpoint_at_a_port_that_there_is_not_is_named(port: str) -> None:
    issuer = Issuer()
    issuer.discovery = {"token_endpoint": f"https://issuer.example:{port}/token"}
    assert "no such port" in await problem(made(issuer, Clock()))
