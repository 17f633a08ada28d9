"""HTTP: whatever is sent is answered with a typed refusal; what is wrong on the caller's side is said to be."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import msgspec
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from goldenthread.contracts.secret import Secret
from goldenthread.runtime.auth import Caller, Verifier
from goldenthread.runtime.http import MAX_BODY, answer, body, endpoint, number


class Anybody(Verifier):
    def __init__(self) -> None: ...

    async def caller(self, authorization: str | None) -> Caller:
        return Caller("ada", "org_1", False, Secret("token"))


class Asked(msgspec.Struct):
    name: str
    more: Any = None


async def ask(request: Request, caller: Caller) -> Response:
    found = await body(request, msgspec.json.Decoder(Asked))
    return answer([found.name, number(request, "limit", 7, 100)])


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    app = Starlette(routes=[Route("/ask", endpoint(Anybody(), ask), methods=["POST"])])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        yield client


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"{",
        b"[]",
        b'{"name": 1}',
        b'{"name": "\xff"}',
        b'{"name": "\\ud800"}',
        b"[" * 100_000,
        b'{"name": "a", "more": ' + b"[" * 50_000 + b"]" * 50_000 + b"}",
        b'{"name": "' + b"a" * MAX_BODY + b'"}',
    ],
    ids=lambda sent: repr(sent[:24]),
)
async def test_a_body_that_cannot_be_taken_is_the_callers_problem(http: httpx.AsyncClient, sent: bytes) -> None:
    found = await http.post("/ask", content=sent)
    assert found.status_code == 400
    assert found.json()["errors"][0]["code"] == "INVALID"


@pytest.mark.parametrize("limit", ["-1", "x", "1.5", "101", "²", "9" * 5_000, ""])
async def test_a_number_that_is_none_is_the_callers_problem(http: httpx.AsyncClient, limit: str) -> None:
    found = await http.post("/ask", params={"limit": limit}, json={"name": "a"})
    assert (found.status_code, found.json()["errors"][0]["path"]) == (400, ["limit"])


async def test_what_fits_is_taken(http: httpx.AsyncClient) -> None:
    assert (await http.post("/ask", params={"limit": "100"}, json={"name": "a"})).json() == ["a", 100]
    assert (await http.post("/ask", json={"name": "a"})).json() == ["a", 7]
