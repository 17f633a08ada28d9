"""Administrators of the installation: they create, list and rename organizations, and read none of them."""

from __future__ import annotations

import uuid
from typing import Any

import httpx
import pytest

from goldenthread.launcher.issuer import Issuer
from tests.integration.goals.conftest import Client

PATH = "/v1/organizations"


class Operations:
    """An administrator of the installation, who is nobody of any organization."""

    def __init__(self, http: httpx.AsyncClient, issuer: Issuer) -> None:
        self.http = http
        token = issuer.person_token("olga", "org_elsewhere", administers=True)
        self.headers = {"Authorization": f"Bearer {token}"}

    async def ask(self, method: str, path: str = PATH, **more: Any) -> httpx.Response:
        return await self.http.request(method, path, headers=self.headers, **more)

    async def create(self, name: str = "Acme", **more: Any) -> httpx.Response:
        return await self.ask("POST", json={"name": name, "admin_name": "Ada", "admin_subject": "ada", **more})


@pytest.fixture
def olga(http: httpx.AsyncClient, issuer: Issuer) -> Operations:
    return Operations(http, issuer)


def fresh() -> str:
    return f"org_{uuid.uuid4().hex}"


async def test_the_same_id_again_answers_what_is_there(olga: Operations) -> None:
    id = fresh()
    made = (await olga.create(id=id)).raise_for_status().json()
    assert (made["id"], made["name"], "deletedAt" in made) == (id, "Acme", False)
    again = await olga.create("Another name", id=id, admin_subject="mallory")
    assert again.json() == made | {"existed": True}
    assert "events" not in made


async def test_without_an_id_one_is_made(olga: Operations) -> None:
    first, second = [(await olga.create()).json()["id"] for _ in range(2)]
    assert first.startswith("org_")
    assert first != second


async def test_the_first_administrator_has_a_mail_address_and_can_work(
    http: httpx.AsyncClient, issuer: Issuer, olga: Operations
) -> None:
    id = (await olga.create(admin_email="ada@acme.example")).json()["id"]
    ada = Client(http, issuer, "ada", id)
    await ada.do("PublishPurpose", statement="Nobody waits")
    query = {"organization": id, "issuer": issuer.url, "subject": "ada"}
    found = (await http.get("/v1/login", params=query, headers=ada.reading)).json()
    assert found["person"]["email"] == "ada@acme.example"
    refused = await olga.create(admin_email="no address")
    assert (refused.status_code, refused.json()["errors"][0]["path"]) == (400, ["admin_email"])


async def test_the_list_goes_on_behind_an_id(olga: Operations) -> None:
    prefix = f"org_{uuid.uuid4().hex}"
    ids = [f"{prefix}_{number}" for number in range(5)]
    for id in reversed(ids):
        await olga.create(f"Number {id[-1]}", id=id)
    after: str | None = prefix
    found: list[str] = []
    for _ in range(3):
        page = (await olga.ask("GET", params={"first": 2, "after": after})).json()
        found += [each["id"] for each in page["organizations"]]
        assert all(set(each) == {"id", "name", "createdAt"} for each in page["organizations"])
        after = page["after"]
    assert found[:5] == ids
    assert (await olga.ask("GET", params={"first": 1_001})).status_code == 400


async def test_a_new_name_is_in_the_history_with_who_gave_it(olga: Operations, ada: Client) -> None:
    renamed = await olga.ask("PATCH", f"{PATH}/{ada.organization}", json={"name": "Acme Rail"})
    assert renamed.json()["name"] == "Acme Rail"
    written = [event.type for event in await ada.events()][-2:]
    assert written == ["organization.updated", "unit.changed"]
    assert [event.actor for event in await ada.events()][-2:] == [None, None]
    again = await olga.ask("PATCH", f"{PATH}/{ada.organization}", json={"name": " Acme Rail "})
    assert again.json() == renamed.json()
    entries = (
        await ada.http.get("/v1/history", params={"organization": ada.organization}, headers=ada.reading)
    ).json()["entries"]
    said = [each["summary"] for each in entries]
    by = f"by olga of {ada.issuer}, who administers this installation"
    assert said[1] == f"Organization changed: name “Example” → “Acme Rail” ({by})"
    assert said[0].endswith("who administers this installation)")
    assert "administers" not in said[2]
    assert not any("olga" in str(event) for event in await ada.events()), "a login is in no event"


async def test_they_read_and_change_nothing_in_an_organization(olga: Operations, ada: Client) -> None:
    query = {"organization": ada.organization}
    for path in ("events", "heads", "snapshot", "people", "login", "name", "history", "imports"):
        refused = await olga.ask("GET", f"/v1/{path}", params=query)
        assert refused.status_code in (403, 404), path
    command = await olga.ask("POST", "/v1/commands", params=query, json={"type": "PublishPurpose", "statement": "x"})
    assert command.status_code == 404


async def test_nobody_else_administers_the_installation(ada: Client) -> None:
    theirs = f"{PATH}/{ada.organization}"
    for headers, made in ((ada.headers, 403), (ada.reading, 200)):
        new = {"name": "Acme", "admin_name": "Ada", "admin_subject": "ada", "id": fresh()}
        assert (await ada.http.post(PATH, json=new, headers=headers)).status_code == made
        assert (await ada.http.get(PATH, headers=headers)).status_code == 403
        assert (await ada.http.patch(theirs, json={"name": "Mine"}, headers=headers)).status_code == 403


async def test_what_is_not_there_is_not_renamed(olga: Operations) -> None:
    for id in (fresh(), "org_%00", "unit_1"):
        refused = await olga.ask("PATCH", f"{PATH}/{id}", json={"name": "Acme"})
        assert refused.status_code in (400, 404), refused.text
    id = (await olga.create()).json()["id"]
    wrong = await olga.ask("PATCH", f"{PATH}/{id}", json={"name": " "})
    assert (wrong.status_code, wrong.json()["errors"][0]["path"]) == (400, ["name"])
