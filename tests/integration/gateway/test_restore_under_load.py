"""A backup that is made while people work; goals is lost, and restored while everybody else goes on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx

from goldenthread.contracts.events.alerts import AlertState
from goldenthread.contracts.read_api import Login
from goldenthread.organization.invitations import state_of
from goldenthread.runtime.clock import new_id, utc_now
from goldenthread.runtime.postgres.database import open_pool
from goldenthread.runtime.postgres.migrations import SHARED
from services.goals.handlers import Goals
from services.goals.head_state_cache import HeadStateCache
from services.goals.migrations import MIGRATIONS
from tests.integration.gateway.conftest import Stage
from tests.support import backups
from tests.support.asgi_server import eventually
from tests.support.backed_up_company import SOON, TEXTS, BackedUpCompany, told
from tests.support.database_walk import places_of
from tests.support.projection_fold_checks import ServiceReader
from tests.support.services import Person, Services
from tests.support.topic_reader import TopicReader
from tests.support.webhook_receiver import webhook_receiver

OLGA = Login("https://issuer.example", "olga")


class Work:
    """Somebody who makes objectives, one after the other, for as long as the block, whether goals answers or not."""

    def __init__(self, ada: Person, root: str, why: str) -> None:
        self._ada, self._root, self._why = ada, root, why
        self.done = 0

    async def __aenter__(self) -> Work:
        self._task = asyncio.create_task(self._run())
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.end()

    async def end(self) -> None:
        """Make no more."""
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def more(self, commands: int) -> None:
        wanted = self.done + commands
        await eventually(lambda: self.done >= wanted, SOON)

    async def _run(self) -> None:
        number = 0
        while True:
            number += 1
            link = {"parent": self._why, "because": "It helps"}
            title = f"Goal {number}"
            try:
                answer = await self._ada.send("goals", "CreateObjective", title=title, owners=[self._root], linkTo=link)
                self.done += answer.status_code == httpx.codes.OK
            except httpx.HTTPError:
                await asyncio.sleep(0.05)  # it is being restored


@asynccontextmanager
async def company(stage: Stage) -> AsyncIterator[BackedUpCompany]:
    for name in ("alignment", "notifications"):
        await stage.services.start(name)
    found = BackedUpCompany(await stage.services.organization())
    await found.begin()
    yield found


async def delete(services: Services, organization: str) -> None:
    async with open_pool(services.databases["goals"], 2, SHARED, MIGRATIONS) as pool:
        goals = Goals(pool, HeadStateCache(4), lambda: None, utc_now, new_id)
        await goals.endings.delete(organization, "Example", OLGA)


async def test_goals_is_lost_and_restored_while_everybody_else_goes_on(stage: Stage, tmp_path: Path) -> None:
    services = stage.services
    async with company(stage) as acme, webhook_receiver() as receiver, stage.gateway() as url:
        doomed = await services.organization()
        client = stage.client(url, acme.ada)
        secret = (await acme.ada.do("notifications", "AddWebhook", url=receiver.url))["secret"]
        await acme.break_link(acme.objectives[0])
        (first,) = await acme.alerts(1)
        await acme.ada.do("notifications", "AcknowledgeAlert", alert=first, note="Before")
        await eventually(lambda: len(told(receiver, secret, "alert.acknowledged")) == 1, SOON)
        async with (
            Work(acme.ada, acme.root, acme.why) as work,
            TopicReader(services, stage.kafka, acme.ada.organization) as reader,
        ):
            await work.more(20)
            backup = await backups.back_up(services, tmp_path / "backup")
            await work.more(20)
            await acme.break_link(acme.objectives[1])
            (second,) = set(await acme.alerts(2)) - {first}
            await acme.ada.do("notifications", "AcknowledgeAlert", alert=second, note="Lost")
            for type in ("RemovePerson", "ErasePerson"):
                await acme.ada.do("goals", type, person=acme.person)
            assert await acme.claim("ivy") == httpx.codes.OK
            await delete(services, doomed.organization)
            await until_folded(services, acme.person, doomed.organization)

            await backups.lose(services, "goals")
            report = await backups.restore(services, backup, "goals", "notifications")
            assert report.replayed is not None
            assert (report.replayed.erased, report.replayed.deleted, report.replayed.revoked) == (1, 1, 1)
            await work.more(20)
            await work.end()
            await acme.assert_folds(client)
            events = await ServiceReader(services.http, services.urls, services.token, acme.ada.organization).events(
                "goals"
            )
            await eventually(lambda: [each.id for each in reader.events] == [each.id for each in events], SOON)
            assert reader.read_again

        snapshot = await acme.ada.goals()
        (ivy,) = [each for each in snapshot.people if each.id == acme.invited]
        assert ivy.invitation is not None
        assert state_of(ivy.invitation, utc_now()).value == "REVOKED"
        assert await acme.claim("mallory") == httpx.codes.NOT_FOUND
        assert {name: await places_of(url, TEXTS) for name, url in services.databases.items()} == {
            name: set() for name in services.databases
        }
        found = {each.id: each for each in (await acme.ada.alerts()).alerts}
        assert {id: (each.state, each.note) for id, each in found.items()} == {
            first: (AlertState.ACKNOWLEDGED, "Before")
        }
        raised = told(receiver, secret, "alert.raised")
        assert {alert for _, alert in raised} == {first, second}
        assert len(set(raised)) == 2  # nobody is told twice under two names
        for name in services.urls:
            deleted = ServiceReader(services.http, services.urls, services.token, doomed.organization)
            assert (name, (await deleted.page(name)).head.deleted) == (name, True)


async def until_folded(services: Services, person: str, organization: str) -> None:
    """Wait until notifications knows of the erasure and of the deletion."""
    async with open_pool(services.databases["notifications"], 1) as pool:

        async def known() -> bool:
            erased = await pool.fetchval("SELECT erased FROM past_people WHERE person = $1", person)
            ended = await pool.fetchval("SELECT bool_or(ended) FROM past_people")
            deleted = await pool.fetchval("SELECT deleted_at FROM streams WHERE organization = $1", organization)
            return bool(erased and ended and deleted)

        await eventually(known, SOON)
