"""Several issuers: a token goes to the verifier of its own issuer, whose trouble is nobody else's."""

from __future__ import annotations

import asyncio
import base64
import json
from typing import Any

import pytest

from goldenthread.runtime.identity.caller import KeysUnavailable, Unauthenticated
from goldenthread.runtime.identity.verifier import Verifier
from tests.support.trusting import trusted
from tests.unit.runtime.identity.token_issuers import FakeIssuer, client

OWN, CUSTOMER = "https://own.example", "https://customer.example/tenant"


class Two:
    """A verifier of two issuers, of which only the first vouches for services."""

    def __init__(self, **other: Any) -> None:
        self.own, self.customer = FakeIssuer(OWN), FakeIssuer(CUSTOMER)
        self.now = 0.0
        issuers = [trusted(OWN), trusted(CUSTOMER, services=False, **other)]
        self.verifier = Verifier(client(self.own, self.customer), issuers, lambda: self.now)

    async def caller(self, authorization: str) -> Any:
        return await self.verifier.caller(authorization)


def _claiming(claims: Any) -> str:
    def part(value: Any) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

    return f"Bearer {part({'alg': 'ES256'})}.{part(claims)}.AA"


async def test_the_same_subject_and_address_at_two_issuers_are_two_logins() -> None:
    two = Two()
    mine, theirs = [
        await two.caller(each.token(email="ada@example.com", email_verified=True)) for each in (two.own, two.customer)
    ]
    assert (mine.subject, mine.email, mine.organization) == (theirs.subject, theirs.email, theirs.organization)
    assert mine.login != theirs.login
    assert mine.key != theirs.key
    assert (mine.issuer, theirs.issuer) == (OWN, CUSTOMER)


async def test_a_token_is_verified_with_the_keys_of_its_own_issuer_only() -> None:
    two = Two()
    with pytest.raises(Unauthenticated):
        await two.caller(two.customer.token(iss=OWN))
    with pytest.raises(Unauthenticated):
        await two.caller(two.own.token(iss=CUSTOMER))


@pytest.mark.parametrize(
    "iss",
    [f"{OWN}.evil", "https://OWN.example", f"{OWN}//", f" {OWN}", "", None, 5, [OWN], {"iss": OWN}, f"{OWN}/realm"],
    ids=repr,
)
async def test_a_token_of_another_issuer_costs_no_request(iss: Any) -> None:
    two = Two()
    for authorization in (two.own.token(iss=iss), _claiming({"iss": iss}), _claiming([iss]), _claiming("iss")):
        with pytest.raises(Unauthenticated):
            await two.caller(authorization)
    assert (two.own.asked, two.customer.asked) == (0, 0)


async def test_a_slash_at_the_end_of_an_issuer_makes_no_difference() -> None:
    two = Two()
    assert (await two.caller(two.own.token(iss=f"{OWN}/"))).login == (await two.caller(two.own.token())).login


async def test_an_issuer_that_hangs_or_is_away_delays_nobody_elses_tokens() -> None:
    two = Two()
    two.customer.go.clear()
    waiting = asyncio.create_task(two.caller(two.customer.token()))
    await asyncio.sleep(0)
    async with asyncio.timeout(30):
        for two.now in (0.0, 11.0, 400.0):
            assert (await two.caller(two.own.token(sub=str(two.now)))).issuer == OWN
    two.customer.away = True
    two.customer.go.set()
    with pytest.raises(KeysUnavailable):
        await waiting
    assert (await two.caller(two.own.token())).issuer == OWN
    two.customer.away = False
    assert (await two.caller(two.customer.token())).issuer == CUSTOMER


async def test_a_service_is_only_whom_an_issuer_vouches_for_that_vouches_for_services() -> None:
    two = Two()
    claims = {"goldenthread_service": "goldenthread-gateway"}
    assert (await two.caller(two.own.token(**claims))).service
    assert not (await two.caller(two.customer.token(**claims))).service


async def test_administrators_of_the_installation_come_from_the_issuer_that_names_them_only() -> None:
    two = Two(administrator_claim="groups", administrator_values=("operators",))
    assert (await two.caller(two.customer.token(groups=["operators"]))).installation_administrator
    assert not (await two.caller(two.own.token(groups=["operators"]))).installation_administrator


async def test_each_issuer_has_its_own_audience() -> None:
    two = Two(audience="api://goldenthread")
    assert (await two.caller(two.customer.token(aud="api://goldenthread"))).issuer == CUSTOMER
    for authorization in (two.customer.token(), two.own.token(aud="api://goldenthread")):
        with pytest.raises(Unauthenticated):
            await two.caller(authorization)


async def test_documents_of_another_issuer_are_not_taken_for_this_ones() -> None:
    own = FakeIssuer(OWN)
    swapped = Verifier(client(own), [trusted(CUSTOMER, url=OWN)])
    with pytest.raises(KeysUnavailable) as raised:
        await swapped.caller(own.token(iss=CUSTOMER))
    assert OWN in str(raised.value.__cause__)
