"""The organization and its people are renamed, for everybody and live; a changed login ends the one before."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed

from tests.support.graphql_client import Client
from tests.support.story_organization import StoryOrganization

CHANGES = """subscription C($after: Int) { organizationChanged(afterRevision: $after) {
    revision organization { name } unit { id name } person { id name email } change { type summary by { name } } } }"""
HISTORY = """query($id: ID!) { node(id: $id) { ... on Person { history { nodes { type summary by { id } } } } } }"""
SIGNED_IN = "{ viewer { person { signedInAt } } }"
VIEWER = "{ viewer { person { id name email } } }"


async def me(client: Client) -> dict[str, Any]:
    return dict((await client.ask(VIEWER))["viewer"]["person"])


async def change(org: StoryOrganization, person: str, **values: Any) -> dict[str, Any]:
    return await org.admin.do(
        "updatePerson", "person { id name email } warnings { message }", {"person": person, **values}
    )


async def test_another_client_hears_that_the_organization_and_a_person_are_renamed(org: StoryOrganization) -> None:
    vera = await org.person("vera", {"role": "VIEWER"})
    own = (await me(vera))["id"]
    await vera.until(SIGNED_IN, lambda d: d["viewer"]["person"]["signedInAt"])  # a change, too, which is told once
    async with vera.subscribed(CHANGES) as heard:
        renamed = await org.admin.do(
            "updateOrganization", "organization { name } revision", {"name": "Larkspur Ferries"}
        )
        assert renamed["organization"] == {"name": "Larkspur Ferries"}
        first, root = await heard.next(), await heard.next()
        assert (first["revision"], first["organization"]) == (renamed["revision"] - 1, {"name": "Larkspur Ferries"})
        assert first["change"]["summary"] == "Organization changed: name “Test” → “Larkspur Ferries”"
        assert root["unit"] == {"id": org.root, "name": "Larkspur Ferries"}
        changed = await change(org, own, name="Vera Verity", email="vera@example.org")
        assert changed["person"] == {"id": own, "name": "Vera Verity", "email": "vera@example.org"}
        third = await heard.next()
        assert third["person"] == changed["person"]
        assert third["change"] == {
            "type": "person.updated",
            "summary": "Name and e-mail address of a person changed",
            "by": {"name": "Ada Admin"},
        }
    assert await me(vera) == changed["person"]
    async with vera.subscribed(CHANGES, after=first["revision"] - 1) as again:
        told = [await again.next() for _ in range(3)]
        assert [each["change"]["type"] for each in told] == ["organization.updated", "unit.changed", "person.updated"]


async def test_everybody_says_what_they_are_called_and_nothing_else_of_anybody(org: StoryOrganization) -> None:
    vera = await org.person("vera", {"role": "VIEWER"})
    own, admin = (await me(vera))["id"], (await me(org.admin))["id"]
    assert (await vera.do("updatePerson", "person { name }", {"person": own, "name": "V"}))["person"] == {"name": "V"}
    for more in (
        {"person": own, "email": "v@example.org"},
        {"person": own, "subject": "v"},
        {"person": admin, "name": "x"},
    ):
        assert (await vera.refused("updatePerson", more))["code"] == "FORBIDDEN"
    assert (await vera.refused("updateOrganization", {"name": "Mine"}))["code"] == "FORBIDDEN"
    for email in ("bo@@", "bo@example.org\r\nBcc: al@example.org", "", "x" * 300 + "@example.org"):
        problem = await org.admin.refused("updatePerson", {"person": own, "email": email})
        assert (problem["code"], problem["path"]) == ("INVALID", ["email"])
        added = {"name": "Bo", "subject": "bo", "email": email}
        assert not email or (await org.admin.refused("addPerson", added))["path"] == ["email"]
    await change(org, own, email="v@example.org")
    assert (await change(org, own, email=None))["person"]["email"] is None
    assert (await org.admin.refused("updatePerson", {"person": own, "name": None}))["path"] == ["name"]


async def test_a_changed_login_ends_the_one_before_everywhere_and_the_new_one_goes_on(org: StoryOrganization) -> None:
    lea = await org.person("lea", {"role": "LEAD", "unit": org.root}, {"role": "EXECUTIVE"})
    own = (await me(lea))["id"]
    statement = {"statement": "Be useful", "idempotencyKey": "once"}
    purpose = await lea.do("publishPurpose", "revision", statement)
    async with lea.subscribed("subscription { goalTreeChanged { revision } }") as heard:
        await change(org, own, subject="lea.new")
        with pytest.raises(ConnectionClosed) as closed:
            await heard.next()
        assert closed.value.rcvd is not None
        assert (closed.value.rcvd.code, "administrator" in closed.value.rcvd.reason) == (4403, True)
    assert (await lea.post(VIEWER)).status_code == 403
    with pytest.raises(ConnectionClosed):
        async with lea.socket():
            pass
    urls = org.up.instance.urls
    for service, command in (
        ("goals", {"type": "PublishPurpose", "statement": "Mine", "expectedVersion": 1}),
        ("notifications", {"type": "AcknowledgeAlert", "alert": "alert_1"}),
    ):
        answer = await org.http.post(f"{urls[service]}/v1/commands", json=command, headers=lea.headers())
        assert (service, answer.status_code) == (service, 403)
    new = org.client("lea.new")
    assert (await me(new))["id"] == own
    async with new.subscribed("subscription { goalTreeChanged { revision } }") as heard:
        assert (await new.do("publishPurpose", "revision", statement))["revision"] == purpose["revision"]
        await new.do("publishPurpose", "revision", {"statement": "Be kind", "expectedVersion": 1})
        await heard.next()
    entries = (await new.ask(HISTORY, id=own))["node"]["history"]["nodes"]
    assert entries[0]["summary"] == "Login of a person changed"
    assert entries[0]["by"] == {"id": (await me(org.admin))["id"]}
    assert "lea" not in str(entries)


async def test_a_login_is_one_persons_and_whoever_gets_a_free_one_is_answered_nothing_of_before(
    org: StoryOrganization,
) -> None:
    bo = await org.person("bo", {"role": "EXECUTIVE"})
    al = await org.person("al", {"role": "EXECUTIVE"})
    ids = [(await me(each))["id"] for each in (bo, al)]
    taken = await org.admin.refused("updatePerson", {"person": ids[0], "subject": "al"})
    assert (taken["code"], taken["path"]) == ("CONFLICT", ["subject"])
    await bo.do("publishPurpose", "revision", {"statement": "Be useful", "idempotencyKey": "once"})
    await change(org, ids[0], subject="bo.new")
    await change(org, ids[1], subject="bo")
    assert [(await me(each))["id"] for each in (bo, org.client("bo.new"))] == [ids[1], ids[0]]
    again = {"statement": "Be kind", "expectedVersion": 1, "idempotencyKey": "once"}
    assert (await bo.do("publishPurpose", "purpose { version }", again))["purpose"]["version"] == 2


async def test_two_changes_at_once_are_both_there_and_of_two_for_one_login_one_is(org: StoryOrganization) -> None:
    bo = await org.person("bo", {"role": "VIEWER"})
    al = await org.person("al", {"role": "VIEWER"})
    ids = [(await me(each))["id"] for each in (bo, al)]
    await asyncio.gather(change(org, ids[0], name="Bo Both"), change(org, ids[0], email="bo@example.org"))
    assert await me(bo) == {"id": ids[0], "name": "Bo Both", "email": "bo@example.org"}
    tried = [org.admin.try_("updatePerson", "", {"person": id, "subject": "both"}) for id in ids]
    errors = [each["errors"] for each in await asyncio.gather(*tried)]
    assert sorted(map(len, errors)) == [0, 1]
    holder = ids[errors.index([])]
    assert (await me(org.client("both")))["id"] == holder
