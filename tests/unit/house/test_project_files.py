"""The files that GitHub and pre-commit read: they are valid, and run what a person runs."""

from __future__ import annotations

import re
import subprocess
from typing import Any

import pytest
import yaml

from tests.unit.house.source import ROOT

_FORMS = sorted(path.name for path in (ROOT / ".github/ISSUE_TEMPLATE").glob("*.yml") if path.stem != "config")
_FORM_PARTS = {"markdown", "input", "textarea", "dropdown", "checkboxes"}


def _yaml(path: str) -> Any:
    return yaml.safe_load((ROOT / path).read_text("utf-8"))


def _lines_of_make(*targets: str) -> list[str]:
    """What `make` runs for these targets once everything is set up."""
    shown = subprocess.run(
        ["make", "--dry-run", "--always-make", *targets], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return [line for line in shown.stdout.splitlines() if line.startswith(".venv/bin/")]


def test_the_workflow_runs_the_script_and_nothing_else() -> None:
    (job,) = _yaml(".github/workflows/ci.yml")["jobs"].values()
    assert [step["run"] for step in job["steps"] if "run" in step] == [".ci/run"]
    assert job["timeout-minutes"] <= 90


def test_the_workflow_may_only_read_and_pins_its_actions() -> None:
    workflow = _yaml(".github/workflows/ci.yml")
    assert workflow["permissions"] == {"contents": "read"}
    (job,) = workflow["jobs"].values()
    assert all(re.search(r"@(v\d+|[0-9a-f]{40})$", step["uses"]) for step in job["steps"] if "uses" in step)


def test_the_hooks_of_a_commit_are_what_make_runs() -> None:
    (repository,) = _yaml(".pre-commit-config.yaml")["repos"]
    hooks = [hook["entry"].removesuffix(" --force-exclude") for hook in repository["hooks"]]
    by_make = [line.removesuffix(" .") for line in _lines_of_make("lint", "types")]
    assert hooks == [line for line in by_make if "precompile" not in line]


@pytest.mark.parametrize("name", _FORMS)
def test_an_issue_form_is_one_that_github_shows(name: str) -> None:
    form = _yaml(f".github/ISSUE_TEMPLATE/{name}")
    assert form["name"]
    assert form["description"]
    asked = [part for part in form["body"] if part["type"] != "markdown"]
    assert {part["type"] for part in form["body"]} <= _FORM_PARTS
    assert all(part["attributes"]["label"] for part in asked)
    assert len({part["id"] for part in asked}) == len(asked)


def test_there_is_a_form_for_a_bug_and_one_for_an_idea() -> None:
    assert _FORMS == ["bug.yml", "idea.yml"]
