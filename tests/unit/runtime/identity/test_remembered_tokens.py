"""Verified tokens are remembered for a while; nothing of a token that was not verified is."""

from __future__ import annotations

import time
from typing import Any

import pytest

from goldenthread.runtime.identity import issuer_verifier
from goldenthread.runtime.identity.caller import Caller, NotPermitted, Unauthenticated
from goldenthread.runtime.identity.remembered_tokens import RememberedTokens
from goldenthread.runtime.identity.verifier import Verifier
from tests.support.trusting import trusted
from tests.unit.runtime.identity.token_issuers import FakeIssuer, client, new_key

A, B = "https://a.example", "https://b.example"


class Counted:
    """A verifier of two issuers, and how many signatures it computed."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, most: int = 10) -> None:
        self.a, self.b = FakeIssuer(A), FakeIssuer(B)
        self.now = 0.0
        self.computed = 0
        self.memory = RememberedTokens(most, lambda: self.now)
        issuers = [trusted(each, organizations={"x": "org_x", "y": "org_y"}) for each in (A, B)]
        self.verifier = Verifier(client(self.a, self.b), issuers, lambda: self.now, self.memory)
        decoded = issuer_verifier._decoded

        def counted(*given: Any) -> Any:
            self.computed += 1
            return decoded(*given)

        monkeypatch.setattr(issuer_verifier, "_decoded", counted)

    async def caller(self, authorization: str, chosen: str | None = None) -> Caller:
        return await self.verifier.caller(authorization, chosen)

    async def read_again(self, *issuers: int) -> None:
        """Wait until the keys have been read again that are being read."""
        for each in issuers:
            await self.verifier.issuers[each].keys.fetched()


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Counted:
    return Counted(monkeypatch)


async def test_a_token_is_verified_once_and_stands_for_the_same_caller(counted: Counted) -> None:
    token = counted.a.token(organization=["x", "y"], email="ada@example.com")
    first = await counted.caller(token)
    assert await counted.caller(token) == first
    assert counted.computed == 1
    assert (await counted.caller(token, "org_x")).organization == "org_x"
    assert (await counted.caller(token, "org_y")).organization == "org_y"
    assert (await counted.caller(token)).organization is None
    assert counted.computed == 1


async def test_it_is_remembered_for_five_minutes(counted: Counted) -> None:
    token = counted.a.token(organization="x", exp=int(time.time()) + 6_000)
    await counted.caller(token)
    counted.now = 299.0
    await counted.caller(token)
    assert counted.computed == 1
    counted.now = 300.0
    await counted.caller(token)
    assert counted.computed == 2


async def test_it_is_remembered_no_longer_than_it_is_valid(counted: Counted, monkeypatch: pytest.MonkeyPatch) -> None:
    exp = int(time.time()) + 60
    token = counted.a.token(organization="x", exp=exp)
    await counted.caller(token)
    monkeypatch.setattr(time, "time", lambda: exp - 0.5)
    await counted.caller(token)
    assert counted.computed == 1
    monkeypatch.setattr(time, "time", lambda: exp + 31.0)
    with pytest.raises(Unauthenticated, match="expired"):
        await counted.caller(token)


async def test_it_is_forgotten_when_its_key_is_withdrawn_also_while_nothing_else_comes(counted: Counted) -> None:
    token = counted.a.token(organization="x")
    await counted.caller(token)
    counted.now = 290.0
    later = counted.a.token(organization="x", jti="another")
    await counted.caller(later)
    counted.a.rotate()
    counted.now = 300.5
    await counted.caller(later)  # remembered; the keys are old by now, and are read again
    await counted.read_again(0)
    with pytest.raises(Unauthenticated):
        await counted.caller(later)


async def test_a_key_that_is_new_makes_its_issuers_tokens_be_verified_again_and_no_others(counted: Counted) -> None:
    mine, theirs = counted.a.token(organization="x"), counted.b.token(organization="x")
    await counted.caller(mine)
    await counted.caller(theirs)
    counted.a.published.append(key := new_key())
    counted.a.key, old = key, counted.a.key
    counted.now = 11.0
    await counted.caller(counted.a.token(organization="x"))
    computed = counted.computed
    await counted.caller(theirs)
    assert counted.computed == computed
    await counted.caller(mine)
    assert counted.computed == computed + 1
    assert counted.a.key is not old


async def test_the_same_keys_read_again_forget_nothing(counted: Counted) -> None:
    await counted.caller(counted.a.token(organization="x"))
    counted.now = 200.0
    token = counted.a.token(organization="x", jti="another")
    await counted.caller(token)
    computed = counted.computed
    counted.now = 301.0
    await counted.caller(token)
    await counted.read_again(0)
    await counted.caller(token)
    assert (counted.computed, counted.a.asked) == (computed, 2)


async def test_many_tokens_take_bounded_memory(counted: Counted) -> None:
    tokens = [counted.a.token(organization="x", jti=str(each)) for each in range(12)]
    for token in tokens:
        await counted.caller(token)
    assert len(counted.memory) == 10
    computed = counted.computed
    for token in tokens[2:]:
        await counted.caller(token)
    assert counted.computed == computed


async def test_nothing_is_remembered_of_a_token_that_is_refused(counted: Counted) -> None:
    good = counted.a.token(organization="x")
    for token in (
        counted.a.token(organization="x", exp=1),
        counted.a.token(organization="x", aud="another"),
        counted.a.token(organization="x", sub=""),
        good[:-4] + "AAAA",
        counted.b.token(organization="x", iss=A),
        counted.a.token(organization="x", iss="https://c.example"),
        "Bearer x.y.z",
    ):
        with pytest.raises(Unauthenticated):
            await counted.caller(token)
    with pytest.raises(NotPermitted):
        await counted.caller(counted.a.token(organization="z"))
    assert len(counted.memory) == 0


async def test_a_token_that_differs_in_one_character_is_another_one(counted: Counted) -> None:
    good = counted.a.token(organization="x")
    await counted.caller(good)
    for at in (10, len(good) // 2, len(good) - 2):
        other = good[:at] + ("A" if good[at] != "A" else "B") + good[at + 1 :]
        with pytest.raises(Unauthenticated):
            await counted.caller(other)


async def test_a_choice_that_the_token_is_not_for_is_refused_also_of_a_remembered_one(counted: Counted) -> None:
    token = counted.a.token(organization="x")
    await counted.caller(token)
    with pytest.raises(NotPermitted):
        await counted.caller(token, "org_y")
