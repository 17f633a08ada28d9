"""Every command as a user types it, on a running instance: what is printed, where, and with which exit code."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import os
import pty
import re
import subprocess
import time
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest

from goldenthread.cli.goals import goal_documents
from tests.support.command_line import CommandLine, refused
from tests.support.graphql_client import Client
from tests.support.running_instance import COMMAND, RunningInstance
from tests.support.story_organization import StoryOrganization

HEADER = "Row ID,Type,Title,Parent,Entity,Because\n"
PLAN = (
    HEADER
    + """P,purpose,Everybody hears,,,
W,why,Hear in noise,P,,Noise is where people stop hearing
O,objective,Quiet tests,W,Tests,A quiet room shows what noise hides
K,key_result,Half the time,O,Tests,
L,objective,On its own,,Tests,
"""
)
ESCAPE = "\x1b"


@pytest.fixture
def command(org: StoryOrganization, tmp_path: Path) -> CommandLine:
    """Speaks as the administrator of a new organization, by URL and token from the environment."""
    return CommandLine({"GOLDENTHREAD_URL": org.admin.url, "GOLDENTHREAD_TOKEN": str(org.admin.token)}, tmp_path)


def file(folder: Path, content: str | bytes, name: str = "plan.csv") -> Path:
    found = folder / name
    found.write_bytes(content.encode() if isinstance(content, str) else content)
    return found


async def revision(org: StoryOrganization) -> int:
    return int((await org.admin.ask("{ organization { revision } }"))["organization"]["revision"])


async def test_a_plan_is_imported_read_aloud_and_shown_with_its_break(
    org: StoryOrganization, command: CommandLine, tmp_path: Path
) -> None:
    before = await revision(org)
    tried = await command("import", file(tmp_path, PLAN), "--dry-run")
    assert (tried.code, tried.err) == (0, "")
    assert "5 rows would be taken" in tried.out
    assert "5 created, 0 changed, 0 unchanged" in tried.out
    assert await revision(org) == before
    done = await command("import", file(tmp_path, PLAN))
    lines = done.out.splitlines()
    assert "1 goal would be orphaned: “On its own”" in tried.out.splitlines(), "also of one that is not there yet"
    assert "1 goal orphaned: “On its own”" in lines
    assert any(line.startswith("5 rows taken") for line in lines)
    thread = await command("thread", "half the time")
    assert (thread.code, thread.err) == (0, "")
    assert thread.out.startswith("● ALIGNED  Half the time\n")
    assert "Noise is where people stop hearing" in thread.out
    tree = await command("tree")
    assert [re.sub(r"^[│├└─\s]*|  .*", "", line) for line in tree.out.splitlines()] == [
        "● Everybody hears",
        "● Hear in noise",
        "● Quiet tests",
        "● Half the time",
        "○ On its own",
    ]
    assert tree.out.splitlines()[-1] == "○ On its own  Tests  ORPHANED NOT_LINKED"
    below = await command("tree", "quiet")
    assert len(below.out.splitlines()) == 2
    orphans = await command("orphans")
    assert "○ On its own  NOT_LINKED" in orphans.out
    for said in (tried, done, thread, tree, below, orphans):
        assert ESCAPE not in said.out + said.err


@pytest.mark.parametrize(
    ("arguments", "document"),
    [(("tree",), goal_documents.TREE), (("orphans",), goal_documents.ORPHANS)],
)
async def test_json_is_the_data_of_the_document_that_was_sent(
    org: StoryOrganization, command: CommandLine, tmp_path: Path, arguments: tuple[str, ...], document: str
) -> None:
    await command("import", file(tmp_path, PLAN))
    said = (await command(*arguments, "--json")).json()
    assert said == await org.admin.ask(document)


async def test_thread_as_json_is_the_data_of_its_document(org: StoryOrganization, command: CommandLine) -> None:
    purpose = await org.purpose()
    said = (await command("thread", purpose, "--json")).json()
    assert said == await org.admin.ask(goal_documents.THREAD, node=purpose)


async def test_what_is_not_there_is_said(org: StoryOrganization, command: CommandLine, tmp_path: Path) -> None:
    assert "no goal has “nothing of the kind” in its title" in refused(await command("thread", "nothing of the kind"))
    unknown = f"objective_{'0' * 32}"
    assert f"{unknown} is no goal" in refused(await command("thread", unknown))
    assert unknown in refused(await command("tree", unknown))
    assert "No such file" in refused(await command("import", tmp_path / "nowhere.csv"))
    assert "directory" in refused(await command("import", tmp_path))
    assert "needs a token" in refused(await CommandLine({}, tmp_path)("tree", "--url", org.admin.url))
    assert "nothing runs on" in refused(await CommandLine({}, tmp_path)("tree", "--data-dir", tmp_path / "none"))
    (tmp_path / "forged").write_text("forged\n")
    assert "(UNAUTHENTICATED)" in refused(await command("tree", "--token", f"@{tmp_path / 'forged'}"))
    assert "no GraphQL" in refused(await command("tree", "--url", org.admin.url.removesuffix("graphql")))
    assert (await command("tree", "--depth", "-1")).code == 2


async def test_a_title_does_not_steer_a_terminal(org: StoryOrganization, command: CommandLine) -> None:
    """Control characters are refused. What turns the direction of writing is taken, and shown as what it is."""
    await org.objective("\u202eder \u2066red", org.root)
    for arguments in (("tree",), ("orphans",), ("thread", "red")):
        said = await command(*arguments)
        assert said.code == 0
        assert "red" in said.out
        assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", said.out)


async def test_on_a_terminal_there_is_colour_and_ctrl_characters_are_none_of_ours_when_piped(
    org: StoryOrganization, command: CommandLine, tmp_path: Path
) -> None:
    await command("import", file(tmp_path, PLAN))
    environment = {**os.environ, **command.settings, "TERM": "xterm-256color", "COLUMNS": "100"}
    environment.pop("NO_COLOR", None)

    def on_terminal() -> str:
        ours, theirs = pty.openpty()
        with subprocess.Popen([COMMAND, "tree"], stdout=theirs, stderr=theirs, env=environment) as running:
            os.close(theirs)
            read = b""
            try:
                while part := os.read(ours, 65536):
                    read += part
            except OSError:  # the other side is closed
                pass
            assert running.wait() == 0
        os.close(ours)
        return read.decode()

    shown = await asyncio.to_thread(on_terminal)
    assert f"{ESCAPE}[" in shown
    assert "Everybody hears" in shown


async def test_doctor_shows_the_processes_and_how_far_they_are(
    up: RunningInstance, local: CommandLine, tmp_path: Path
) -> None:
    report = (await local("doctor", "--json")).json()
    assert (report["running"], report["problems"]) == (True, [])
    assert {row["name"]: row["pid"] for row in report["processes"]} == up.instance.pids
    assert all(row["ready"] for row in report["processes"] if row["name"] in up.instance.urls)
    text = await local("doctor")
    assert "✓ no problems found" in text.out
    assert ESCAPE not in text.out
    nothing = await CommandLine({}, tmp_path)("doctor", "--data-dir", tmp_path / "new")
    assert (nothing.code, nothing.err) == (0, "")
    assert "nothing runs here" in nothing.out


BAD: dict[str, tuple[bytes, str]] = {
    "empty.csv": (b"", "the file is empty"),
    "header.csv": (HEADER.encode(), "a header and no rows"),
    "nul.csv": (f"{HEADER}1,objective,A\0B,,,\n".encode(), "line 2: the file is not text"),
    "utf8.csv": (HEADER.encode() + b"1,objective,\xff\xfa,,,\n", "line 2: not valid UTF-8"),
    "utf16.csv": (HEADER.encode("utf-16-le"), "a header and no rows"),
    "large.csv": (HEADER.encode() + b"1,objective,x,,,\n" * 700_000, "split it"),
    "book.xlsx": (b"PK\x03\x04" + bytes(range(256)) * 99, "or as CSV"),
    "entity.xml": (
        b'<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]><StrategicPlan><Name>&f;</Name></StrategicPlan>',
        "entity",
    ),
    "bomb.xml": (
        b'<!DOCTYPE x [<!ENTITY a "aaaaaaaa">'
        + b"".join(b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(9))
        + b"]><StrategicPlan><Name>&j;</Name></StrategicPlan>",
        "entity",
    ),
    "deep.xml": (b"<StrategicPlan>" * 50_000 + b"</StrategicPlan>" * 50_000, "nested"),
    "deep.json": (b'{"a":' * 100_000, "nested"),
}


async def test_files_that_are_no_plan_are_refused_in_words_and_change_nothing_in_bounded_time(
    org: StoryOrganization, command: CommandLine, tmp_path: Path
) -> None:
    before = await revision(org)
    begun = time.monotonic()
    for name, (content, words) in BAD.items():
        assert words in refused(await command("import", file(tmp_path, content, name))), name
    assert time.monotonic() - begun < 20 * len(BAD)
    assert await revision(org) == before


async def imported(command: CommandLine, tmp_path: Path, rows: str, name: str = "plan.csv") -> dict[str, Any]:
    said = (await command("import", file(tmp_path, HEADER + rows, name), "--json")).json()
    return dict(said["importPlan"])


async def test_a_loop_in_a_file_is_stored_and_judged_a_loop(
    org: StoryOrganization, command: CommandLine, tmp_path: Path
) -> None:
    report = await imported(
        command, tmp_path, "1,objective,A,2,,\n2,objective,B,3,,\n3,objective,C,1,,\n4,objective,Below,1,,\n"
    )
    assert (report["created"], report["skipped"]) == (4, [])
    document = "{ objectives { nodes { title alignment { state cause upToDate } } } }"
    data = await org.admin.until(
        document, lambda d: all(node["alignment"]["upToDate"] for node in d["objectives"]["nodes"])
    )
    verdicts = {node["title"]: node["alignment"] for node in data["objectives"]["nodes"]}
    assert {title: each["state"] for title, each in verdicts.items()} == dict.fromkeys(
        ("A", "B", "C", "Below"), "ORPHANED"
    )
    assert {verdicts[title]["cause"] for title in "ABC"} == {"LOOP"}
    tree = await command("tree")
    assert all(tree.out.count(f"○ {title} ") == 1 for title in ("A", "B", "C", "Below"))


async def test_rows_that_make_no_sense_are_reported_each_with_its_line(command: CommandLine, tmp_path: Path) -> None:
    rows = "1,objective,First,,,\n1,objective,Second,,,\n2,objective,Selfish,2,,\n3,objective,Lost,nowhere,,\n"
    report = await imported(command, tmp_path, rows + "4,wish,What,,,\n5,objective,,,,\n6,key_result,Of nothing,,,\n")
    assert report["created"] == 3
    lines = {int(re.findall(r"\d+", each["row"])[0]) for each in report["skipped"]}
    assert lines == {3, 4, 5, 6, 7, 8}
    text = await command("import", tmp_path / "plan.csv")
    counts = re.search(r"^(\d+) not taken, or only in part, besides the (\d+) above:$", text.out, re.MULTILINE)
    assert counts is not None
    assert int(counts[1]) + int(counts[2]) == 6
    assert all(f"line {line} " in text.out for line in lines)


async def test_a_row_that_cannot_be_read_costs_that_row(command: CommandLine, tmp_path: Path) -> None:
    rows = (
        f'1,objective,{"x" * 1_000_000},,,\n2,objective,Kept,,,\n3,objective,"never closed\n4,objective,Kept too,,,\n'
    )
    report = await imported(command, tmp_path, rows)
    assert report["created"] == 2
    assert [(each["row"], each["message"].partition(":")[0]) for each in report["skipped"]] == [
        ("line 2 (1)", "not taken"),
        ("line 4 (3)", "not taken"),
    ]


async def test_a_past_objective_comes_in_active_unless_asked_otherwise(
    org: StoryOrganization, command: CommandLine, tmp_path: Path
) -> None:
    past = "Row ID,Type,Title,Start Date,End Date\n1,objective,Long ago,2001-01-01,2001-12-31\n"
    assert (await command("import", file(tmp_path, past), "--source", "one")).code == 0
    assert (await command("import", file(tmp_path, past), "--source", "two", "--close-past")).code == 0
    data = await org.admin.ask("{ objectives { nodes { state } } }")
    assert sorted(node["state"] for node in data["objectives"]["nodes"]) == ["ACTIVE", "CLOSED"]


async def test_rows_gone_from_a_file_are_named_and_stay(
    org: StoryOrganization, command: CommandLine, tmp_path: Path
) -> None:
    await imported(command, tmp_path, "1,objective,Stays,,,\n2,objective,Goes,,,\n")
    said = await command("import", file(tmp_path, HEADER + "1,objective,Stays,,,\n"))
    assert "1 gone from the file and still here:\n  2\n" in said.out
    assert (await org.admin.ask("{ objectives { totalCount } }"))["objectives"]["totalCount"] == 2


async def test_an_export_has_drafts_and_a_sheet_says_what_it_does_not(
    org: StoryOrganization, command: CommandLine, tmp_path: Path
) -> None:
    await org.admin.do("createObjective", "revision", {"title": "Not yet", "owners": [org.root], "activate": False})
    await org.admin.do("recordFeedback", "revision", {"source": "Shop", "body": "Too slow"})
    said = await command("export")
    assert (said.code, said.err) == (0, "")
    assert [(row["title"], row["draft"]) for row in json.loads(said.out)["rows"]] == [("Not yet", True)]
    sheet = await command("export", tmp_path / "plan.csv", "--format", "sheet")
    assert (sheet.code, sheet.out) == (0, "")
    assert sheet.err == "A sheet does not say: what customers said (1). JSON and StratML do.\n"
    (row,) = csv.DictReader(io.StringIO((tmp_path / "plan.csv").read_text()))
    assert (row["Title"], row["Draft"]) == ("Not yet", "yes")
    assert "cannot be written" in refused(await command("export", tmp_path))


async def test_an_export_that_comes_home_changes_nothing(
    org: StoryOrganization, command: CommandLine, tmp_path: Path
) -> None:
    await command("import", file(tmp_path, PLAN))
    await command("export", tmp_path / "home.json")
    before = await revision(org)
    report = await command("import", tmp_path / "home.json")
    assert "0 created, 0 changed, 5 unchanged" in report.out
    assert await revision(org) == before


async def signs_in_elsewhere(up: RunningInstance, person: str, issuer: str) -> None:
    """Give a person a login of an issuer that is trusted no more, as an installation has that left it."""
    connection = await asyncpg.connect(up.instance.databases["goals"].reveal())
    assert await connection.execute("UPDATE names SET issuer = $1 WHERE person = $2", issuer, person) == "UPDATE 1"
    await connection.close()


async def test_on_its_own_machine_the_command_goes_on_when_the_administrators_login_is_another(
    up: RunningInstance, http: httpx.AsyncClient, local: CommandLine
) -> None:
    name = json.loads((await local("token", "--role", "admin", "--person", "Local administrator", "--json")).out)
    person, before = name["viewer"]["person"]["id"], Client(http, up.said["graphql"], up.said["token"])
    spare = Client(http, up.said["graphql"], (await local("token", "--role", "admin", "--person", "Spare")).out.strip())
    await before.do("updatePerson", "person { name }", {"person": person, "subject": "somebody else"})
    try:
        assert (await before.post("{ viewer { person { name } } }")).status_code == 403
        assert (await local("turns")).code == 0
        await signs_in_elsewhere(up, person, "https://elsewhere.example")
        assert "signs in at https://elsewhere.example" in refused(await local("turns"))
    finally:
        here = {"person": person, "subject": "admin", "issuer": up.issuer.identifier}
        await spare.do("updatePerson", "person { name }", here)
    assert (await local("turns")).code == 0


async def test_a_person_is_erased_and_the_log_of_erasures_is_written_and_replayed(
    up: RunningInstance, local: CommandLine, http: httpx.AsyncClient, tmp_path: Path
) -> None:
    said = (await local("token", "--role", "viewer", "--person", "Zebulon Quixworth", "--json")).json()
    person = said["viewer"]["person"]["id"]
    still = await local("erase-person", person, "--yes")
    assert (still.code, "removePerson" in still.err) == (1, True)
    admin = Client(http, up.said["graphql"], (await local("token", "--role", "admin")).out.strip())
    await admin.do("removePerson", "revision", {"person": person})
    asked = await local("erase-person", "zebulon quixworth")
    assert (asked.code, asked.out, "--yes" in asked.err) == (2, "", True)
    erased = (await local("erase-person", "zebulon quixworth", "--yes", "--json")).json()["erasePerson"]["person"]
    assert erased == {"id": person, "name": "A person who was erased", "erased": True}
    log = tmp_path / "erasures.jsonl"
    assert (await local("erasures", "export", log, "--json")).json()["erasures"] >= 1
    assert person in log.read_text(encoding="utf-8")
    replayed = (await local("erasures", "replay", log, "--json")).json()
    assert (replayed["erased"], replayed["unknown"], replayed["withoutAdministrator"]) == (0, 0, [])
