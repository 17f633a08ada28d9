"""The runbook pages: one for each alert, and all that they tell people to type exists."""

from __future__ import annotations

import re
import shlex

import pytest

from tests.deploy.alert_rules import ROOT, RUNBOOKS, alerts, written_rules
from tests.deploy.known_series import Labels, known_series, unknown
from tests.deploy.promql import references
from tests.deploy.runbook_commands import command_problems
from tests.deploy.runbook_pages import HEADINGS, RunbookPage, runbook_pages

_PAGES = pytest.mark.parametrize("page", runbook_pages(), ids=str)
_SCREEN = 70
"""The most lines of a page: it is read at night."""


def test_each_alert_has_a_page_and_each_page_an_alert() -> None:
    assert [str(each) for each in runbook_pages()] == sorted(each.alert for each in alerts())


def test_the_list_of_pages_has_each_alert_with_its_severity() -> None:
    rows = re.findall(r"^\| \[(\w+)\]\((\w+)\.md\) \| (\w+) \| (.+) \|$", (RUNBOOKS / "README.md").read_text(), re.M)
    expected = {(each.alert, each.alert, each.labels["severity"], each.annotations["summary"]) for each in alerts()}
    assert set(rows) == expected
    assert len(rows) == len(expected)


@_PAGES
def test_a_page_has_the_three_parts(page: RunbookPage) -> None:
    assert page.text.startswith(f"# {page}\n")
    assert page.headings == HEADINGS
    assert all(page.section(each) for each in HEADINGS)
    assert len(page.text.splitlines()) <= _SCREEN


@_PAGES
def test_a_page_begins_with_the_severity_and_the_rule(page: RunbookPage) -> None:
    (rule,) = (each for each in alerts() if each.alert == str(page))
    file = rule.file.name
    link = f"[`{file}`](../../deploy/observability/rules/{file})"
    assert page.text.splitlines()[2] == f"Severity: {rule.labels['severity']}. The rule is in {link}."


@_PAGES
def test_there_are_three_checks_and_each_says_what_to_type(page: RunbookPage) -> None:
    assert len(page.checks) == 3
    assert all("```" in check for check in page.checks)


@_PAGES
def test_its_expressions_ask_for_what_prometheus_has(page: RunbookPage) -> None:
    """Expressions that are no PromQL raise ValueError here."""
    recorded: dict[str, Labels] = {each.record: {} for each in written_rules() if each.record}
    known = {**known_series(), **recorded}
    assert [problem for each in page.expressions for problem in unknown(references(each), known)] == []


@_PAGES
def test_its_commands_can_be_typed(page: RunbookPage) -> None:
    assert [f"{each}: {problem}" for each in page.commands for problem in command_problems(each)] == []


@_PAGES
def test_what_it_looks_for_in_logs_is_logged(page: RunbookPage) -> None:
    """Each word that `grep` is given is in the code, or is a level of a log line."""
    sought = {shlex.split(each)[-1] for each in page.commands if "| grep" in each}
    texts = {each for each in sought if not each.startswith('"level": ')}
    assert {each for each in texts if each not in _code()} == set()
    levels = {each for each in sought - texts if not re.fullmatch(r'"level": "(\\\(|\\\||\\\)|[A-Z])+"', each)}
    assert levels == set()


@pytest.mark.parametrize(
    ("command", "problem"),
    [
        ("goldenthread docter", "there is no goldenthread docter"),
        ("goldenthread keys remove", "there is no goldenthread keys remove"),
        ("goldenthread doctor --deploy goals", "goldenthread doctor has no --deploy"),
        ("kubectl get pods", "kubectl is to be called with -n goldenthread"),
        ("kubectl -n goldenthread get pods --tail=3", "kubectl get has no --tail"),
        ("kubectl -n goldenthread rollout restart deployment/goals", "there is no deployment/goals"),
        ("kubectl -n goldenthread logs -l app.kubernetes.io/component=goal", "no pod has the labels app.kubernetes.io"),
        ("kubectl -n goldenthread logs deployment/goldenthread-goals -c migration", "no pod has a container migration"),
        ("kubectl -n goldenthread describe secret keys", "no pod uses a Secret keys"),
        ("kubectl -n goldenthread exec deployment/goldenthread-goals -- goldenthread d", "there is no goldenthread d"),
        ("psql -l", "psql is not one of the programs of a runbook"),
    ],
)
def test_a_command_that_cannot_be_typed_is_found(command: str, problem: str) -> None:
    (found,) = command_problems(command)
    assert found.startswith(problem)


def _code() -> str:
    folders = ("goldenthread/runtime", "services", "gateway")
    return "".join(file.read_text(encoding="utf-8") for each in folders for file in (ROOT / each).rglob("*.py"))
