"""The organization that the release before filled, as people go on with it on any release."""

from __future__ import annotations

from typing import Any

from tests.support.asgi_server import eventually
from tests.support.graphql_client import Client
from tests.support.webhook_receiver import WebhookReceiver
from tests.upgrade.old_data import assert_still_told, told

_ALERTS = (
    """{ alerts(states: [OPEN, ACKNOWLEDGED, RESOLVED], first: 500) { nodes { id cause state subject { id } } } }"""
)


class OldOrganization:
    """What people do in it, stage by stage; `story` is what was written down when it was filled."""

    def __init__(self, admin: Client, story: dict[str, Any], receiver: WebhookReceiver) -> None:
        self._admin, self._story, self._receiver = admin, story, receiver
        self._left = list(story["stages"])
        self._retired: list[str] = []

    async def assert_readable(self) -> None:
        """Everything that was there when the databases were dumped."""
        assert_still_told(self._story["told"], await told(self._admin))

    async def assert_answered_as_before(self) -> None:
        """A command that was sent before, sent again under its key, is not done again."""
        shown = "revision objective { id }"
        again = await self._admin.do("createObjective", shown, self._story["command"])
        assert again == self._story["answer"]

    async def assert_imports_know_their_plan(self) -> None:
        """The same file changes nothing; a row that was edited changes one goal."""
        plan, counts = self._story["plan"], "created updated"
        assert await self._admin.do("importPlan", counts, plan) == {"created": 0, "updated": 0, "errors": []}
        edited = plan | {"content": plan["content"].replace("Bake at night", "Bake at dawn")}
        assert await self._admin.do("importPlan", counts, edited) == {"created": 0, "updated": 1, "errors": []}

    async def retire_a_why(self) -> None:
        """A goal loses its why: one alert, and one message to the webhook."""
        self._retired.append(why := self._left.pop(0))
        await self._repeated("retireWhy", {"why": why, "reason": "done", "idempotencyKey": f"retire-{why}"})
        alert = await self._alert(why)
        await eventually(lambda: self._messages().get(alert, []) == ["alert.raised"], 60)

    async def assert_alerts_neither_lost_nor_doubled(self) -> None:
        """One alert for each why that was retired, and one message about each that was raised since the dump."""
        found = (await self._admin.ask(_ALERTS))["alerts"]["nodes"]
        about = [each["subject"]["id"] for each in found if each["cause"] == "WHY_RETIRED"]
        assert sorted(about) == sorted([*self._retired, *self._story["alerts"]])
        said = self._messages()
        raised = {id for id, types in said.items() if "alert.raised" in types}
        assert raised >= {each["id"] for each in found if each["subject"]["id"] in self._retired}
        assert all(types.count("alert.raised") <= 1 for types in said.values()), said
        assert not raised & set(self._story["alerts"].values()), "an alert of before was told again as a new one"

    async def _alert(self, why: str) -> str:
        def raised(data: Any) -> list[str]:
            return [each["id"] for each in data["alerts"]["nodes"] if each["subject"]["id"] == why]

        (alert,) = raised(await self._admin.until(_ALERTS, raised, 60))
        return alert

    def _messages(self) -> dict[str, list[str]]:
        """Alert → the types of messages about it; a message that came twice under one id counts once."""
        once = {got.id: got.verified(self._story["secret"]) for got in self._receiver.got}
        found: dict[str, list[str]] = {}
        for each in once.values():
            found.setdefault(each["data"]["alert"]["id"], []).append(each["type"])
        return found

    async def _repeated(self, name: str, input: dict[str, Any]) -> None:
        """A command, sent again under its key while it is not answered."""

        async def done() -> bool:
            try:
                await self._admin.do(name, "revision", input)
            except AssertionError as error:
                if "UNAVAILABLE" not in str(error):
                    raise
                return False
            return True

        await eventually(done, 60)
