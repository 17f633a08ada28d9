"""An organization in a running instance, and what people do in it, in the words of the stories."""

from __future__ import annotations

from typing import Any

import httpx

from tests.support.asgi_server import eventually
from tests.support.graphql_client import Client
from tests.support.running_instance import RunningInstance

ALIGNMENT = (
    "alignment { state cause depth upToDate aloud nextStep silentSide { name } brokenAt { id } lostParent { id } }"
)


class StoryOrganization:
    """`admin` holds ADMIN and EXECUTIVE and leads the root unit; others are added by `person`."""

    def __init__(self, up: RunningInstance, http: httpx.AsyncClient, id: str) -> None:
        self.up, self.http, self.id = up, http, id
        self.admin = up.client(http, id, "admin")
        self.root = ""

    async def begin(self) -> None:
        """Learn the id of the root unit. Wait until it is recorded that the administrator has signed in: that is a
        revision of its own, which comes by itself; and until notifications has heard of them.
        """
        document = "{ units { nodes { id } } viewer { person { signedInAt } } }"
        data = await self.admin.until(document, lambda d: d["viewer"]["person"]["signedInAt"])
        self.root = data["units"]["nodes"][0]["id"]

        async def heard_of() -> bool:
            return "errors" not in (await self.admin.post("{ webhooks { id } }")).json()

        await eventually(heard_of)

    def client(self, subject: str) -> Client:
        """Speaks as the person with this login."""
        return self.up.client(self.http, self.id, subject)

    async def unit(self, name: str, function: str = "BUSINESS", parent: str | None = None) -> str:
        input = {"name": name, "function": function, "parent": parent or self.root}
        return str((await self.admin.do("createUnit", "unit { id }", input))["unit"]["id"])

    async def person(self, subject: str, *roles: dict[str, Any]) -> Client:
        """Somebody with roles, and a client that speaks as them."""
        input = {"name": subject.title(), "subject": subject, "roles": list(roles)}
        await self.admin.do("addPerson", "person { id }", input)
        return self.client(subject)

    async def led(self, name: str, subject: str, function: str = "BUSINESS") -> tuple[str, Client]:
        """A unit and its lead."""
        unit = await self.unit(name, function)
        return unit, await self.person(subject, {"role": "LEAD", "unit": unit})

    async def purpose(self, statement: str = "Everybody hears.") -> str:
        payload = await self.admin.do("publishPurpose", "purpose { id }", {"statement": statement})
        return str(payload["purpose"]["id"])

    async def why(self, statement: str, by: Client | None = None, **more: Any) -> str:
        input = {"statement": statement, "because": f"{statement}, for everybody", "audience": [self.root], **more}
        return str((await (by or self.admin).do("publishWhy", "why { id }", input))["why"]["id"])

    async def objective(self, title: str, owner: str, by: Client | None = None, **more: Any) -> str:
        input = {"title": title, "owners": [owner], **more}
        payload = await (by or self.admin).do("createObjective", "objective { id }", input)
        return str(payload["objective"]["id"])

    async def proposals(self, node: str) -> list[dict[str, Any]]:
        """The links up from a node that wait for a decision."""
        document = """query P($id: ID!) { node(id: $id) { ... on GoalNode { parents(states: [PROPOSED, COUNTERED]) {
            id round state awaiting { name } } } } }"""
        return list((await self.admin.ask(document, id=node))["node"]["parents"])

    async def accept(self, node: str, in_return: str | None = None) -> str:
        """Accept the one link up from `node` that waits; its id."""
        (link,) = await self.proposals(node)
        input = {"link": link["id"], "round": link["round"], "inReturn": in_return}
        await self.admin.do("acceptLink", "link { id }", input)
        return str(link["id"])

    async def verdict(self, node: str) -> dict[str, Any]:
        """The verdict on a node, once it is up to date."""
        document = f"query V($id: ID!) {{ node(id: $id) {{ ... on GoalNode {{ {ALIGNMENT} }} }} }}"
        data = await self.admin.until(document, lambda d: d["node"]["alignment"]["upToDate"], id=node)
        return dict(data["node"]["alignment"])

    async def alerts(self, holds: Any, **filter: Any) -> list[dict[str, Any]]:
        """The open alerts, as soon as `holds` is true of them."""
        document = """query A($unit: ID, $states: [AlertState!]) { alerts(unit: $unit, states: $states) { nodes {
            id kind state cause message nextStep affected subject { id } addressee { id name }
            goals { nodes { id title } } } } }"""
        variables = {"states": ["OPEN", "ACKNOWLEDGED"], **filter}
        data = await self.admin.until(document, lambda d: holds(d["alerts"]["nodes"]), **variables)
        return list(data["alerts"]["nodes"])
