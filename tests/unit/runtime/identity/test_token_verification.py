"""Tokens: what is trusted, what is refused and how, and an issuer that is slow, away, or has other keys than before."""

from __future__ import annotations

import asyncio
import base64
import hmac
import json
import math
import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

from goldenthread.runtime.identity.caller import KeysUnavailable, Unauthenticated
from goldenthread.runtime.identity.verifier import Verifier
from tests.support.trusting import trusted

ISSUER, AUDIENCE = "https://issuer.example", "goldenthread"
OLD, NEW = ECKey.generate_key("P-256", auto_kid=True), ECKey.generate_key("P-256", auto_kid=True)
RSA = RSAKey.generate_key(2048, auto_kid=True)


class Issuer:
    """Has `keys`, does not answer while `away`, and answers once `go` is set."""

    def __init__(self, *keys: Any) -> None:
        self.keys = list(keys)
        self.asked = 0
        self.away = False
        self.go = asyncio.Event()
        self.go.set()

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        await self.go.wait()
        if self.away:
            raise httpx.ConnectError("away")
        if request.url.path.startswith("/.well-known"):
            self.asked += 1
            return httpx.Response(200, json={"issuer": ISSUER, "jwks_uri": f"{ISSUER}/keys"})
        return httpx.Response(200, json={"keys": [key.as_dict(private=False) for key in self.keys]})


class Clock:
    """By which keys grow old."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def verifier(issuer: Issuer, now: Callable[[], float] = time.monotonic, **other: Any) -> Verifier:
    client = httpx.AsyncClient(transport=httpx.MockTransport(issuer))
    return Verifier(client, [trusted(ISSUER + "/", **other)], now)


def token(key: Any = OLD, alg: str = "ES256", header: dict[str, Any] | None = None, **other: Any) -> str:
    claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": "ada", "organization": "org_1", "exp": int(time.time()) + 600}
    claims = {name: value for name, value in {**claims, **other}.items() if value is not None}
    made = {"alg": alg, "kid": key.kid, **(header or {})}
    return f"Bearer {jwt.encode({k: v for k, v in made.items() if v is not None}, claims, key, algorithms=[alg])}"


async def refused(made: Verifier, authorization: str | None) -> str:
    with pytest.raises(Unauthenticated) as found:
        await made.caller(authorization)
    return str(found.value)


@pytest.mark.parametrize(
    ("claims", "service"),
    [
        ({"goldenthread_service": "goldenthread-goals"}, True),
        ({"goldenthread_service": "another-client"}, False),
        ({"goldenthread_service": ["goldenthread-goals"]}, False),
        ({"goldenthread_service": True}, False),
        ({"goldenthread_service": {"goldenthread-goals": 1}}, False),
        ({"scope": "service openid goldenthread-goals"}, False),
        ({"azp": "goldenthread-goals"}, False),
        ({}, False),
    ],
    ids=str,
)
async def test_a_service_is_a_listed_client_in_its_own_claim_and_nothing_else(
    claims: dict[str, Any], service: bool
) -> None:
    assert (await verifier(Issuer(OLD)).caller(token(**claims))).service is service


async def test_an_operators_own_claim_and_clients_are_the_only_ones() -> None:
    made = verifier(Issuer(OLD), service_claim="azp", service_clients=("thread-internal",))
    assert (await made.caller(token(azp="thread-internal", organization=None))).service
    assert not (await made.caller(token(azp="a-page"))).service
    assert not (await made.caller(token(goldenthread_service="goldenthread-goals"))).service


async def test_without_listed_clients_nobody_is_a_service() -> None:
    made = verifier(Issuer(OLD), service_clients=())
    assert not (await made.caller(token(goldenthread_service="goldenthread-goals"))).service
    assert not (await made.caller(token(goldenthread_service=""))).service


@pytest.mark.parametrize("audience", [AUDIENCE, [AUDIENCE], ["another", AUDIENCE]])
async def test_an_audience_may_be_one_of_several(audience: Any) -> None:
    caller = await verifier(Issuer(OLD)).caller(token(aud=audience))
    assert (caller.subject, caller.organization, caller.service) == ("ada", "org_1", False)


@pytest.mark.parametrize("claim", ["at_hash", "c_hash"])
async def test_an_id_token_is_no_access_token_also_where_its_audience_is_ours(claim: str) -> None:
    hashes: dict[str, Any] = {claim: "77QmUPtjPfzWtF2AnpK9RQ"}
    assert "ID token" in await refused(verifier(Issuer(OLD)), token(**hashes))


async def test_a_key_without_an_id_is_found_where_there_is_one_key() -> None:
    assert (await verifier(Issuer(OLD)).caller(token(header={"kid": None}))).subject == "ada"


@pytest.mark.parametrize(
    "other",
    [
        {"aud": "another"},
        {"aud": ["another"]},
        {"aud": None},
        {"aud": []},
        {"aud": f"{AUDIENCE}-not"},
        {"iss": "https://another.example"},
        {"iss": None},
        {"sub": None},
        {"sub": ""},
        {"exp": None},
        {"exp": 1_700_000_000},
        {"exp": "tomorrow"},
        {"nbf": 9_700_000_000},
        {"organization": None},
        {"organization": ["org_1"]},
    ],
    ids=str,
)
async def test_a_token_for_somebody_else_or_another_time_is_refused(other: dict[str, Any]) -> None:
    await refused(verifier(Issuer(OLD)), token(**other))


ODD = ["", " ", "org_\x00", "a\nb", "a\u2028b", "\u200b", "x" * 501, 5, 1.5, True, [], ["org_1"], {"org_1": 1}]


@pytest.mark.parametrize("value", ODD, ids=lambda value: repr(value)[:20])
@pytest.mark.parametrize(("claim", "service"), [("organization", False), ("organization", True), ("sub", False)])
async def test_a_login_or_organization_that_is_no_name_is_refused_and_named(
    claim: str, service: bool, value: Any
) -> None:
    other: dict[str, Any] = {"goldenthread_service": "goldenthread-goals"} if service else {}
    reason = await refused(verifier(Issuer(OLD)), token(**other | {claim: value}))
    assert claim in reason


@pytest.mark.parametrize("claim", ["exp", "iat", "nbf"])
@pytest.mark.parametrize("value", ["soon", True, [], {}, -1, math.nan, math.inf, 10**400, 1e300])
async def test_a_time_that_is_none_is_refused_and_named(claim: str, value: Any) -> None:
    assert claim in await refused(verifier(Issuer(OLD)), token(**{claim: value}))


@pytest.mark.parametrize("claim", ["iat", "nbf"])
async def test_to_a_server_whose_clock_is_an_hour_slow_tokens_are_from_later_and_that_is_said(claim: str) -> None:
    soon: dict[str, Any] = {claim: int(time.time()) + 20}
    later: dict[str, Any] = {claim: int(time.time()) + 3_600}
    reason = await refused(verifier(Issuer(OLD)), token(**later))
    assert "clock" in reason
    assert "3600 s" in reason or "3599 s" in reason
    assert (await verifier(Issuer(OLD)).caller(token(**soon))).subject == "ada"


@pytest.mark.parametrize("foreign", ["\n", "é", " ", "\r\nX-Header: 1", "\x00", "=", "\ud800"], ids=ascii)
async def test_a_token_with_foreign_characters_is_refused_although_its_signature_would_do(foreign: str) -> None:
    good = token()
    await refused(verifier(Issuer(OLD)), good[:-5] + foreign + good[-5:])


def _forged(header: dict[str, Any]) -> str:
    def part(value: Any) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

    return f"Bearer {part(header)}.{part({'sub': 'ada'})}."


def _confused(key: Any) -> str:
    """Signed with the public key, as if it were a shared secret."""
    signed = _forged({"alg": "HS256", "kid": key.kid}).removeprefix("Bearer ").rstrip(".")
    mac = hmac.digest(key.as_pem(private=False), signed.encode(), "sha256")
    return f"Bearer {signed}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"


@pytest.mark.parametrize(
    "authorization",
    [
        None,
        "",
        "Bearer",
        "Basic YWRhOmFkYQ==",
        "Bearer not.a.token",
        "Bearer ÿ.ÿ.ÿ",
        "Bearer a.b.c.d.e",
        _forged({"alg": "none"}),
        _forged({"alg": "None", "kid": OLD.kid}),
        _forged({"alg": ["ES256"], "kid": OLD.kid}),
        _forged({"alg": {"ES256": 1}, "kid": OLD.kid}),
        _forged({"alg": "ES256", "kid": {"a": []}}),
        _forged({"alg": "ES256", "kid": OLD.kid, "crit": ["b64"], "b64": False}),
        _forged([]),  # type: ignore[arg-type]
        _confused(OLD),
        _confused(RSA),
        token(key=RSA, alg="RS256", header={"kid": OLD.kid}),
        token(key=NEW, header={"kid": OLD.kid}),
        token(key=NEW),
        token(key=NEW, header={"kid": None}),
        token(key=NEW, header={"jwk": NEW.as_dict(private=False)}),
        token(key=NEW, header={"jku": "https://evil.example/keys"}),
    ],
    ids=lambda value: repr(value)[:40],
)
async def test_a_forged_token_is_refused_with_a_reason(authorization: str | None) -> None:
    assert await refused(verifier(Issuer(OLD, RSA)), authorization)


@given(st.text(max_size=60), st.recursive(st.none() | st.text(max_size=8), lambda some: st.lists(some, max_size=2)))
@settings(deadline=None, max_examples=200)
def test_any_text_is_refused_and_nothing_else(text: str, alg: Any) -> None:
    async def asked() -> None:
        made = verifier(Issuer(OLD))
        for each in (text, f"Bearer {text}", _forged({"alg": alg, "kid": alg})):
            await refused(made, each)

    asyncio.run(asked())


async def test_an_expired_token_does_not_send_us_to_the_issuer_again() -> None:
    issuer, clock = Issuer(OLD), Clock()
    made = verifier(issuer, clock)
    await made.caller(token())
    clock.now = 10.1
    assert "expired" in await refused(made, token(exp=1))
    assert issuer.asked == 1


async def test_a_key_that_the_issuer_withdrew_is_soon_not_trusted() -> None:
    issuer, clock = Issuer(OLD), Clock()
    made = verifier(issuer, clock)
    await made.caller(token())
    issuer.keys = [NEW]
    clock.now = 300.0
    await made.caller(token())
    assert issuer.asked == 1
    clock.now = 300.1
    await made.caller(token())  # asks the issuer, without waiting for the answer
    await made.issuers[0].keys.fetched()
    await refused(made, token())


async def test_an_issuer_that_is_away_keeps_nobody_out_whose_key_is_known() -> None:
    issuer, clock = Issuer(OLD), Clock()
    made = verifier(issuer, clock)
    await made.caller(token())
    issuer.away = True
    for clock.now in (301.0, 602.0, 903.0):
        assert (await made.caller(token())).subject == "ada"
        with pytest.raises(KeysUnavailable, match="Try again"):
            await made.caller(token(NEW))


async def test_an_issuer_that_is_away_from_the_start_is_no_fault_of_the_token() -> None:
    issuer = Issuer(OLD)
    issuer.away = True
    made = verifier(issuer)
    with pytest.raises(KeysUnavailable, match="keys cannot be read now"):
        await made.caller(token())
    issuer.away = False
    assert (await made.caller(token())).subject == "ada"


async def test_a_caller_knows_until_when_the_token_speaks_for_them() -> None:
    exp = int(time.time()) + 600
    caller = await verifier(Issuer(OLD)).caller(token(exp=exp))
    assert exp <= caller.expires_at <= exp + 60


async def test_an_issuer_that_does_not_answer_holds_up_only_who_needs_it() -> None:
    issuer, clock = Issuer(OLD), Clock()
    made = verifier(issuer, clock)
    await made.caller(token())
    clock.now = 10.1
    issuer.go.clear()
    unknown = asyncio.create_task(made.caller(token(NEW)))
    await asyncio.sleep(0)
    async with asyncio.timeout(30):
        assert (await made.caller(token())).subject == "ada"
    issuer.keys.append(NEW)
    issuer.go.set()
    assert (await unknown).subject == "ada"


async def test_many_who_come_at_once_ask_the_issuer_once() -> None:
    issuer = Issuer(OLD)
    issuer.go.clear()
    made = verifier(issuer)
    callers = [asyncio.create_task(made.caller(token())) for _ in range(20)]
    await asyncio.sleep(0)
    callers[0].cancel()
    issuer.go.set()
    answers = await asyncio.gather(*callers, return_exceptions=True)
    assert sum(isinstance(answer, BaseException) for answer in answers) == 1
    assert issuer.asked == 1


@pytest.mark.parametrize(
    ("claims", "administers"),
    [
        ({"groups": "operators"}, True),
        ({"groups": ["staff", "operators"]}, True),
        ({"groups": ["staff"]}, False),
        ({"groups": {"operators": True}}, False),
        ({"groups": [["operators"]]}, False),
        ({"groups": True}, False),
        ({"groups": "operators staff"}, False),
        ({"roles": "operators"}, False),
        ({}, False),
        ({"groups": "operators", "goldenthread_service": "goldenthread-goals"}, False),
    ],
    ids=str,
)
async def test_an_administrator_of_the_installation_has_a_configured_value_in_the_configured_claim(
    claims: dict[str, Any], administers: bool
) -> None:
    made = verifier(Issuer(OLD), administrator_claim="groups", administrator_values=("operators",))
    caller = await made.caller(token(**claims))
    assert caller.installation_administrator is administers
    assert not (await verifier(Issuer(OLD)).caller(token(**claims))).installation_administrator


async def test_only_an_administrator_of_the_installation_needs_no_organization() -> None:
    made = verifier(Issuer(OLD), administrator_claim="groups", administrator_values=("operators",))
    assert (await made.caller(token(groups=["operators"], organization=None))).organization is None
    assert (await made.caller(token(groups=["operators"]))).organization == "org_1"
    assert "organization" in await refused(made, token(groups=["staff"], organization=None))


@pytest.mark.parametrize(
    ("claims", "found"),
    [
        ({"email": "ada@example.com", "email_verified": True}, ("ada@example.com", True)),
        ({"email": "ada@example.com", "email_verified": "true"}, ("ada@example.com", False)),
        ({"email": "ada@example.com"}, ("ada@example.com", False)),
        ({"email": ["ada@example.com"], "email_verified": 1}, (None, False)),
        ({"email": "a" * 321}, (None, False)),
        ({"email": "a\nb"}, (None, False)),
        ({"email": ""}, (None, False)),
        ({}, (None, False)),
    ],
    ids=lambda value: repr(value)[:40],
)
async def test_an_address_is_taken_as_it_is_or_not_at_all(claims: dict[str, Any], found: tuple[Any, bool]) -> None:
    caller = await verifier(Issuer(OLD)).caller(token(**claims))
    assert (caller.email, caller.email_verified) == found
