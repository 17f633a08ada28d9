"""A workbook is brought as people have it, by the command line and in GraphQL: said once, again without a change."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest

from tests.support.command_line import CommandLine
from tests.support.story_organization import StoryOrganization
from tests.support.workbooks import xlsx

NOTES = ("Notes", [["Written by the office"], ["for everybody"]])
ROWS: list[list[Any]] = [
    ["Row ID", "Sort", "Promise", "Parent", "Entity", "Because", "Start Value", "Target Value", "Current Value"],
    ["P", "purpose", "Everybody hears", None, None, None, None, None, None],
    ["W", "why", "Hear in noise", "P", None, "Noise is where people stop hearing", None, None, None],
    ["O", "objective", "Quiet tests", "W", "Tests", "A quiet room shows what noise hides", None, None, None],
    ["K", "key_result", "Half the time", "O", "Tests", None, 60, 30.5, 45],
]
WORDS = ("--map", "Promise=title", "--map", "Sort=type")
IMPORT = """mutation($input: ImportPlanInput!) { importPlan(input: $input) {
    source created unchanged warnings { message path } errors { code message path candidates } } }"""


@pytest.fixture
def command(org: StoryOrganization, tmp_path: Path) -> CommandLine:
    return CommandLine({"GOLDENTHREAD_URL": org.admin.url, "GOLDENTHREAD_TOKEN": str(org.admin.token)}, tmp_path)


def workbook(*sheets: tuple[str, list[list[Any]]]) -> bytes:
    return xlsx(*sheets)


async def test_a_workbook_is_tried_imported_changes_nothing_again_and_goes_home(
    command: CommandLine, tmp_path: Path
) -> None:
    plan = tmp_path / "plan.xlsx"
    plan.write_bytes(workbook(NOTES, ("Q1", ROWS)))
    tried = await command("import", plan, "--sheet", "Q1", *WORDS, "--dry-run")
    assert (tried.code, tried.err) == (0, "")
    assert "4 rows would be taken from “plan”: 4 created" in tried.out
    assert "row 5 (K)  Half the time  key result" in tried.out
    unsaid = await command("import", plan, "--sheet", "Q1")
    assert unsaid.code == 1, "a dry run keeps no words"
    done = await command("import", plan, "--sheet", "Q1", *WORDS)
    assert "4 rows taken from “plan”: 4 created, 0 changed, 0 unchanged" in done.out
    again = await command("import", plan, "--sheet", "Q1")
    assert "4 rows taken from “plan”: 0 created, 0 changed, 4 unchanged" in again.out
    assert again.out.startswith("! As was said before: “Promise” was read as Title, “Sort” was read as Type.\n")
    assert (await command("export", tmp_path / "home.csv")).code == 0
    home = await command("import", tmp_path / "home.csv")
    assert "4 rows taken from “export at " in home.out
    assert "0 created, 0 changed, 4 unchanged" in home.out
    wrong = await command("import", plan, "--sheet", "Q2")
    assert (wrong.code, wrong.out) == (2, "")
    assert "“Notes”, “Q1”" in wrong.err


async def test_a_workbook_is_brought_over_graphql(org: StoryOrganization) -> None:
    named = [["Row ID", "Type", "Title", *ROWS[0][3:]], *ROWS[1:]]
    content = base64.encodebytes(workbook(("Plan", named), NOTES)).decode()
    given: dict[str, Any] = {"fileName": "plan.xlsx", "contentBase64": content}
    first = (await org.admin.ask(IMPORT, input=given))["importPlan"]
    assert (first["source"], first["created"], first["errors"]) == ("plan", 4, [])
    assert any("“Plan”" in each["message"] for each in first["warnings"]), "which of two sheets was read"
    again = (await org.admin.ask(IMPORT, input={**given, "sheet": "Plan"}))["importPlan"]
    assert again["unchanged"] == 4
    for wrong, path in (
        ({"contentBase64": "%%%"}, ["contentBase64"]),
        ({}, ["content"]),
        ({"content": "Type,Title", "contentBase64": content}, ["contentBase64"]),
        ({"contentBase64": content, "sheet": "Q3"}, ["sheet"]),
        ({"contentBase64": content, "columns": [{"heading": "Title", "column": "colour"}]}, ["columns", "0", "column"]),
    ):
        (error,) = (await org.admin.ask(IMPORT, input=wrong))["importPlan"]["errors"]
        assert (error["code"], error["path"]) == ("INVALID", path)
