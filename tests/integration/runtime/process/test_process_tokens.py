"""What a process shows the others stays valid: over HTTP, with an issuer whose tokens live for seconds."""

from __future__ import annotations

import asyncio
import logging
import math
import os
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from goldenthread.contracts.secret import Secret
from goldenthread.launcher.issuer import Issuer
from goldenthread.runtime.configuration.settings import ProcessSettings
from goldenthread.runtime.identity.caller import Unauthenticated
from goldenthread.runtime.identity.verifier import Verifier
from goldenthread.runtime.observability.health import NotReady
from goldenthread.runtime.process.process_tokens import ProcessTokens, process_tokens
from goldenthread.runtime.tokens.token_sources import NoToken, TokenSource
from goldenthread.runtime.web.client import http_client
from tests.support.asgi_server import eventually, serving
from tests.support.token_server import TokenServer
from tests.support.trusting import trusting


class Callee:
    """Another process: answers whoever is one of ours, as ours do; keeps what it was shown and answered."""

    def __init__(self, issuer: Issuer) -> None:
        self._issuer = issuer
        self.answers = Counter[int]()
        self.shown = list[str]()
        self.withdrawn = set[str]()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[str]:
        async with httpx.AsyncClient() as client:
            verifier = Verifier(client, [trusting(self._issuer)])

            async def answer(request: Request) -> Response:
                token = request.headers.get("authorization", "")
                self.shown.append(token.removeprefix("Bearer "))
                try:
                    service = (await verifier.caller(token)).service and self.shown[-1] not in self.withdrawn
                except Unauthenticated:
                    service = False
                self.answers[200 if service else 401] += 1
                return Response(await request.body(), 200 if service else 401)

            async with serving(Starlette(routes=[Route("/", answer, methods=["GET", "POST"])])) as url:
                yield url


@pytest.fixture
def server(issuer: Issuer) -> TokenServer:
    return TokenServer(issuer)


@pytest.fixture
def callee(issuer: Issuer) -> Callee:
    return Callee(issuer)


def of_client(server: TokenServer, secret_file: Path | None = None) -> ProcessSettings:
    return ProcessSettings(
        kafka="nowhere:1",
        issuer=server.issuer.identifier,
        issuer_url=server.url,
        service_client_id=server.client,
        service_client_secret=Secret(server.secret),
        service_client_secret_file=str(secret_file) if secret_file else None,
    )


@asynccontextmanager
async def calling(
    callee: Callee, settings: ProcessSettings
) -> AsyncIterator[tuple[httpx.AsyncClient, str, TokenSource]]:
    async with callee.running() as url, process_tokens(settings) as own, http_client(own.services) as client:
        assert own.services is not None
        yield client, url, own.services


async def answered(client: httpx.AsyncClient, url: str) -> bool:
    try:
        return (await client.get(url)).status_code == 200
    except NoToken:
        return False


async def test_no_call_fails_however_often_a_token_expires(server: TokenServer, callee: Callee) -> None:
    async with server.running(), calling(callee, of_client(server)) as (client, url, own):

        async def several_given() -> bool:
            answers = await asyncio.gather(*(client.get(url) for _ in range(5)))
            assert {each.status_code for each in answers} == {200}
            return len(server.given) >= 5

        await eventually(several_given)
        assert own.problem() is None
    assert set(callee.answers) == {200}
    assert len(set(callee.shown)) >= 3
    assert server.most_at_once == 1
    assert server.forms[0] == {"grant_type": "client_credentials"}


async def test_what_the_callee_would_not_take_was_exchanged_in_time(server: TokenServer, callee: Callee) -> None:
    """The measure of the test before: the first token is refused by the time the last was given."""
    async with server.running(), calling(callee, of_client(server)) as (client, url, _):
        await client.get(url)
        first = {"Authorization": f"Bearer {server.given[0]}"}
        assert (await client.get(url, headers=first)).status_code == 200
        await eventually(lambda: len(server.given) >= 5)
        assert (await client.get(url, headers=first)).status_code == 401


async def test_an_issuer_that_is_away_at_the_start_is_waited_for(
    server: TokenServer, callee: Callee, caplog: pytest.LogCaptureFixture
) -> None:
    async with calling(callee, of_client(server)) as (client, url, own):
        with pytest.raises(NoToken, match="gives no token to 'goldenthread-gateway': ConnectError"):
            await client.get(url)
        check = ProcessTokens(own).checks["token for services"]
        with pytest.raises(NotReady, match="ConnectError"):
            await check()
        assert any("asked again in" in record.getMessage() for record in caplog.records)
        async with server.running():
            await eventually(lambda: answered(client, url))
            await check()
    assert set(callee.answers) == {200}


async def test_an_issuer_that_hangs_holds_up_a_call_for_a_moment_only(server: TokenServer, callee: Callee) -> None:
    server.answers.clear()
    async with server.running(), calling(callee, of_client(server)) as (client, url, _):
        async with asyncio.timeout(8):  # an issuer is waited for for ten seconds
            with pytest.raises(NoToken, match="the issuer is being asked"):
                await client.get(url)
        server.answers.set()
        await eventually(lambda: answered(client, url))
    assert server.most_at_once == 1


async def test_a_valid_token_is_shown_while_the_issuer_hangs(server: TokenServer, callee: Callee) -> None:
    server.seconds = 20
    async with server.running(), calling(callee, of_client(server)) as (client, url, own):
        await client.get(url)
        server.answers.clear()
        renewing = asyncio.create_task(own.renewed(await own.token()))
        async with asyncio.timeout(8):  # an issuer is waited for for ten seconds
            assert (await client.get(url)).status_code == 200
            await renewing
        server.answers.set()


async def test_a_secret_is_exchanged_while_the_process_runs(
    server: TokenServer, callee: Callee, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "secret"
    file.write_text(f"{server.secret}\n")
    before = server.secret
    async with server.running(), calling(callee, of_client(server, file)) as (client, url, own):
        await client.get(url)
        server.secret = "another secret of the test"
        await eventually(lambda: own.problem() is not None)
        assert "answers 401" in str(own.problem())
        file.write_text(server.secret)
        await eventually(lambda: own.problem() is None)
        assert await answered(client, url)
    assert not any(secret in caplog.text for secret in (before, server.secret, *server.given))


async def test_a_refusal_is_said_and_the_issuer_is_not_asked_all_the_time(
    server: TokenServer, callee: Callee, caplog: pytest.LogCaptureFixture
) -> None:
    server.refusal, began = JSONResponse({"error": "invalid_scope"}, 400), time.monotonic()
    async with server.running(), calling(callee, of_client(server)) as (client, url, _):
        with caplog.at_level(logging.WARNING):
            await eventually(lambda: len(server.forms) >= 2)
        for _ in range(50):
            with pytest.raises(NoToken, match="answers 400: invalid_scope"):
                await client.get(url)
    assert len(server.forms) <= 2 + math.log2(1 + (time.monotonic() - began) / 0.8), "each pause is twice the last one"
    assert server.most_at_once == 1
    assert callee.shown == []


async def test_a_token_that_is_withdrawn_is_exchanged_once_for_all_calls_and_each_is_repeated(
    server: TokenServer, callee: Callee
) -> None:
    server.seconds = 24
    async with server.running(), calling(callee, of_client(server)) as (client, url, _):
        assert (await client.get(url)).status_code == 200
        callee.withdrawn.add(server.given[0])
        assert (await client.get(url)).status_code == 401  # it is as new as any

        async def all_answered() -> bool:
            answers = await asyncio.gather(*(client.post(url, content=b"%d" % number) for number in range(20)))
            assert [each.content for each in answers] == [b"%d" % number for number in range(20)]
            return {each.status_code for each in answers} == {200}

        await eventually(all_answered)
        before = len(callee.shown)
        assert await all_answered()
    assert len(server.given) == 2
    assert callee.shown[before:] == [server.given[1]] * 20


async def test_a_token_in_a_file_is_read_again_when_it_is_exchanged(
    issuer: Issuer, callee: Callee, tmp_path: Path
) -> None:
    """As Kubernetes does it: the folder of a volume is a symbolic link that is exchanged as a whole."""

    def project(number: int) -> str:
        token = issuer.service_token()
        folder, link = tmp_path / f"..{number}", tmp_path / "..new"
        folder.mkdir()
        (folder / "token").write_text(token)
        link.symlink_to(folder.name)
        os.rename(link, tmp_path / "..data")
        return token

    first = project(1)
    (tmp_path / "token").symlink_to("..data/token")
    settings = ProcessSettings(
        kafka="nowhere:1",
        issuer=issuer.identifier,
        service_token=Secret(first),
        service_token_file=str(tmp_path / "token"),
    )
    async with calling(callee, settings) as (client, url, own):
        assert (await client.get(url)).status_code == 200
        second = project(2)
        callee.withdrawn.add(first)
        assert (await client.get(url)).status_code == 200  # it was refused, read again, repeated
        third = project(3)
        await eventually(lambda: _shows(client, url, callee, third))
        (tmp_path / "..data").unlink()
        await eventually(lambda: _has_problem(client, url, own))
        assert (await client.get(url)).status_code == 200
    assert set(callee.shown) == {first, second, third}
    assert callee.answers[401] == 1


async def _shows(client: httpx.AsyncClient, url: str, callee: Callee, token: str) -> bool:
    await client.get(url)
    return callee.shown[-1] == token


async def _has_problem(client: httpx.AsyncClient, url: str, own: TokenSource) -> bool:
    await client.get(url)
    return own.problem() is not None
