"""Everything of an organization as one file: for its administrators, whole, of one moment, and without secrets."""

from __future__ import annotations

import json
import os
import zipfile
from pathlib import Path
from typing import Any

import pytest

from goldenthread.contracts.envelope import events_from_json
from goldenthread.organization.organization import Organization
from tests.support.command_line import CommandLine
from tests.support.graphql_client import Client
from tests.support.story_organization import StoryOrganization

PLAN = "Row ID,Type,Title,Parent,Because\nW,why,Hear in noise,,Noise\nO,objective,Quiet tests,W,It helps\n"


def speaks(client: Client, folder: Path) -> CommandLine:
    return CommandLine({"GOLDENTHREAD_URL": client.url, "GOLDENTHREAD_TOKEN": str(client.token)}, folder)


def rows(file: zipfile.ZipFile, name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read(name).splitlines()]


async def test_an_administrator_gets_everything_and_a_fold_of_it_is_the_organization(
    org: StoryOrganization, tmp_path: Path
) -> None:
    await org.admin.do("setPolicy", "policy { graceDays }", {"graceDays": 0, "replyDays": 9})
    await org.purpose()
    why = await org.why("Hear in noise")
    for number in range(3):
        await org.objective(f"Goal {number}", org.root, linkTo={"parent": why, "because": "it helps"})
    await org.person("bo", {"role": "MEMBER", "unit": org.root})
    hook = await org.admin.do("addWebhook", "secret", {"url": "https://9.9.9.9/hook"})
    await org.admin.do("importPlan", "revision", {"source": "plan", "content": PLAN, "format": "OKR_SHEET"})
    await org.admin.do("retireWhy", "revision", {"why": why, "reason": "done"})
    await org.alerts(lambda found: len(found) > 0)
    done = await speaks(org.admin, tmp_path)("export", "--everything", tmp_path / "all.zip")
    assert (done.code, done.out, done.err) == (0, "", "")
    assert os.listdir(tmp_path) == ["all.zip"]
    with zipfile.ZipFile(tmp_path / "all.zip") as file:
        assert file.testzip() is None
        readme = file.read("README.txt").decode()
        assert all(name in readme for name in file.namelist() if name != "README.txt")
        head = json.loads(file.read("export.json"))
        events = events_from_json(b"[" + b",".join(file.read("events.jsonl").splitlines()) + b"]")
        assert [each.sequence for each in events] == list(range(1, head["revision"] + 1))
        folded = Organization()
        for event in events:
            folded.apply(event.data)
        shown = await org.admin.ask("{ objectives { nodes { id } } organization { id } }")
        assert set(folded.objectives) == {each["id"] for each in shown["objectives"]["nodes"]}
        assert json.loads(file.read("organization.json"))["policy"]["reply_days"] == 9
        people = {each["name"]: each for each in rows(file, "people.jsonl")}
        assert people["Bo"]["subject"] == "bo"
        assert set(folded.people) == {each["person"] for each in people.values()}
        assert {each["row"] for each in rows(file, "import-rows.jsonl")} == {"W", "O"}
        assert rows(file, "import-files.jsonl")[0]["source"] == "plan"
        assert {each["state"] for each in rows(file, "alerts.jsonl")} & {"OPEN", "RESOLVED"}
        (webhook,) = rows(file, "webhooks.jsonl")
        assert webhook["url"] == "https://9.9.9.9/hook"
        everything = b"".join(file.read(name) for name in file.namelist())
        assert hook["secret"].encode() not in everything
        assert b"whsec_" not in everything


@pytest.mark.parametrize("role", ["LEAD", "MEMBER", "EXECUTIVE", "VIEWER"])
async def test_everybody_else_is_refused(org: StoryOrganization, tmp_path: Path, role: str) -> None:
    grant = {"role": role} | ({"unit": org.root} if role in ("LEAD", "MEMBER") else {})
    person = await org.person(role.lower(), grant)
    done = await speaks(person, tmp_path)("export", "--everything", tmp_path / "all.zip")
    assert (done.code, "admin" in done.err) == (1, True)
    assert os.listdir(tmp_path) == []


async def test_an_administrator_of_the_installation_reads_none(org: StoryOrganization) -> None:
    url = org.admin.url.replace("/graphql", "/export")
    token = org.up.issuer.person_token("olga", org.id, administers=True)
    answer = await org.http.get(url, headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 403
    assert (await org.http.get(url)).status_code == 401


async def test_a_file_is_named(org: StoryOrganization, tmp_path: Path) -> None:
    assert "name the file" in (await speaks(org.admin, tmp_path)("export", "--everything")).err
