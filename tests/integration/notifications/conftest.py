"""The three services, really running in this process, and an organization whose thread can be broken."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest

from goldenthread.contracts.events.alerts import Alert, AlertState
from goldenthread.contracts.secret import Secret
from goldenthread.runtime.postgres.migrations import SHARED
from services.notifications.migrations import MIGRATIONS
from tests.support.alerts_fold_check import assert_alerts_are_the_fold
from tests.support.asgi_server import eventually
from tests.support.database_templates import DatabaseTemplates
from tests.support.services import Person, Services
from tests.support.webhook_receiver import WebhookReceiver, webhook_receiver


class Story:
    """Purpose ← why of the root unit ← objectives of the unit Sales, below the root; Lea leads it, Max is in it."""

    def __init__(self, ada: Person) -> None:
        self.ada = ada
        self.root = self.sales = self.why = ""
        self.lea = self.max = ada
        self.services = ada.services

    async def begin(self) -> None:
        """Tell it up to the why."""
        info = (await self.ada.goals()).info
        assert info is not None
        self.root = info.root
        self.sales = await self.make("CreateUnit", name="Sales", function="BUSINESS", parent=self.root)
        self.lea = await self.ada.add("lea", ("LEAD", self.sales))
        self.max = await self.ada.add("max", ("MEMBER", self.sales))
        await self.do("PublishPurpose", statement="Be useful")
        self.why = await self.make("PublishWhy", statement="Grow", because="It pays", audience=[self.root])

    async def do(self, type: str, **fields: Any) -> dict[str, Any]:
        """A command of Ada's to goals."""
        return await self.ada.do("goals", type, **fields)

    async def make(self, type: str, **fields: Any) -> str:
        """A command of Ada's to goals; the id of what it made."""
        return str((await self.do(type, **fields))["ids"][0])

    async def objective(self, title: str, parent: str | None = None) -> str:
        """An objective of Sales, linked (and the link accepted) to `parent`: the why, unless another is named."""
        link_to = {"parent": parent or self.why, "because": "It helps"}
        answer = await self.do("CreateObjective", title=title, owners=[self.sales], linkTo=link_to)
        for link in (await self.ada.goals()).links:
            if link.child == answer["ids"][0] and link.turn is not None:
                await self.do("AcceptLink", link=link.id, round=link.round)
        return str(answer["ids"][0])

    async def break_link(self, child: str) -> None:
        """Withdraw the link up from `child`: an alert to Sales, at once."""
        found = [link for link in (await self.ada.goals()).links if link.child == child and not link.measure]
        await self.do("WithdrawLink", link=found[-1].id, reason="A test")

    async def alert(self, goal: str, state: AlertState = AlertState.OPEN) -> Alert:
        """The alert about `goal`, once there is one in this state."""
        found: list[Alert] = []

        async def there() -> bool:
            alerts = (await self.ada.alerts()).alerts
            found[:] = [each for each in alerts if each.state is state and (goal in each.goals or not goal)]
            return bool(found)

        await eventually(there)
        return found[0]

    async def broken(self, title: str = "Sell more") -> tuple[str, Alert]:
        """An objective whose link was withdrawn, and the alert about it."""
        goal = await self.objective(title)
        await self.break_link(goal)
        return goal, await self.alert(goal)

    async def reach(self, alert: Alert, state: AlertState) -> Alert:
        """That alert, once it is in this state."""
        found: list[Alert] = []

        async def there() -> bool:
            found[:] = [each for each in (await self.ada.alerts()).alerts if each.id == alert.id]
            return bool(found) and found[0].state is state

        await eventually(there)
        return found[0]

    async def webhook(self, receiver: WebhookReceiver, **fields: Any) -> tuple[str, str]:
        """A webhook of Ada's to this receiver: its id and its secret."""
        answer = await self.ada.do("notifications", "AddWebhook", url=receiver.url, **fields)
        return answer["ids"][0], answer["secret"]

    async def fares(self, **wanted: Any) -> None:
        """Wait until the one webhook of the organization fares like this: `delivered=1`."""

        async def so() -> bool:
            (found,) = (await self.ada.get("notifications", "/v1/webhooks")).raise_for_status().json()
            return all(found[name] == value for name, value in wanted.items())

        await eventually(so)

    async def rebuild(self, **settings: Any) -> None:
        """Restart notifications with code of another version: it folds the organization anew."""
        await self.services.stop("notifications")
        connection = await asyncpg.connect(self.services.databases["notifications"].reveal())
        done = await connection.fetchval(
            """UPDATE projections SET standing = jsonb_set(standing, '{fold_version}', '0')
               WHERE organization = $1 RETURNING true""",
            self.ada.organization,
        )
        await self.services.start("notifications", **settings)

        async def rebuilt() -> bool:
            raw = await connection.fetchval(
                "SELECT standing ->> 'fold_version' FROM projections WHERE organization = $1", self.ada.organization
            )
            return str(raw) != "0"

        assert done
        await eventually(rebuilt)
        await connection.close()


@pytest.fixture
async def database(databases: DatabaseTemplates) -> Secret:
    """The URL of a database of notifications in which nothing has happened."""
    return await databases.migrated(SHARED, MIGRATIONS)


@pytest.fixture
async def story(services: Services) -> AsyncIterator[Story]:
    """The story, begun and folded. Afterwards the law is checked."""
    made = Story(await services.organization())
    await made.begin()

    async def folded() -> bool:
        position = (await made.ada.goals()).position.sequence
        return (await made.ada.alerts()).judged == position

    await eventually(folded)
    yield made
    await assert_alerts_are_the_fold(services.http, services.urls, services.token, made.ada.organization)


@pytest.fixture
async def receiver() -> AsyncIterator[WebhookReceiver]:
    async with webhook_receiver() as made:
        yield made
