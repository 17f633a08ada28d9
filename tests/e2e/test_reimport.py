"""A plan that comes in again, as people see it: in a terminal, as JSON, through GraphQL, and while it is under way."""

from __future__ import annotations

import asyncio
import os
import pty
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.support.command_line import CommandLine
from tests.support.running_instance import COMMAND
from tests.support.story_organization import StoryOrganization

HEADER = "Row ID,Type,Title,Description,Parent,Entity,Start Value,Target Value,Current Value\n"
BASE = HEADER + "P,purpose,Arrive relaxed,,,,,,\nW,why,Trust the timetable,,P,Trains,,,\n"
PLAN = BASE + "O,objective,{title},,W,Trains,,,\nK,key_result,Trains on time,,O,Trains,0,100,{value}\n"
FIRST = PLAN.format(title="Run on time", value=10)
GOAL = "{ objectives { nodes { id title description keyResults { id currentValue } } } }"
ROWS = 40_000
"""More than fit one question of events."""


@pytest.fixture
def command(org: StoryOrganization, tmp_path: Path) -> CommandLine:
    """Speaks as the administrator of a new organization, by URL and token from the environment."""
    return CommandLine({"GOLDENTHREAD_URL": org.admin.url, "GOLDENTHREAD_TOKEN": str(org.admin.token)}, tmp_path)


@pytest.fixture
async def told(org: StoryOrganization, command: CommandLine, sheet: Path) -> dict[str, Any]:
    """The objective of the plan after its first import, a description and a check-in of a person."""
    assert (await command("import", sheet)).code == 0
    goal = await goal_of(org)
    await org.admin.do("updateObjective", "revision", {"objective": goal["id"], "description": "Written here"})
    await org.admin.do("checkIn", "checkIn { id }", {"keyResult": goal["keyResults"][0]["id"], "value": 60})
    return goal


@pytest.fixture
def sheet(tmp_path: Path) -> Path:
    return written(tmp_path / "plan.csv", FIRST)


def written(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


async def goal_of(org: StoryOrganization) -> dict[str, Any]:
    (goal,) = (await org.admin.ask(GOAL))["objectives"]["nodes"]
    return dict(goal)


async def revision(org: StoryOrganization) -> int:
    return int((await org.admin.ask("{ organization { revision } }"))["organization"]["revision"])


def counts(report: dict[str, Any]) -> tuple[int, int, int]:
    return report["created"], report["updated"], report["unchanged"]


@pytest.mark.usefixtures("told")
async def test_the_same_file_keeps_what_people_wrote_and_says_so(
    org: StoryOrganization, command: CommandLine, sheet: Path
) -> None:
    before = await revision(org)
    report = (await command("import", sheet, "--json")).json()["importPlan"]
    assert (counts(report), report["conflictCount"], report["leftCount"]) == ((0, 0, 2), 0, 2)
    assert [(each["row"], each["outcome"]) for each in report["rows"]["nodes"]] == [("O", "LEFT"), ("K", "LEFT")]
    goal = await goal_of(org)
    assert (goal["description"], goal["keyResults"][0]["currentValue"]) == ("Written here", 60)
    assert await revision(org) == before


async def test_a_renamed_file_is_the_same_plan(org: StoryOrganization, command: CommandLine, sheet: Path) -> None:
    await command("import", sheet)
    before = await revision(org)
    for name in ("plan (1).csv", "plan - Copy.csv", "Q3 final.csv"):
        report = (await command("import", written(sheet.with_name(name), FIRST), "--json")).json()["importPlan"]
        assert (report["source"], counts(report)) == ("plan", (0, 0, 4)), name
    assert await revision(org) == before


@pytest.mark.parametrize(("option", "value"), [("--theirs", 20), ("--ours", 60)])
@pytest.mark.usefixtures("told")
async def test_a_value_that_was_changed_on_both_sides_is_told_with_all_three_and_decided(
    org: StoryOrganization, command: CommandLine, sheet: Path, option: str, value: int
) -> None:
    written(sheet, PLAN.format(title="Run on time", value=20))
    for _ in range(2):  # until it is decided, every import says so
        said = await command("import", sheet)
        lines = [line.strip() for line in said.out.splitlines()]
        assert "current value: was 10 → is 60 → file says 20  (changed in the file and here)" in lines
        assert any("--theirs" in line and "--ours" in line for line in lines)
        assert (await goal_of(org))["keyResults"][0]["currentValue"] == 60
    assert (await command("import", sheet, option)).code == 0
    goal = await goal_of(org)
    assert (goal["keyResults"][0]["currentValue"], goal["description"]) == (value, "Written here")
    report = (await command("import", sheet, "--json")).json()["importPlan"]
    assert report["conflictCount"] == 0


@pytest.mark.usefixtures("told")
async def test_a_dry_run_names_the_rows_and_cells_it_would_change_and_changes_nothing(
    org: StoryOrganization, command: CommandLine, sheet: Path
) -> None:
    written(sheet, PLAN.format(title="Run to the minute", value=10) + "N,objective,On its own,,,Trains,,,\n")
    before = await revision(org)
    said = await command("import", sheet, "--dry-run")
    lines = [line.strip() for line in said.out.splitlines()]
    assert "would change  line 4 (O)  Run to the minute  objective" in lines
    assert "title: is “Run on time” → would be “Run to the minute”" in lines
    assert "would create  line 6 (N)  On its own  objective" in lines
    assert any(line.startswith("1 goal would be orphaned: “") for line in lines)
    assert "\x1b" not in said.out
    assert said.err == ""
    assert await revision(org) == before
    done = [line.strip() for line in (await command("import", sheet)).out.splitlines()]
    assert "title: was “Run on time” → is “Run to the minute”" in done
    assert any(line.startswith("1 goal orphaned: “") for line in done)


async def test_a_file_that_may_be_of_two_sources_is_asked_for(command: CommandLine, sheet: Path) -> None:
    for source in ("north", "south"):
        assert (await command("import", sheet, "--source", source)).code == 0
    said = await command("import", sheet)
    assert (said.code, said.out) == (2, "")
    assert "--source" in said.err
    assert "“north”" in said.err
    assert "“south”" in said.err
    seen, code = await asyncio.to_thread(on_terminal, command, "2\n", "import", str(sheet))
    assert code == 0
    assert "1. north" in seen
    assert "4 rows taken from “south”: 0 created, 0 changed, 4 unchanged" in seen


def on_terminal(command: CommandLine, typed: str, *arguments: str) -> tuple[str, int]:
    """What a person sees who types a command on a terminal and answers its question; and its exit code."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("GOLDENTHREAD_")}
    ours, theirs = pty.openpty()
    environment = {**clean, **command.settings, "TERM": "xterm-256color", "COLUMNS": "200"}
    read = b""
    with subprocess.Popen(
        [COMMAND, *arguments], stdin=theirs, stdout=theirs, stderr=theirs, env=environment
    ) as running:
        os.close(theirs)
        try:
            while part := os.read(ours, 65536):
                read += part
                if typed and b"Which one" in read:
                    os.write(ours, typed.encode())
                    typed = ""
        except OSError:  # the other side is closed
            pass
        code = running.wait()
    os.close(ours)
    return read.decode(), code


async def test_a_large_import_is_seen_while_it_is_under_way_and_its_dry_run_says_what_would_break(
    org: StoryOrganization, command: CommandLine, tmp_path: Path
) -> None:
    lines = [f"{n},objective,Goal {n},,{'W' if n % 3 else ''},Trains,,," for n in range(ROWS - 2)]
    large = written(tmp_path / "large.csv", BASE + "\n".join(lines) + "\n")
    changed = "subscription { importChanged { id fileName step done total by { name } } }"
    async with org.admin.subscribed(changed) as heard:
        running = asyncio.create_task(command("import", large, "--dry-run"))
        runs = await heard.until(lambda run: run["step"] == "DONE")
        said = await running
    assert {run["fileName"] for run in runs} == {"large.csv"}
    assert {run["by"]["name"] for run in runs} == {"Ada Admin"}
    assert any(0 < run["done"] < run["total"] == ROWS for run in runs), runs
    assert [run["done"] for run in runs] == sorted(run["done"] for run in runs)
    assert f"{ROWS // 3} goals would be orphaned: “" in said.out, said.out.splitlines()[-60:-50]
    assert (await org.admin.ask("{ imports { fileName step } }"))["imports"][-1] == {
        "fileName": "large.csv", "step": "DONE"
    }  # fmt: skip


async def test_the_example_of_the_page_about_imports(
    org: StoryOrganization, command: CommandLine, tmp_path: Path
) -> None:
    plan = BASE + "O,objective,{title},,W,Trains,,,\nK,key_result,Calls answered,,O,Trains,0,{target},10\n"
    ben = written(tmp_path / "plan.csv", plan.format(title="Answer the phone", target=50))
    assert (await command("import", ben)).code == 0
    goal = await goal_of(org)
    await org.admin.do("updateObjective", "revision", {"objective": goal["id"], "title": "Answer within a minute"})

    anna = written(tmp_path / "anna.csv", plan.format(title="Answer the phone", target=70))
    report = (await command("import", anna, "--json")).json()["importPlan"]
    cells = [(cell["cell"], cell["outcome"]) for row in report["rows"]["nodes"] for cell in row["cells"]]
    assert cells == [("title", "LEFT"), ("target_value", "TAKEN")]

    written(anna, plan.format(title="Answer at once", target=70))
    said = (await command("import", anna)).out
    assert "was “Answer the phone” → is “Answer within a minute” → file says “Answer at once”" in said
    assert (await goal_of(org))["title"] == "Answer within a minute"
    assert (await command("import", anna, "--theirs")).code == 0
    assert (await goal_of(org))["title"] == "Answer at once"

    report = (await command("import", anna, "--json")).json()["importPlan"]
    assert (report["rows"]["nodes"], counts(report)) == ([], (0, 0, 4))

    refused = await command("import", ben)
    assert (refused.code, refused.out) == (1, "")
    assert "Ada Admin imported the same on 20" in refused.err
    assert "another file was imported since" in refused.err
    assert (await command("import", ben, "--again", "--dry-run")).code == 0
