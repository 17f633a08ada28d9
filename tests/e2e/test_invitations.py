"""A person is invited, claims that after signing in, and whoever invited can take it back; and who has signed in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest
from websockets.exceptions import ConnectionClosed

from tests.support.command_line import CommandLine
from tests.support.graphql_client import Client
from tests.support.story_organization import StoryOrganization

ME = "{ viewer { person { id name signedInAt } } }"
MY_TURN = "{ myTurn(kinds: [REVIEW_INVITATION]) { nodes { subject { id } nextStep } } }"
INVITATIONS = "{ invitations { nodes { state person { id } invitedBy { name } } } }"
HISTORY = "query($id: ID!) { node(id: $id) { ... on Person { history { nodes { type by { id } } } } } }"


async def invite(by: Client, **input: Any) -> tuple[str, str]:
    """Somebody who is invited, and the secret."""
    made = await by.do("invitePerson", "secret person { id }", input)
    return made["person"]["id"], made["secret"]


def address(of: Client) -> str:
    """Where invitations are claimed."""
    return of.url.replace("/graphql", "/invitations/claim")


async def claim(org: StoryOrganization, who: Client, secret: str) -> httpx.Response:
    return await org.http.post(address(who), json={"secret": secret}, headers=who.headers())


async def test_an_invitation_is_claimed_after_signing_in_and_undone_by_who_made_it(org: StoryOrganization) -> None:
    sales, lea = await org.led("Sales", "lea")
    person, secret = await invite(lea, name="Ana", email="ana@example.org", roles=[{"role": "MEMBER", "unit": sales}])
    eve, ana = org.client("eve"), org.client("ana")
    assert (await eve.post(ME)).status_code == 403, "who was not invited is nobody"
    looked = await org.http.get(
        eve.url.replace("/graphql", f"/invitations/claim?secret={secret}"), headers=eve.headers()
    )
    assert looked.status_code == 405
    claimed = await claim(org, eve, secret)
    assert (claimed.status_code, claimed.json()) == (200, {"organization": org.id, "person": person})
    assert (await claim(org, eve, secret)).json() == claimed.json()
    late = await claim(org, ana, secret)
    assert (late.status_code, late.json()["errors"][0]["extensions"]["code"]) == (404, "NOT_FOUND")
    assert (await claim(org, lea, secret)).status_code == 404
    viewer = (await eve.ask(ME))["viewer"]["person"]
    assert (viewer["id"], viewer["name"]) == (person, "Ana")
    assert viewer["signedInAt"] is not None
    for inviter in (lea, org.admin):
        (turn,) = (await inviter.until(MY_TURN, lambda d: d["myTurn"]["nodes"]))["myTurn"]["nodes"]
        assert turn["subject"]["id"] == person
        assert turn["nextStep"].startswith("Ana claimed their invitation")
    async with eve.subscribed("subscription { goalTreeChanged { revision } }") as heard:
        await lea.do("undoInvitation", "person { signsIn }", {"person": person})
        with pytest.raises(ConnectionClosed) as closed:
            await heard.next()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 4403
    assert (await eve.post(ME)).status_code == 403
    assert (await lea.ask(MY_TURN))["myTurn"]["nodes"] == []
    again, second = await invite(lea, person=person)
    assert again == person
    assert (await claim(org, eve, secret)).status_code == 404
    assert (await claim(org, ana, second)).status_code == 200
    assert (await ana.ask(ME))["viewer"]["person"]["id"] == person
    await lea.do("confirmInvitation", "person { id }", {"person": person})
    (listed,) = (await lea.ask(INVITATIONS))["invitations"]["nodes"]
    assert listed == {"state": "CLAIMED", "person": {"id": person}, "invitedBy": {"name": "Lea"}}
    told = [each["type"] for each in (await lea.ask(HISTORY, id=person))["node"]["history"]["nodes"]]
    assert told == [
        "person.invitation-confirmed",
        "person.invitation-claimed",
        "person.updated",
        "person.invited",
        "person.invitation-undone",
        "person.updated",
        "person.invitation-claimed",
        "person.updated",
        "person.invited",
        "person.joined",
    ]


async def test_who_has_not_signed_in_is_known_and_coming_is_recorded_once(org: StoryOrganization) -> None:
    vera = await org.person("vera", {"role": "VIEWER"})
    await org.person("never", {"role": "VIEWER"})
    missing = "{ people(signedIn: false) { nodes { name } } }"
    await org.admin.until(missing, lambda d: [each["name"] for each in d["people"]["nodes"]] == ["Never", "Vera"])
    for _ in range(3):
        await vera.ask(ME)
    await org.admin.until(missing, lambda d: [each["name"] for each in d["people"]["nodes"]] == ["Never"])
    urls, mine = org.up.instance.urls, {"organization": org.id, "issuer": org.up.issuer.identifier, "subject": "never"}
    told = await org.http.post(f"{urls['goals']}/v1/signed-in", params=mine, headers=vera.headers())
    assert told.status_code == 403, "nobody says of somebody that they have signed in"
    person = (await vera.ask(ME))["viewer"]["person"]["id"]
    entries = (await org.admin.ask(HISTORY, id=person))["node"]["history"]["nodes"]
    assert [each["type"] for each in entries].count("person.signed-in") == 1
    assert entries[0] == {"type": "person.signed-in", "by": {"id": person}}


async def add_at_former_issuer(org: StoryOrganization, issuer: str, *names: str) -> None:
    """Add people with logins of an issuer that is trusted no more, as an installation has that left it. The gateway
    reads each login anew when its subject changes.
    """
    added = [
        await org.admin.do(
            "addPerson",
            "person { id }",
            {"name": each, "subject": f"{each} at first", "roles": [{"role": "EXECUTIVE"}]},
        )
        for each in names
    ]
    people = [each["person"]["id"] for each in added]
    connection = await asyncpg.connect(org.up.instance.databases["goals"].reveal())
    await connection.execute("UPDATE names SET issuer = $1 WHERE person = ANY($2::text[])", issuer, people)
    await connection.close()
    for person, name in zip(people, names, strict=True):
        await org.admin.do("updatePerson", "person { id }", {"person": person, "subject": name})


async def test_logins_of_one_issuer_move_to_another_and_sign_in_there(org: StoryOrganization) -> None:
    old, new = "https://old.example", org.up.issuer.identifier
    await add_at_former_issuer(org, old, "bo", "cy")
    bo = org.client("bo")
    assert (await bo.post(ME)).status_code == 403
    move = {"fromIssuer": old, "toIssuer": new}
    tried = await org.admin.do("moveLogins", "moved people { nodes { name } }", {**move, "dryRun": True})
    assert (tried["moved"], [each["name"] for each in tried["people"]["nodes"]]) == (2, ["bo", "cy"])
    assert (await bo.post(ME)).status_code == 403
    moved = await org.admin.do("moveLogins", "moved remaining conflicts { person { id } }", move)
    assert moved == {"moved": 2, "remaining": 0, "conflicts": [], "errors": []}
    assert (await bo.ask(ME))["viewer"]["person"]["name"] == "bo"
    assert (await bo.refused("moveLogins", move))["code"] == "FORBIDDEN"


async def test_people_come_and_go_by_the_command_line(org: StoryOrganization, tmp_path: Path) -> None:
    settings = {"GOLDENTHREAD_URL": org.admin.url, "GOLDENTHREAD_TOKEN": str(org.admin.token)}
    command = CommandLine(settings, tmp_path)

    async def said(*words: str) -> str:
        done = await command(*words)
        assert (done.code, done.err) == (0, ""), done
        return done.out

    secrets = [(await said("invite", name, "--role", "viewer")).strip() for name in ("Ana", "Cy")]
    eve, bo = org.client("eve"), org.client("bo")
    assert (await claim(org, eve, secrets[0])).status_code == 200
    await eve.ask(ME)
    assert "Ana" in await said("invitation", "list", "--state", "claimed")
    assert (await said("invitation", "undo", "ana")).startswith("Ana cannot sign in now.")
    assert (await eve.post(ME)).status_code == 403
    again = (await said("invite", "--person", "Ana")).strip()
    assert (await claim(org, bo, again)).status_code == 200
    assert "It is confirmed" in await said("invitation", "confirm", "Ana")
    assert await said("invitation", "revoke", "Cy") == "The invitation of Cy is revoked.\n"
    assert (await claim(org, eve, secrets[1])).status_code == 404
    asked = await command("remove-person", "Ana")
    assert (asked.code, "with --yes it is done" in asked.err) == (2, True)
    assert "is removed; Cy takes over." in await said("remove-person", "Ana", "--successor", "Cy", "--yes")
    assert (await bo.post(ME)).status_code == 403
