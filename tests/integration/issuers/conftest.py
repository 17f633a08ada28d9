"""The four processes, which trust two issuers, and an organization for the people of each."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from goldenthread.launcher.broker import Broker
from goldenthread.launcher.issuer import Issuer
from goldenthread.launcher.postgres import Postgres
from tests.support.graphql_client import Client
from tests.support.identity_provider import IdentityProvider
from tests.support.real_processes import Processes, starting

_OF_ONE_ISSUER = (
    "ISSUER",
    "ISSUER_URL",
    "AUDIENCE",
    "SERVICE_CLAIM",
    "SERVICE_CLIENTS",
    "ADMINISTRATOR_CLAIM",
    "ADMINISTRATOR_VALUES",
)
EMAIL = {"email": "ada@example.com", "email_verified": True}
"""The same at both issuers."""
_FILE = """
[[issuers]]
issuer = "{own.identifier}"
url = "{own.url}"
organization_claim = "organization"

[[issuers]]
issuer = "{customer.url}"
organization_claim = "groups"
administrator_claim = "groups"
administrator_values = ["operators"]

[issuers.organizations]
"north people" = "{north}"
"south people" = "{south}"
"""


class TwoIssuers:
    """Organization `north` is for people of the installation's own issuer, `south` for those of a customer's. At both
    issuers there is an Ada, with the same subject and the same address, who administers one of them.
    """

    def __init__(self, processes: Processes, own: Issuer, customer: IdentityProvider, north: str, south: str) -> None:
        self._processes, self.own, self.customer = processes, own, customer
        self.north, self.south = north, south

    def url(self, process: str) -> str:
        return str(self._processes.running[process].url)

    def own_ada(self, organization: str | None = None, chosen: str | None = None) -> Client:
        return self.client(self.own.person_token("ada", organization or self.north), chosen)

    def customers_ada(self, *groups: str, chosen: str | None = None, **claims: Any) -> Client:
        return self.client(self.customer.token("ada", groups=list(groups), **EMAIL | claims), chosen)

    def client(self, token: str, chosen: str | None = None) -> Client:
        return Client(self._processes.http, f"{self.url('gateway')}/graphql", token, chosen)

    async def found(self, organization: str, issuer: str) -> None:
        """Make an organization, which Ada of that issuer administers."""
        made = {"id": organization, "name": organization, "admin_name": "Ada", "admin_subject": "ada"}
        answer = await self._processes.http.post(
            f"{self.url('goals')}/v1/organizations",
            json=made | {"admin_issuer": issuer, "admin_email": "ada@example.com"},
        )
        answer.raise_for_status()


@pytest.fixture(scope="package")
async def own_broker(place: Path) -> AsyncIterator[Broker]:
    """Apart from that of other tests: their alignment would judge half of these organizations."""
    folder = place / "issuers-broker"
    folder.mkdir()
    async with Broker(folder) as broker:
        yield broker


@pytest.fixture(scope="package")
async def customer() -> AsyncIterator[IdentityProvider]:
    """The customer's issuer, which does not answer yet."""
    made = IdentityProvider()
    try:
        yield made
    finally:
        await made.stop()


@pytest.fixture(scope="package")
async def two(
    postgres: Postgres, own_broker: Broker, issuer: Issuer, customer: IdentityProvider, place: Path
) -> AsyncIterator[TwoIssuers]:
    """Everything runs but the customer's issuer, which a test starts."""
    north, south = (f"org_{name}_{uuid.uuid4().hex[:8]}" for name in ("north", "south"))
    folder = place / "issuers-processes"
    folder.mkdir()
    file = folder / "issuers.toml"
    file.write_text(_FILE.format(own=issuer, customer=customer, north=north, south=south), encoding="utf-8")
    variables = {f"GOLDENTHREAD_{name}": "" for name in _OF_ONE_ISSUER}
    async with starting(postgres, own_broker, issuer, folder) as start:
        processes = await start(**variables | {"GOLDENTHREAD_ISSUERS_FILE": str(file)})
        made = TwoIssuers(processes, issuer, customer, north, south)
        await made.found(north, issuer.identifier)
        await made.found(south, customer.url)
        yield made


@pytest.fixture
async def answering(two: TwoIssuers) -> TwoIssuers:
    """The same; the customer's issuer answers, too."""
    await two.customer.stop()
    await two.customer.start()
    return two
