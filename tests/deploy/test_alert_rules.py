"""The rules of Prometheus, without Prometheus: each is complete, is tested, and asks for what the processes show."""

from __future__ import annotations

import re

import pytest

from goldenthread import __version__
from tests.deploy import kustomize
from tests.deploy.alert_rules import RUNBOOKS, WrittenRule, alerts, written_rules
from tests.deploy.known_series import known_series, unknown
from tests.deploy.prometheus_rule import TARGET, prometheus_rule
from tests.deploy.promql import references
from tests.deploy.promtool import cases_of, unit_tests

_RUNBOOK = f"https://github.com/goldenthread/goldenthread/blob/v{__version__}/docs/runbooks"
_SEVERITIES = ("critical", "warning", "info")
_IN_A_SENTENCE = 200
"""The most characters of a description: it is read on a telephone."""


def test_the_prometheus_rule_is_made_of_the_files() -> None:
    assert TARGET.read_text() == prometheus_rule(), "write it again: python -m tests.deploy.prometheus_rule"
    (rendered,) = kustomize.rendered("components/monitoring").of("PrometheusRule")
    rules = [rule for group in rendered.spec["groups"] for rule in group["rules"]]
    assert rules == [each.body for each in written_rules()]


def test_no_two_rules_have_the_same_name() -> None:
    names = [str(each) for each in written_rules()]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("rule", written_rules(), ids=str)
def test_a_rule_asks_for_what_prometheus_has(rule: WrittenRule) -> None:
    recorded = {each.record: dict.fromkeys(_all_labels(), ()) for each in written_rules() if each.record}
    assert list(unknown(references(rule.expression), {**known_series(), **recorded})) == []


@pytest.mark.parametrize("rule", alerts(), ids=str)
def test_an_alert_is_complete(rule: WrittenRule) -> None:
    assert re.fullmatch(r"GoldenThread([A-Z][a-z]+)+", rule.alert)
    assert rule.labels.keys() == {"severity"}
    assert rule.labels["severity"] in _SEVERITIES
    assert rule.annotations.keys() == {"summary", "description", "runbook_url"}
    assert "{{" not in rule.annotations["summary"], "alerts are grouped by their summaries"
    assert len(rule.annotations["description"]) <= _IN_A_SENTENCE
    assert rule.annotations["runbook_url"] == f"{_RUNBOOK}/{rule.alert}.md"
    assert (RUNBOOKS / f"{rule.alert}.md").is_file()


@pytest.mark.parametrize("rule", [each for each in alerts() if each.labels["severity"] == "critical"], ids=str)
def test_nobody_is_woken_by_what_is_over_within_a_minute(rule: WrittenRule) -> None:
    """A failover of PostgreSQL or Kafka takes 10 to 30 s, and Prometheus looks every 30 s."""
    assert re.fullmatch(r"([2-9]|\d\d)m", str(rule.body.get("for")))


@pytest.mark.parametrize("rule", alerts(), ids=str)
def test_an_alert_is_tested(rule: WrittenRule) -> None:
    """By a test in which it fires, and by one in which it stays quiet."""
    fires, quiet = list[str](), list[str]()
    for case in cases_of(rule):
        for expected in case["alert_rule_test"]:
            assert expected["alertname"] == rule.alert, case["name"]
            (fires if expected["exp_alerts"] else quiet).append(case["name"])
    assert fires, f"no test in which {rule} fires"
    assert quiet, f"no test in which {rule} stays quiet"
    assert all(name.startswith(f"{rule.alert} fires ") for name in fires)
    assert all(name.startswith(f"{rule.alert} stays quiet ") for name in quiet)


@pytest.mark.parametrize("file", sorted({each.file.name for each in written_rules()}))
def test_series_in_tests_are_those_that_prometheus_has(file: str) -> None:
    """A test with a misspelt label would stay quiet for ever. Other jobs than ours may have labels of their own."""
    known = known_series()
    series = {each["series"] for case in unit_tests(file) for each in case["input_series"]}
    assert [problem for each in sorted(series) if _is_ours(each) for problem in unknown(references(each), known)] == []


def test_the_limit_of_a_scrape_is_the_one_in_the_manifest() -> None:
    monitors = kustomize.rendered("components/monitoring").of("PodMonitor")
    (monitor,) = (each for each in monitors if each.name == "goldenthread")
    (rule,) = (each for each in alerts() if each.alert == "GoldenThreadScrapeNearLimit")
    limit = monitor.spec["sampleLimit"]
    assert f"> {limit * 4 // 5}" in rule.expression
    assert f"at {limit} all" in rule.annotations["description"]


def _is_ours(series: str) -> bool:
    return "job=" not in series or "goldenthread" in series


def _all_labels() -> set[str]:
    return {label for labels in known_series().values() for label in labels}
