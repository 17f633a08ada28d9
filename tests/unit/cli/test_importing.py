"""What an import's report says of lists of which the answer has only the first."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.unit.cli.conftest import FakeGateway, Run


def answer(listed: int, skipped: int, orphaned: int) -> dict[str, Any]:
    rows = [{"row": f"line {number}", "message": "has no title"} for number in range(listed)]
    goals = [{"id": f"objective_{number}", "title": "Goal"} for number in range(min(orphaned, 100))]
    counts = {"orphanedCount": orphaned, "unexplainedCount": 0, "mendedCount": 0}
    impact: dict[str, Any] = {"orphaned": goals, "unexplained": [], "mended": [], **counts}
    report = {"taken": 9000, "created": 9000, "updated": 0, "unchanged": 0, "missing": [], "missingCount": 0}
    more = {"skipped": rows, "skippedCount": skipped, "impact": impact, "revision": 7, "warnings": [], "errors": []}
    return {"data": {"importPlan": {**report, **more}}}


@pytest.fixture
def plan(tmp_path: Path) -> str:
    (tmp_path / "plan.csv").write_text("title\nGoal\n", encoding="utf-8")
    return str(tmp_path / "plan.csv")


def test_the_report_counts_all_of_it_and_says_what_json_lists(
    gateway: FakeGateway, run: Run, capsys: pytest.CaptureFixture[str], plan: str
) -> None:
    gateway.answers = [answer(2000, 5000, 300), answer(60, 60, 0)]
    assert run("import", plan, "--url", gateway.url) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "300 goals orphaned" in lines
    assert "5000 not taken, or only in part:" in lines
    assert lines[-1] == "  … and 4950 more; --json lists the first 2000"
    assert run("import", plan, "--url", gateway.url) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "  … and 10 more; --json lists them all"


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
