"""goals and alignment, really running in this process, and an organization to tell them about."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import pytest

from goldenthread.contracts.entities import Id
from goldenthread.contracts.envelope import Event
from goldenthread.contracts.events.alignment import Transition, Verdict
from goldenthread.contracts.read_api import ImpactAnswer
from goldenthread.launcher.broker import Broker
from goldenthread.launcher.databases import database_url, ensure_databases
from goldenthread.launcher.issuer import Issuer
from goldenthread.launcher.postgres import Postgres
from tests.support.projection_fold_checks import ServiceReader, assert_alignment_is_the_fold, assert_goals_are_the_fold
from tests.support.services import Person, Services

NAMES = ("goals", "alignment")


@asynccontextmanager
async def running(postgres: Postgres, broker: Broker, issuer: Issuer) -> AsyncIterator[Services]:
    """Both services, on databases of their own."""
    names = {name: f"test_{name}_{uuid.uuid4().hex}" for name in NAMES}
    await ensure_databases(postgres.url(), list(names.values()))
    urls = {name: database_url(postgres.url(), database) for name, database in names.items()}
    made = Services(urls, broker.address, issuer)
    try:
        for name in NAMES:
            await made.start(name)
        yield made
    finally:
        await made.__aexit__(None, None, None)


class Story:
    """Purpose ← why of the root unit; objectives of the root unit, whose links accept themselves."""

    def __init__(self, ada: Person) -> None:
        self.ada, self.services = ada, ada.services
        self.reader = ServiceReader(ada.services.http, ada.services.urls, ada.services.token, ada.organization)
        self.root = self.purpose = self.why = ""

    async def begin(self) -> None:
        info = (await self.ada.goals()).info
        assert info is not None
        self.root = info.root
        self.purpose = await self.make("PublishPurpose", statement="Be useful")
        self.why = await self.make("PublishWhy", statement="Grow", because="It pays", audience=[self.root])

    async def do(self, type: str, key: str | None = None, **fields: Any) -> dict[str, Any]:
        return await self.ada.do("goals", type, key, **fields)

    async def make(self, type: str, **fields: Any) -> Id:
        return str((await self.do(type, **fields))["ids"][0])

    async def objective(self, title: str, parent: Id | None = None, **other: Any) -> Id:
        link = {"linkTo": {"parent": parent, "because": "It helps"}} if parent else {}
        return await self.make("CreateObjective", title=title, owners=[self.root], **link, **other)

    async def link_up(self, child: Id) -> Id:
        """The one link up from a node."""
        (link,) = [each.id for each in (await self.ada.goals()).links if each.child == child]
        return link

    async def verdict(self, node: Id) -> Verdict:
        """The verdict on a node, once everything is judged."""
        await self.reader.judged()
        return next(each.verdict for each in (await self.reader.alignment()).labels if each.node == node)

    async def transitions(self, node: Id) -> list[Transition]:
        """Every transition of a node so far."""
        await self.reader.judged()
        return [
            each.data for each in await self.stream() if isinstance(each.data, Transition) and each.data.node == node
        ]

    async def stream(self) -> list[Event]:
        await self.reader.judged()
        return await self.reader.events("alignment")

    async def impact(self, type: str, **fields: Any) -> dict[Id, Verdict]:
        """What a dry run of a command would make of which nodes."""
        events = (await self.do(type, dryRun=True, **fields))["events"]
        await self.reader.judged()
        answer = await self.services.http.post(
            f"{self.services.urls['alignment']}/v1/impact",
            json={"organization": self.ada.organization, "events": events},
            headers=self.services.reading,
        )
        found = msgspec.json.decode(answer.raise_for_status().content, type=ImpactAnswer)
        return {each.node: each.after for each in found.effects}

    async def laws(self) -> None:
        where = self.services.http, self.services.urls, self.services.token, self.ada.organization
        await assert_goals_are_the_fold(*where)
        await assert_alignment_is_the_fold(*where)


@pytest.fixture
async def story(services: Services) -> AsyncIterator[Story]:
    """The story, begun. Afterwards the laws are checked."""
    made = Story(await services.organization())
    await made.begin()
    yield made
    await made.laws()
