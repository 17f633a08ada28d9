"""Tokens that name a key which is not known: when the keys are read again, and what is answered meanwhile."""

from __future__ import annotations

import pytest

from goldenthread.runtime.identity.caller import KeysUnavailable, Unauthenticated
from goldenthread.runtime.identity.verifier import Verifier
from tests.support.trusting import trusted
from tests.unit.runtime.identity.token_issuers import FakeIssuer, client, new_key

ISSUER = "https://issuer.example"


class Trusting:
    """A verifier that has read the keys of its issuer at the time 0 of its clock."""

    def __init__(self) -> None:
        self.now = 0.0
        self.issuer = FakeIssuer(ISSUER)
        self.verifier = Verifier(client(self.issuer), [trusted(ISSUER)], lambda: self.now)

    async def subject(self, token: str) -> str:
        return (await self.verifier.caller(token)).subject

    async def refused(self, token: str) -> None:
        with pytest.raises(Unauthenticated):
            await self.verifier.caller(token)

    async def not_now(self, token: str) -> None:
        with pytest.raises(KeysUnavailable, match="Try again"):
            await self.verifier.caller(token)

    def of_unknown_key(self) -> str:
        """A token of a key that the issuer does not publish."""
        kept, self.issuer.key = self.issuer.key, new_key()
        made, self.issuer.key = self.issuer.token(), kept
        return made


@pytest.fixture
async def trusting() -> Trusting:
    made = Trusting()
    await made.subject(made.issuer.token())
    return made


async def test_the_keys_are_read_once_a_second_for_whatever_key_ids_callers_invent(trusting: Trusting) -> None:
    for tenths in range(31):  # three seconds
        trusting.now = tenths / 10
        await trusting.refused(trusting.of_unknown_key())
    assert trusting.issuer.asked <= 1 + 3
    trusting.issuer.rotate()
    trusting.now += 1.1
    assert await trusting.subject(trusting.issuer.token()) == "ada"


async def test_for_a_wrong_signature_they_are_read_every_ten_seconds(trusting: Trusting) -> None:
    header, claims, _ = trusting.issuer.token().split(".")
    forged = ".".join([header, claims, trusting.of_unknown_key().rpartition(".")[2]])
    for trusting.now in (0.0, 5.0, 10.0):
        await trusting.refused(forged)
    assert trusting.issuer.asked == 1
    trusting.now = 10.1
    await trusting.refused(forged)
    assert trusting.issuer.asked == 2


async def test_while_they_could_not_be_read_a_moment_ago_it_is_no_fault_of_the_token(trusting: Trusting) -> None:
    known, issuer = trusting.issuer.token(), trusting.issuer
    issuer.rotate()
    issuer.away = True
    for trusting.now in (20.0, 20.1, 20.9):
        await trusting.not_now(issuer.token())
    assert await trusting.subject(known) == "ada"
    issuer.away, trusting.now = False, 22.0
    assert await trusting.subject(issuer.token()) == "ada"
    trusting.now = 22.5
    await trusting.refused(trusting.of_unknown_key())


@pytest.mark.parametrize(
    "odd",
    [
        {"kty": "EC", "crv": "P-999", "x": "AA", "y": "AA", "kid": "later"},
        {"kty": "OKP", "crv": "X999", "x": "AA"},
        {"kty": "RSA", "n": "AQAB", "e": "AQAB"},
        {"kty": "AKP", "alg": "ML-DSA-65", "pub": "AA"},
        {"kty": ["EC"]},
        None,
    ],
    ids=str,
)
async def test_a_key_that_cannot_be_used_takes_no_others_along(trusting: Trusting, odd: object) -> None:
    trusting.issuer.rotate()
    trusting.issuer.odd_keys = [odd]
    trusting.now = 2.0
    assert await trusting.subject(trusting.issuer.token()) == "ada"
    trusting.issuer.published = []
    trusting.now = 4.0
    await trusting.not_now(trusting.of_unknown_key())
