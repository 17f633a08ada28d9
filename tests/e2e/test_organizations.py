"""Several organizations on one installation: made, listed and renamed by the command line; nobody reads another's."""

from __future__ import annotations

import json
from pathlib import Path

import httpx

from tests.support.command_line import CommandLine, CommandOutput
from tests.support.graphql_client import Client
from tests.support.running_instance import RunningInstance


def printed(done: CommandOutput) -> str:
    assert (done.code, done.err) == (0, ""), done
    return done.out.strip()


async def test_two_organizations_on_one_machine_are_apart(
    up: RunningInstance, http: httpx.AsyncClient, local: CommandLine
) -> None:
    ids = [printed(await local("organization", "create", name)) for name in ("Acme Rail", "Zenith")]
    clients = []
    for id in ids:
        token = printed(await local("token", "--organization", id, "--role", "executive", "--person", "Eve"))
        clients.append(Client(http, up.said["graphql"], token))
    for client, statement in zip(clients, ("Everybody arrives", "Everybody sees"), strict=True):
        await client.do("publishPurpose", "purpose { id }", {"statement": statement})
    names, purposes = [], []
    for client in clients:
        found = await client.ask("{ organization { name } purpose { statement } }")
        names.append(found["organization"]["name"])
        purposes.append(found["purpose"]["statement"])
    assert names == ["Acme Rail", "Zenith"]
    assert purposes == ["Everybody arrives", "Everybody sees"]
    listed = json.loads(printed(await local("organization", "list", "--first", "1000", "--json")))["organizations"]
    assert {each["id"]: each["name"] for each in listed}.items() >= dict(zip(ids, names, strict=True)).items()


async def test_a_new_name_is_seen_at_once_and_the_history_says_who_gave_it(
    up: RunningInstance, http: httpx.AsyncClient, local: CommandLine
) -> None:
    id = printed(await local("organization", "create", "Acme", "--admin-subject", "ada", "--admin-name", "Ada"))
    ada = up.client(http, id, "ada")
    assert (await ada.ask("{ organization { name } }"))["organization"]["name"] == "Acme"
    assert printed(await local("organization", "rename", id, "Acme Rail")) == id
    await ada.until("{ organization { name } }", lambda d: d["organization"]["name"] == "Acme Rail")
    await ada.until("{ units { nodes { name } } }", lambda d: d["units"]["nodes"][0]["name"] == "Acme Rail")
    document = "{ organization { history(first: 1) { nodes { summary by { name } } } } }"
    (renamed,) = (await ada.ask(document))["organization"]["history"]["nodes"]
    assert renamed["by"] is None
    assert renamed["summary"].startswith("Organization changed: name “Acme” → “Acme Rail” (by admin of http")
    assert renamed["summary"].endswith("who administers this installation)")


async def test_the_same_id_again_creates_nothing_and_a_page_goes_on(local: CommandLine) -> None:
    id = "org_e2e_repeated"
    first = await local("organization", "create", "Acme", "--id", id, "--json")
    again = await local("organization", "create", "Another", "--id", id, "--json")
    assert again.json() == first.json() | {"existed": True}
    told = await local("organization", "create", "Another", "--id", id)
    assert (told.code, told.out) == (0, f"{id}\n")
    assert told.err == f"{id} exists already, and is called Acme: nothing was changed.\n"
    rows = printed(await local("organization", "list", "--first", "1", "--after", "org_e2e_repeate")).splitlines()
    assert rows[0].split("\t")[:2] == [id, "Acme"]


async def test_who_does_not_administer_the_installation_is_refused_by_the_gateway(
    up: RunningInstance, http: httpx.AsyncClient, local: CommandLine, tmp_path: Path
) -> None:
    token = printed(await local("token", "--role", "viewer", "--person", "Vera"))
    (tmp_path / "token").write_text(token)
    refused = await local("organization", "list", "--token", f"@{tmp_path / 'token'}")
    assert (refused.code, refused.out) == (1, "")
    assert "administrators of this installation" in refused.err
    url = up.said["graphql"].replace("/graphql", "/organizations")
    for headers in ({}, {"Authorization": "Bearer x"}):
        assert (await http.get(url, headers=headers)).status_code == 401
    mine = {"Authorization": f"Bearer {up.said['token']}"}
    assert (await http.post(url, json={"name": "x" * 20_000_000}, headers=mine)).status_code == 413
    assert (await http.post(url, json={"name": "Acme", "colour": "red"}, headers=mine)).status_code == 400
    assert (await http.patch(f"{url}/org_nowhere", json={"name": "Acme"}, headers=mine)).status_code == 404
    assert (await http.get(url, params={"first": "many"}, headers=mine)).json()["errors"][0]["code"] == "INVALID"


async def test_on_a_deployed_instance_a_first_administrator_is_named(up: RunningInstance, tmp_path: Path) -> None:
    remote = CommandLine({"GOLDENTHREAD_URL": up.said["graphql"], "GOLDENTHREAD_TOKEN": up.said["token"]}, tmp_path)
    refused = await remote("organization", "create", "Acme")
    assert "--admin-email" in refused.err
    assert "--admin-subject" in refused.err
    id = printed(await remote("organization", "create", "Acme", "--admin-subject", "ada"))
    assert id.startswith("org_")


async def test_a_first_administrator_whose_login_nobody_knows_is_invited_and_signs_in(
    up: RunningInstance, http: httpx.AsyncClient, local: CommandLine
) -> None:
    made = printed(await local("organization", "create", "South Works", "--admin-email", "sue@south.example"))
    id, lost = made.splitlines()
    secret = printed(await local("organization", "invite", id))
    token = printed(await local("token", "--login", "sue", "--organization", id))
    sue = Client(http, up.said["graphql"], token)
    assert (await sue.post("{ viewer { person { name } } }")).status_code == 403

    async def claim(secret: str) -> int:
        address = sue.url.replace("/graphql", "/invitations/claim")
        return (await http.post(address, json={"secret": secret}, headers=sue.headers())).status_code

    assert [await claim(lost), await claim(secret)] == [404, 200]
    viewer = (await sue.ask("{ viewer { person { name } roles { role } } }"))["viewer"]
    assert (viewer["person"]["name"], viewer["roles"][0]["role"]) == ("sue", "ADMIN")
    await sue.do("publishPurpose", "purpose { id }", {"statement": "Everybody arrives"})
    assert (await sue.ask("{ myTurn(kinds: [REVIEW_INVITATION]) { nodes { nextStep } } }"))["myTurn"]["nodes"] == []
    late = await local("organization", "invite", id)
    assert (late.code, late.out, "Nobody outside gives access" in late.err) == (1, "", True)
    logs = "".join(each.read_text(errors="replace") for each in up.data_dir.rglob("*.log"))
    assert secret not in logs
    assert lost not in logs
