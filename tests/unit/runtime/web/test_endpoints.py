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
from goldenthread.runtime.identity.caller import Caller, NotPermitted, Unauthenticated
from goldenthread.runtime.identity.verifier import Verifier
from goldenthread.runtime.web.endpoints import (
    BODIES,
    MAX_BODY,
    RequestTooLarge,
    answer,
    body,
    endpoint,
    number,
    organization_of,
)
from tests.unit.runtime.web.verifiers import ADA, Anybody


class Nobody(Verifier):
    def __init__(self) -> None: ...

    async def caller(self, authorization: str | None, organization: str | None = None) -> Caller:
        raise Unauthenticated("no")


class Asked(msgspec.Struct):
    name: str
    more: Any = None


async def ask(request: Request, caller: Caller) -> Response:
    async with body(request, msgspec.json.Decoder(Asked), caller) as found:
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
    ],
    ids=lambda sent: repr(sent[:24]),
)
async def test_a_body_that_cannot_be_taken_is_the_callers_problem(http: httpx.AsyncClient, sent: bytes) -> None:
    found = await http.post("/ask", content=sent)
    assert found.status_code == 400
    assert found.json()["errors"][0]["code"] == "INVALID"


@pytest.mark.parametrize("declared", [True, False])
async def test_a_body_that_is_too_large_is_refused_with_413(http: httpx.AsyncClient, declared: bool) -> None:
    sent = b'{"name": "' + b"a" * MAX_BODY + b'"}'
    found = await http.post("/ask", content=sent if declared else in_pieces(sent))
    assert (found.status_code, found.json()["errors"][0]["code"]) == (413, "INVALID")
    assert BODIES.held == 0


async def in_pieces(sent: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(sent), 2**20):
        yield sent[start : start + 2**20]


async def test_a_length_that_is_too_large_is_refused_before_anything_is_read() -> None:
    def nothing() -> Any:
        raise AssertionError("the body was read")

    headers = [(b"content-length", str(MAX_BODY + 1).encode())]
    request = Request({"type": "http", "method": "POST", "headers": headers}, receive=nothing)
    with pytest.raises(RequestTooLarge):
        async with body(request, msgspec.json.Decoder(Asked), ADA):
            pass


async def test_large_bodies_that_do_not_fit_are_refused_and_small_ones_are_not(
    http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(BODIES, "most", 1_000_000)
    large = {"name": "a" * 600_000}
    assert (await http.post("/ask", json=large)).status_code == 200
    with BODIES.request("another") as held:
        held.received(700_000)
        refused = await http.post("/ask", json=large)
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "1")
        assert refused.json()["errors"][0]["code"] == "UNAVAILABLE"
        assert (await http.post("/ask", json={"name": "a" * 60_000})).status_code == 200
    assert (await http.post("/ask", json=large)).status_code == 200
    assert BODIES.held == 0


async def test_a_token_is_asked_for_before_the_body(http: httpx.AsyncClient) -> None:
    app = Starlette(routes=[Route("/ask", endpoint(Nobody(), ask), methods=["POST"])])
    read = False

    async def pieces() -> AsyncIterator[bytes]:
        nonlocal read
        read = True
        yield b"{}"

    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as nobody:
        assert (await nobody.post("/ask", content=pieces())).status_code == 401
    assert not read


@pytest.mark.parametrize("limit", ["-1", "x", "1.5", "101", "²", "9" * 5_000, ""])
async def test_a_number_that_is_none_is_the_callers_problem(http: httpx.AsyncClient, limit: str) -> None:
    found = await http.post("/ask", params={"limit": limit}, json={"name": "a"})
    assert (found.status_code, found.json()["errors"][0]["path"]) == (400, ["limit"])


async def test_what_fits_is_taken(http: httpx.AsyncClient) -> None:
    assert (await http.post("/ask", params={"limit": "100"}, json={"name": "a"})).json() == ["a", 100]
    assert (await http.post("/ask", json={"name": "a"})).json() == ["a", 7]


async def test_who_shows_no_good_token_is_told_so_and_not_that_they_may_not() -> None:
    app = Starlette(routes=[Route("/ask", endpoint(Nobody(), ask), methods=["POST"])])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as nobody:
        refused = await nobody.post("/ask", json={"name": "x"})
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (401, "UNAUTHENTICATED")


@pytest.mark.parametrize(("method", "unknown"), [("POST", True), ("GET", False)])
async def test_after_a_failure_that_nobody_foresaw_nothing_is_said_that_is_not_known(
    method: str, unknown: bool
) -> None:
    async def failing(request: Request, caller: Caller) -> Response:
        raise ValueError("secret")

    app = Starlette(routes=[Route("/ask", endpoint(Anybody(), failing), methods=["POST", "GET"])])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        answered = await client.request(method, "/ask")
    assert answered.status_code == 500
    assert ("not known" in answered.text) is unknown
    assert "nothing was changed" not in answered.text.lower()
    assert "secret" not in answered.text


SEVERAL = ("org_a", "org_b")


@pytest.mark.parametrize(
    ("caller", "query", "found"),
    [
        (Caller("ada", "org_a", False, Secret("t"), organizations=SEVERAL), "", "org_a"),
        (Caller("ada", "org_a", False, Secret("t"), organizations=SEVERAL), "?organization=org_a", "org_a"),
        (Caller("ada", "org_a", False, Secret("t"), organizations=SEVERAL), "?organization=org_b", "NOT_FOUND"),
        (Caller("ada", None, False, Secret("t"), organizations=SEVERAL), "?organization=org_b", "org_b"),
        (Caller("ada", None, False, Secret("t"), organizations=SEVERAL), "?organization=org_c", "NOT_FOUND"),
        (Caller("ada", None, False, Secret("t"), organizations=SEVERAL), "", "INVALID"),
        (Caller("operator", None, False, Secret("t"), installation_administrator=True), "", "NOT_FOUND"),
        (Caller("operator", None, False, Secret("t"), installation_administrator=True), "?organization=a", "NOT_FOUND"),
        (Caller("service", None, True, Secret("t")), "?organization=org_x", "org_x"),
        (Caller("service", None, True, Secret("t"), organizations=SEVERAL), "", "NOT_FOUND"),
    ],
)
async def test_a_command_is_for_an_organization_that_the_token_is_for(caller: Caller, query: str, found: str) -> None:
    class Known(Nobody):
        async def caller(self, authorization: str | None, organization: str | None = None) -> Caller:
            return caller

    async def handler(request: Request, known: Caller) -> Response:
        return answer(organization_of(request, known))

    app = Starlette(routes=[Route("/ask", endpoint(Known(), handler))])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        told = (await client.get(f"/ask{query}")).json()
    if isinstance(told, str):
        assert told == found
    else:
        (error,) = told["errors"]
        assert error["code"] == found
        assert error.get("candidates", []) == (list(SEVERAL) if found == "INVALID" else [])


async def test_what_a_request_chooses_reaches_the_verifier_and_a_refused_choice_is_forbidden() -> None:
    class Choosing(Nobody):
        async def caller(self, authorization: str | None, organization: str | None = None) -> Caller:
            raise NotPermitted(f"{authorization} is not for {organization}")

    app = Starlette(routes=[Route("/ask", endpoint(Choosing(), ask))])
    headers = {"Authorization": "Bearer x", "Golden-Thread-Organization": "org_b"}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        told = await client.get("/ask", headers=headers)
    assert (told.status_code, told.json()["errors"][0]["code"]) == (403, "FORBIDDEN")
    assert told.json()["errors"][0]["message"] == "Bearer x is not for org_b"
