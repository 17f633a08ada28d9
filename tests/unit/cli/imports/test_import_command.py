"""`goldenthread import`: what is sent, what is asked of a person, what is printed, and the exit codes."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.unit.cli.conftest import FakeGateway, Run
from tests.unit.cli.imports.import_answers import Terminal, answer, page, row


@pytest.fixture
def plan(tmp_path: Path) -> str:
    (tmp_path / "plan.csv").write_text("title\nGoal\n", encoding="utf-8")
    return str(tmp_path / "plan.csv")


def refusal(*candidates: str) -> dict[str, Any]:
    error = {"code": "INVALID", "message": "The file may be of several.", "path": ["source"], "candidates": candidates}
    return answer(errors=[error])


# -- what is sent -----------------------------------------------------------------------------------------------------


def test_the_file_is_sent_by_its_name_and_without_a_source(gateway: FakeGateway, run: Run, plan: str) -> None:
    gateway.answers = [answer(), answer()]
    assert run("import", plan, "--url", gateway.url) == 0
    assert run("import", plan, "--source", "north", "--theirs", "--again", "--dry-run", "--url", gateway.url) == 0
    first, second = (asked["variables"]["input"] for asked in gateway.asked)
    assert (first["fileName"], first["again"], first["dryRun"]) == ("plan.csv", False, False)
    assert not {"source", "conflicts"} & first.keys()
    assert (second["source"], second["conflicts"], second["again"]) == ("north", "THEIRS", True)


def test_both_sides_of_a_conflict_cannot_be_taken(
    gateway: FakeGateway, run: Run, capsys: pytest.CaptureFixture[str], plan: str
) -> None:
    assert run("import", plan, "--theirs", "--ours", "--url", gateway.url) == 2
    assert "exclude each other" in capsys.readouterr().err
    assert gateway.asked == []


# -- the source --------------------------------------------------------------------------------------------------------


def test_without_a_terminal_a_source_that_is_not_known_ends_with_2_and_the_names(
    gateway: FakeGateway, run: Run, capsys: pytest.CaptureFixture[str], plan: str
) -> None:
    gateway.answers = [refusal("north", "south")]
    assert run("import", plan, "--url", gateway.url) == 2
    said = capsys.readouterr()
    assert (said.out, said.err) == (
        "",
        "goldenthread: The file may be of several. They are: “north”, “south”.\n",
    )


@pytest.mark.parametrize(("typed", "code"), [("2\n", 0), ("3\n", 2), ("x\n", 2), ("", 2)])
def test_on_a_terminal_a_person_is_asked_for_the_source(
    gateway: FakeGateway, run: Run, monkeypatch: pytest.MonkeyPatch, plan: str, typed: str, code: int
) -> None:
    seen = Terminal()
    monkeypatch.setattr(sys, "stdin", Terminal(typed))
    monkeypatch.setattr(sys, "stderr", seen)
    gateway.answers = [refusal("north", "south"), answer()]
    assert run("import", plan, "--url", gateway.url) == code
    assert "  1. north\n  2. south\nWhich one (1 to 2)? " in seen.getvalue()
    assert [asked["variables"]["input"].get("source") for asked in gateway.asked] == [None, *["south"] * (code == 0)]
    keys = {asked["variables"]["input"]["idempotencyKey"] for asked in gateway.asked}
    assert len(keys) == len(gateway.asked), "another input under the same key is refused"


# -- what is printed ---------------------------------------------------------------------------------------------------


def test_the_report_counts_all_of_it_and_says_what_json_lists(
    gateway: FakeGateway, run: Run, capsys: pytest.CaptureFixture[str], plan: str
) -> None:
    gateway.answers = [answer(50, 5000, 300), answer(50, 60)]
    assert run("import", plan, "--url", gateway.url) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "300 goals orphaned" in lines
    assert "5000 not taken, or only in part:" in lines
    assert lines[-1] == "  … and 4950 more; --json lists the first 2000"
    assert run("import", plan, "--url", gateway.url) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "  … and 10 more; --json lists them all"


def test_of_many_rows_those_to_decide_on_come_first_and_50_are_shown(
    gateway: FakeGateway, run: Run, capsys: pytest.CaptureFixture[str], plan: str
) -> None:
    others = page([row(number) for number in range(50)], more=True, count=15_000)
    gateway.answers = [answer(conflicts=page([row(77, "CONFLICT")]), others=others)]
    assert run("import", plan, "--url", gateway.url) == 0
    said = capsys.readouterr()
    lines = said.out.splitlines()
    assert lines[0].split()[:4] == ["conflict", "line", "77", "(77)"]
    assert lines[50] == "… and 14951 more; --json lists them all"
    assert "\x1b" not in said.out, "no colours where no person reads"
    assert said.err == "", "no bar either"


def test_as_json_every_row_is_read_under_one_key(
    gateway: FakeGateway, run: Run, capsys: pytest.CaptureFixture[str], plan: str
) -> None:
    pages = [page([row(1)], more=True, count=3), page([row(2)], more=True, count=3), page([row(3)], count=3)]
    gateway.answers = [answer(rows=each) for each in pages]
    assert run("import", plan, "--json", "--url", gateway.url) == 0
    found = json.loads(capsys.readouterr().out)["importPlan"]["rows"]
    assert [each["row"] for each in found["nodes"]] == ["1", "2", "3"]
    assert (found["totalCount"], found["pageInfo"]["hasNextPage"]) == (3, False)
    assert len({asked["variables"]["input"]["idempotencyKey"] for asked in gateway.asked}) == 1
    assert [asked["variables"].get("after") for asked in gateway.asked] == [None, "cursor", "cursor"]


def test_rows_of_a_dry_run_that_saw_several_revisions_are_said_to_be_mixed(
    gateway: FakeGateway, run: Run, capsys: pytest.CaptureFixture[str], plan: str
) -> None:
    gateway.answers = [answer(rows=page([row(1)], more=True)), answer(rows=page([row(2)]), revision=9)]
    assert run("import", plan, "--json", "--dry-run", "--url", gateway.url) == 0
    assert "revisions 7 to 9" in capsys.readouterr().err


def test_as_json_it_says_on_stderr_which_lists_are_cut(
    gateway: FakeGateway, run: Run, capsys: pytest.CaptureFixture[str], plan: str
) -> None:
    gateway.answers = [answer(2000, 5000, 300), answer(60, 60, 3)]
    assert run("import", plan, "--json", "--url", gateway.url) == 0
    said = capsys.readouterr()
    assert json.loads(said.out)["importPlan"]["skippedCount"] == 5000
    assert said.err.splitlines() == [
        "`skipped` lists the first 2000 of 5000.",
        "`orphaned` lists the first 100 of 300.",
    ]
    assert run("import", plan, "--json", "--url", gateway.url) == 0
    assert capsys.readouterr().err == ""
