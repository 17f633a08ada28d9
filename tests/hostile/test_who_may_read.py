"""Who was removed, and whoever is nobody here, reads nothing: not through GraphQL, no socket, no internal endpoint."""

from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path
from typing import Any

import graphql
import pytest
from graphql import GraphQLNonNull, GraphQLObjectType
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from goldenthread.contracts import read_api
from tests.support.graphql_client import TRANSPORT, Client
from tests.support.story_organization import StoryOrganization

SDL = graphql.build_schema((Path(__file__).parents[2] / "gateway" / "schema.graphql").read_text())
FOR_NEWCOMERS = ("POST", "/v1/invitations/claim")
"""Takes a secret from whoever has a token, and gives nothing else."""
INTERNAL = [
    each for each in re.findall(r"`(GET|POST) (/v1/[\w/{}-]+)", read_api.__doc__ or "") if each != FOR_NEWCOMERS
]
"""Every internal endpoint there is, by its documentation."""
SUBSCRIPTION = "subscription { goalTreeChanged { revision } }"


def documents() -> list[str]:
    """One operation for every root field of queries and mutations."""
    found = []
    for operation, root in (("query", SDL.query_type), ("mutation", SDL.mutation_type)):
        assert root is not None
        for name, field in root.fields.items():
            needed = {key: each.type for key, each in field.args.items() if isinstance(each.type, GraphQLNonNull)}
            declared = "".join(f"${key}: {kind} " for key, kind in needed.items())
            given = " ".join(f"{key}: ${key}" for key in needed)
            inner = graphql.get_named_type(field.type)
            shown = "{ __typename }" if not graphql.is_leaf_type(inner) else ""
            head = f"{operation} Q({declared})" if declared else operation
            found.append(f"{head} {{ {name}{f'({given})' if given else ''} {shown} }}")
    assert isinstance(SDL.query_type, GraphQLObjectType)
    assert len(found) > 60
    return found


async def removed(org: StoryOrganization) -> Client:
    """Somebody who could read and change everything until now."""
    client = await org.person("lea", {"role": "ADMIN"}, {"role": "LEAD", "unit": org.root})
    me = (await client.ask("{ viewer { person { id } } }"))["viewer"]["person"]["id"]
    await org.admin.do("removePerson", "person { id }", {"person": me})
    return client


def others(org: StoryOrganization) -> dict[str, Client]:
    """Tokens that were never anybody's here: of a login nobody added, and of a service of this installation."""
    service = Client(org.http, org.admin.url, org.up.issuer.service_token())
    return {"nobody": org.client("mallory"), "service": service}


async def test_no_root_field_answers_them(org: StoryOrganization) -> None:
    callers = {"removed": await removed(org), **others(org)}
    said = set()
    for document in documents():
        for who, client in callers.items():
            answer = await client.post(document, {"input": {}, "id": org.root, "ids": [org.root]})
            found = answer.json()
            code = found["errors"][0]["extensions"]["code"]
            assert (document, who, answer.status_code, code) == (document, who, 403, "FORBIDDEN")
            assert "data" not in found
            said |= {found["errors"][0]["message"]} if who != "service" else set()
    assert len(said) == 1
    assert "administrator" in said.pop()


async def test_no_socket_opens_for_them(org: StoryOrganization) -> None:
    for client in (await removed(org), *others(org).values()):
        async with connect(client.url.replace("http", "ws", 1), subprotocols=[TRANSPORT]) as socket:
            await socket.send(json.dumps({"type": "connection_init", "payload": client.headers()}))
            payload = {"query": SUBSCRIPTION}
            await socket.send(json.dumps({"id": "1", "type": "subscribe", "payload": payload}))
            with pytest.raises(ConnectionClosed) as closed:
                await asyncio.wait_for(socket.recv(), 10)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 4403


async def test_an_open_socket_hears_nothing_more_once_its_person_is_removed(org: StoryOrganization) -> None:
    lea = await org.person("lea", {"role": "LEAD", "unit": org.root})
    me = (await lea.ask("{ viewer { person { id } } }"))["viewer"]["person"]["id"]
    async with lea.subscribed(SUBSCRIPTION) as heard:
        await org.purpose()
        await heard.next()
        await org.admin.do("removePerson", "person { id }", {"person": me})
        await org.objective("Not for lea", org.root)
        with pytest.raises(ConnectionClosed) as closed:
            await heard.next()
        assert closed.value.rcvd is not None
        assert (closed.value.rcvd.code, "administrator" in closed.value.rcvd.reason) == (4403, True)


async def test_no_internal_endpoint_answers_them(org: StoryOrganization) -> None:
    urls: dict[str, str] = {name: url for name, url in org.up.instance.urls.items() if name != "gateway"}
    answered = set()
    for client in (await removed(org), org.client("mallory")):
        for name, url in urls.items():
            for method, path in [*INTERNAL, ("POST", "/v1/organizations")]:
                status, text = await asked(client, name, method, url + path.format(id=org.id), org.id)
                assert status in (403, 404, 405), (name, path, text)
                if status == 403:
                    assert '"FORBIDDEN"' in text
                    answered.add(path)
    assert {path for _, path in INTERNAL} <= answered


async def asked(client: Client, service: str, method: str, url: str, organization: str) -> tuple[int, str]:
    acknowledge = {"type": "AcknowledgeAlert", "alert": "alert_1"}
    command = acknowledge if service == "notifications" else {"type": "PublishPurpose", "statement": "Mine"}
    body: Any = command if url.endswith("/v1/commands") else {"organization": organization, "events": []}
    answer = await client.http.request(
        method,
        url,
        params={"organization": organization, "issuer": "", "subject": "admin"},
        headers=client.headers(),
        json=body,
    )
    return answer.status_code, answer.text


async def test_a_person_who_is_added_reads_and_changes_at_once(org: StoryOrganization) -> None:
    await others(org)["nobody"].post("{ viewer { roles { role } } }")
    mallory = await org.person("mallory", {"role": "MEMBER", "unit": org.root})
    assert (await mallory.ask("{ viewer { person { name } } }"))["viewer"]["person"]["name"] == "Mallory"


async def test_a_service_account_reads_until_it_is_revoked_and_is_no_person(org: StoryOrganization) -> None:
    roles = [{"role": "MEMBER", "unit": org.root}]
    input = {"name": "Planner", "subject": "planner", "roles": roles}
    made = await org.admin.do("createServiceAccount", "serviceAccount { id revoked }", input)
    id, planner = made["serviceAccount"]["id"], org.client("planner")
    viewer = (await planner.ask("{ viewer { person { id } serviceAccount { id name roles { role } } } }"))["viewer"]
    assert viewer == {"person": None, "serviceAccount": {"id": id, "name": "Planner", "roles": [{"role": "MEMBER"}]}}
    goal = await org.objective("Found by a program", org.root, by=planner)
    seen = await org.admin.ask(
        """query Q($goal: ID!, $root: ID!) { people { nodes { name } } serviceAccounts { nodes { name } }
           unit: node(id: $root) { ... on OrgUnit { members { nodes { name } } } }
           goal: node(id: $goal) { ... on Objective { history { nodes { by { name } } } } } }""",
        goal=goal,
        root=org.root,
    )
    assert [each["name"] for each in seen["serviceAccounts"]["nodes"]] == ["Planner"]
    assert "Planner" not in [each["name"] for each in [*seen["people"]["nodes"], *seen["unit"]["members"]["nodes"]]]
    assert seen["goal"]["history"]["nodes"][-1]["by"] == {"name": "Planner"}
    assert (await planner.refused("publishPurpose", {"statement": "Mine"}))["code"] == "FORBIDDEN"
    async with planner.subscribed(SUBSCRIPTION) as heard:
        await org.admin.do("revokeServiceAccount", "serviceAccount { revoked }", {"serviceAccount": id})
        with pytest.raises(ConnectionClosed) as closed:
            await heard.next()
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4403
    assert (await planner.post("{ organization { name } }")).status_code == 403


async def test_a_service_account_of_one_organization_reads_no_other(org: StoryOrganization) -> None:
    await org.admin.do("createServiceAccount", "revision", {"name": "Planner", "subject": "planner"})
    assert (await org.client("planner").ask("{ organization { id } }"))["organization"]["id"] == org.id
    other = await org.up.new_organization(org.http)
    assert (await org.up.client(org.http, other, "planner").post("{ organization { id } }")).status_code == 403


async def test_only_an_administrator_makes_a_service_account(org: StoryOrganization) -> None:
    lead = await org.person("lea", {"role": "LEAD", "unit": org.root}, {"role": "EXECUTIVE"})
    problem = await lead.refused("createServiceAccount", {"name": "Mine", "subject": "mine"})
    assert problem["code"] == "FORBIDDEN"
    assert (await org.client("mine").post("{ organization { id } }")).status_code == 403
