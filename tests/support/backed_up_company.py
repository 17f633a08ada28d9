"""An organization whose databases are backed up and restored, and what must hold of it afterwards."""

from __future__ import annotations

from typing import Any

from goldenthread.contracts.events.alerts import Alert
from tests.support.alerts_fold_check import assert_alerts_are_the_fold
from tests.support.asgi_server import eventually
from tests.support.gateway_comparison import assert_a_late_gateway_shows_the_same
from tests.support.graphql_client import Client
from tests.support.projection_fold_checks import assert_alignment_is_the_fold, assert_goals_are_the_fold
from tests.support.services import Person
from tests.support.webhook_receiver import WebhookReceiver

NAME, EMAIL, SUBJECT = "Zebulon Quixworth", "zebulon.quixworth@quix.example", "zq-7731-login"
TEXTS = (NAME, EMAIL, SUBJECT)
"""What is kept of the person who is erased."""
SOON = 60.0
"""Seconds."""


class BackedUpCompany:
    """A purpose, a why, two objectives, somebody who is erased later, and somebody who was invited."""

    def __init__(self, ada: Person) -> None:
        self.ada = ada
        self.root = self.why = self.person = self.invited = self.secret = ""
        self.objectives: list[str] = []

    async def begin(self) -> None:
        """Tell it."""
        info = (await self.ada.goals()).info
        assert info is not None
        self.root = info.root
        await self.ada.do("goals", "PublishPurpose", statement="Be useful")
        self.why = await self.made("PublishWhy", statement="Grow", because="It pays", audience=[self.root])
        self.objectives = [await self.objective(title) for title in ("Sell", "Serve")]
        roles = [{"role": "EXECUTIVE"}]
        self.person = await self.made("AddPerson", name=NAME, subject=SUBJECT, email=EMAIL, roles=roles)
        invited = await self.ada.do("goals", "InvitePerson", name="Ivy", roles=[{"role": "VIEWER"}])
        self.invited, self.secret = invited["ids"][0], invited["secret"]

    async def made(self, type: str, **fields: Any) -> str:
        """A command to goals; the id of what it made."""
        return str((await self.ada.do("goals", type, **fields))["ids"][0])

    async def objective(self, title: str) -> str:
        """An objective of the root unit, with an accepted link to the why."""
        link = {"parent": self.why, "because": "It helps"}
        return await self.made("CreateObjective", title=title, owners=[self.root], linkTo=link)

    async def break_link(self, child: str) -> None:
        """Withdraw the link up from an objective: an alert, at once."""
        (link,) = [each for each in (await self.ada.goals()).links if each.child == child and not each.measure]
        await self.ada.do("goals", "WithdrawLink", link=link.id, reason="A test")

    async def alerts(self, number: int) -> dict[str, Alert]:
        """The alerts by id, once there are so many."""
        found: dict[str, Alert] = {}

        async def there() -> bool:
            found.clear()
            found.update({each.id: each for each in (await self.ada.alerts()).alerts})
            return len(found) == number

        await eventually(there, SOON)
        return found

    async def claim(self, subject: str) -> int:
        """The status with which a claim of the invitation is answered."""
        services = self.ada.services
        token = services.issuer.person_token(subject, self.ada.organization)
        answer = await services.http.post(
            f"{services.urls['goals']}/v1/invitations/claim",
            json={"secret": self.secret},
            headers={"Authorization": f"Bearer {token}"},
        )
        return answer.status_code

    async def assert_folds(self, client: Client | None = None) -> None:
        """Every projection is the fold of what goals has now; so is a gateway that was there all the time."""
        services = self.ada.services
        where = (services.http, services.urls, services.token, self.ada.organization)
        await assert_goals_are_the_fold(*where)
        await assert_alignment_is_the_fold(*where)
        await assert_alerts_are_the_fold(*where)
        if client is not None:
            await assert_a_late_gateway_shows_the_same(
                services.http, client, services.urls, services.token, self.ada.organization
            )


def told(receiver: WebhookReceiver, secret: str, type: str) -> list[tuple[str, str]]:
    """What a receiver was told of this type: message and alert."""
    found = [(each.id, each.verified(secret)) for each in receiver.got]
    return [(id, body["data"]["alert"]["id"]) for id, body in found if body["type"] == type]
