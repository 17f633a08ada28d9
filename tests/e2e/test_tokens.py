"""`goldenthread token`: tokens of persons, of service accounts, and of a login that is nobody yet."""

from __future__ import annotations

from typing import Any

import httpx

from tests.support.command_line import CommandLine, refused
from tests.support.running_instance import RunningInstance


async def test_a_token_speaks_for_a_person_with_the_role_that_was_asked_for(
    up: RunningInstance, local: CommandLine, http: httpx.AsyncClient
) -> None:
    said = (await local("token", "--role", "viewer", "--person", "Vera", "--json")).json()
    assert said["viewer"]["person"]["name"] == "Vera"
    assert said["viewer"]["roles"] == [{"role": "VIEWER", "unit": None}]
    assert said["viewer"]["organization"]["id"] == up.said["organization"]
    again = (await local("token", "--role", "lead", "--unit", "my organization", "--person", "vera", "--json")).json()
    assert again["viewer"]["person"] == said["viewer"]["person"]
    assert sorted(each["role"] for each in again["viewer"]["roles"]) == ["LEAD", "VIEWER"]
    plain = await local("token", "--role", "executive")
    headers = {"Authorization": f"Bearer {plain.out.strip()}"}
    answer = await http.post(up.said["graphql"], json={"query": "{ viewer { roles { role } } }"}, headers=headers)
    assert answer.json()["data"]["viewer"]["roles"] == [{"role": "EXECUTIVE"}]
    assert "say which with --unit" in refused(await local("token", "--role", "lead"))
    assert "no unit is called Nowhere" in refused(await local("token", "--role", "member", "--unit", "Nowhere"))
    assert "held in no unit" in refused(await local("token", "--role", "admin", "--unit", "My organization"))
    assert (await local("token", "--role", "king")).code == 2
    assert "--role" in refused(await local("token"))


async def test_an_invitation_is_claimed_with_a_token_of_a_login_that_is_nobody_yet(
    up: RunningInstance, local: CommandLine, http: httpx.AsyncClient
) -> None:
    invited = (await local("invite", "Ines", "--role", "viewer", "--json")).json()
    token = (await local("token", "--login", "ines@laptop")).out.strip()
    headers, claim = {"Authorization": f"Bearer {token}"}, {"secret": invited["secret"]}
    me: dict[str, Any] = {"url": up.said["graphql"], "json": {"query": "{ viewer { person { name } } }"}}
    assert (await http.post(**me, headers=headers)).status_code == 403
    claimed = await http.post(up.said["graphql"].replace("/graphql", "/invitations/claim"), json=claim, headers=headers)
    assert claimed.status_code == 200, claimed.text
    assert (await http.post(**me, headers=headers)).json()["data"]["viewer"]["person"]["name"] == "Ines"
    assert "only --organization goes with it" in refused(await local("token", "--login", "x", "--role", "viewer"))


async def test_a_token_of_a_service_account_reads_and_does_what_its_role_allows(local: CommandLine) -> None:
    said = (await local("token", "--service-account", "Importer", "--json")).json()
    assert (said["viewer"]["person"], said["viewer"]["roles"]) == (None, [])
    assert said["viewer"]["serviceAccount"]["name"] == "Importer"
    again = (await local("token", "--service-account", "importer", "--role", "viewer", "--json")).json()
    assert again["viewer"]["serviceAccount"] == said["viewer"]["serviceAccount"]
    assert again["viewer"]["roles"] == [{"role": "VIEWER", "unit": None}]
    both = await local("token", "--service-account", "Importer", "--person", "Vera")
    assert "--person or --service-account" in refused(both)
