"""goals, really running in this process: real database, real broker, real tokens."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from typing import Any

import httpx
import msgspec
import pytest

from goldenthread.contracts import snapshots
from goldenthread.contracts.envelope import Event, events_from_json
from goldenthread.contracts.read_api import EventsPage, GoalsSnapshot
from goldenthread.contracts.secret import Secret
from goldenthread.launcher.broker import Broker
from goldenthread.launcher.issuer import Issuer
from goldenthread.organization.organization import Organization
from goldenthread.runtime.configuration.trusted_issuers import ADMINISTRATOR, ADMINISTRATOR_CLAIM
from goldenthread.runtime.postgres.database import open_pool
from goldenthread.runtime.postgres.migrations import SHARED
from services.goals.app import build
from services.goals.migrations import MIGRATIONS
from services.goals.settings import Settings
from tests.integration.goals.goals_harness import GoalsHarness
from tests.support.database_templates import DatabaseTemplates


class Client:
    """Speaks to goals as one person of one organization; what is read is read as a service."""

    def __init__(self, http: httpx.AsyncClient, issuer: Issuer, subject: str, organization: str, of: str = "") -> None:
        self.http, self.organization, self.issuer = http, organization, issuer.url
        self.headers = {"Authorization": f"Bearer {issuer.person_token(subject, of or organization)}"}
        self.reading = {"Authorization": f"Bearer {issuer.service_token()}"}

    async def send(self, type: str, key: str | None = None, **fields: Any) -> httpx.Response:
        headers = self.headers | ({"Idempotency-Key": key} if key else {})
        return await self.http.post("/v1/commands", json={"type": type, **fields}, headers=headers)

    async def do(self, type: str, key: str | None = None, **fields: Any) -> dict[str, Any]:
        answer = await self.send(type, key, **fields)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def refused(self, type: str, key: str | None = None, **fields: Any) -> dict[str, Any]:
        """The first problem of a refused command, which must have changed nothing."""
        before = (await self.page()).head
        answer = await self.send(type, key, **fields)
        assert 400 <= answer.status_code < 500, answer.text
        assert (await self.page()).head == before
        return dict(answer.json()["errors"][0])

    async def page(self, after: int = 0, limit: int = 5000) -> EventsPage:
        query: dict[str, str | int] = {"organization": self.organization, "after": after, "limit": limit}
        answer = await self.http.get("/v1/events", params=query, headers=self.reading)
        return msgspec.json.decode(answer.raise_for_status().content, type=EventsPage)

    async def events(self) -> list[Event]:
        found: list[Event] = []
        while True:
            page = await self.page(found[-1].sequence if found else 0)
            more = events_from_json(page.events)
            found += more
            if not more:
                return found

    async def snapshot(self) -> GoalsSnapshot:
        answer = await self.http.get("/v1/snapshot", params={"organization": self.organization}, headers=self.reading)
        return snapshots.goals().of(answer.raise_for_status().content)

    async def root(self) -> str:
        info = (await self.snapshot()).info
        assert info is not None
        return info.root


async def assert_fold_equals_state(client: Client) -> None:
    """The law for goals: folding every event gives the stored state, and the stream has no hole."""
    events, snapshot = await client.events(), await client.snapshot()
    assert [event.sequence for event in events] == list(range(1, len(events) + 1))
    assert [event.previous for event in events] == [None, *(event.id for event in events[:-1])]
    assert all(events[event.commit - 1].closes_commit for event in events)
    folded = Organization()
    for event in events:
        folded.apply(event.data)
    assert {each.id: each for each in folded.entities()} == {each.id: each for each in snapshot.entities()}
    assert (snapshot.position.sequence, snapshot.position.id) == (events[-1].sequence, events[-1].id)


@pytest.fixture
async def database(databases: DatabaseTemplates) -> Secret:
    """The URL of a database of goals in which nothing has happened."""
    return await databases.migrated(SHARED, MIGRATIONS)


@pytest.fixture
async def http(database: Secret, broker: Broker, issuer: Issuer) -> AsyncIterator[httpx.AsyncClient]:
    settings = Settings(
        kafka=broker.address,
        kafka_fetch_wait_ms=10,
        issuer=issuer.url,
        administrator_claim=ADMINISTRATOR_CLAIM,
        administrator_values=ADMINISTRATOR,
        service_token=Secret(issuer.service_token("goldenthread-goals")),
        database_url=database,
    )
    async with build(settings) as app:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://goals", timeout=30) as client:
            yield client


async def founded(http: httpx.AsyncClient, issuer: Issuer, subject: str) -> Client:
    """The administrator of a new organization."""
    organization = f"org_{uuid.uuid4().hex}"
    created = await http.post(
        "/v1/organizations",
        json={"id": organization, "name": "Example", "admin_name": subject.title(), "admin_subject": subject},
        headers={"Authorization": f"Bearer {issuer.service_token()}"},
    )
    assert created.status_code == 200, created.text
    return Client(http, issuer, subject, organization)


@pytest.fixture
async def ada(http: httpx.AsyncClient, issuer: Issuer) -> AsyncIterator[Client]:
    """The administrator of a new organization. Afterwards the law is checked."""
    client = await founded(http, issuer, "ada")
    yield client
    await assert_fold_equals_state(client)


@pytest.fixture
async def grace(http: httpx.AsyncClient, issuer: Issuer) -> Client:
    """The administrator of another organization."""
    return await founded(http, issuer, "grace")


@pytest.fixture
async def harness(database: Secret) -> AsyncIterator[GoalsHarness]:
    async with open_pool(database, 4, SHARED, MIGRATIONS) as pool:
        made = GoalsHarness(pool)
        await made.open()
        yield made
