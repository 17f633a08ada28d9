"""The dashboards are as their tables say, fit Grafana's grid, and ask only for metrics and labels that there are."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import combinations
from typing import Any

import pytest
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models import dashboard as models
from grafana_foundation_sdk.models import units

from goldenthread.contracts.events.alerts import AlertKind
from tests.deploy import kustomize
from tests.deploy.dashboards import DASHBOARDS
from tests.deploy.dashboards.alignment import ALERT_WORDS
from tests.deploy.dashboards.files import FOLDER, file_of
from tests.deploy.dashboards.grafana_json import json_of
from tests.deploy.dashboards.query_names import answer_labels, legend_labels, promql_of, unknown_names
from tests.deploy.dashboards.tables import COLUMNS, PROCESSES, Dashboard, Panel, PanelKind, PanelQuery
from tests.deploy.manifests import COMPONENT, at
from tests.deploy.promql import references

_PANELS = [(dashboard, panel) for dashboard in DASHBOARDS for panel in dashboard.panels]
_QUERIES = [(panel, query) for _, panel in _PANELS for query in panel.queries]
_UNITS = {value for name, value in vars(units).items() if name[0].isupper() and isinstance(value, str)}
_TECHNICAL = {
    "pod",
    "topic",
    "projection",
    "relay",
    "process",
    "event",
    "query",
    "kafka",
    "webhook",
    "stream",
    "metric",
}


def _named(value: object) -> str:
    return value.name if isinstance(value, Dashboard) else value.title if isinstance(value, Panel) else "query"


@pytest.mark.parametrize("dashboard", DASHBOARDS, ids=_named)
def test_the_file_is_what_the_table_says(dashboard: Dashboard) -> None:
    assert file_of(dashboard).read_text(encoding="utf-8") == json_of(dashboard), "python -m tests.deploy.dashboards"


def test_a_number_of_an_idle_installation_is_no_nan() -> None:
    """Where nothing was measured, a share is 0 / 0, and so is a percentile: Grafana is to show no value."""
    numbers = [(panel, query) for panel, query in _QUERIES if panel.kind is PanelKind.NUMBER]
    percentiles = [(panel, query) for panel, query in numbers if "histogram_quantile" in query.expression]
    shares = [(panel, query) for panel, query in numbers if " / " in query.expression]
    assert len(percentiles) >= 2
    assert len(shares) >= 2
    assert [panel.title for panel, query in percentiles if not query.expression.endswith(" >= 0")] == []
    assert [panel.title for panel, query in shares if not query.expression.endswith(" > 0)")] == []


def test_there_is_no_file_without_a_table() -> None:
    assert {each.name for each in FOLDER.iterdir()} == {file_of(each).name for each in DASHBOARDS}


@pytest.mark.parametrize("dashboard", DASHBOARDS, ids=_named)
def test_grafana_s_own_schema_reads_the_file_without_loss(dashboard: Dashboard) -> None:
    register_default_plugins()
    written = json.loads(file_of(dashboard).read_text(encoding="utf-8"))
    read = json.loads(JSONEncoder().encode(models.Dashboard.from_json(written)))
    assert list(_lost(written, read)) == []
    assert list(_lost({**written, "panles": []}, read)) == [".panles"]
    assert written["schemaVersion"] == 41


@pytest.mark.parametrize("dashboard", DASHBOARDS, ids=_named)
def test_panels_fill_the_grid_and_do_not_overlap(dashboard: Dashboard) -> None:
    places = [each["gridPos"] for each in _panels(dashboard)]
    for one, other in combinations(places, 2):
        beside = one["x"] + one["w"] <= other["x"] or other["x"] + other["w"] <= one["x"]
        above = one["y"] + one["h"] <= other["y"] or other["y"] + other["h"] <= one["y"]
        assert beside or above, (one, other)
    assert all(each["x"] >= 0 and each["x"] + each["w"] <= COLUMNS for each in places)
    height = max(each["y"] + each["h"] for each in places)
    assert sum(each["w"] * each["h"] for each in places) == COLUMNS * height, "there is a hole"


def test_each_alert_that_a_panel_names_has_its_page_where_the_link_leads() -> None:
    runbooks = FOLDER.parents[4] / "docs" / "runbooks"
    named = {alert for _, panel in _PANELS for alert in panel.alerts}
    assert len(named) > 20
    assert [alert for alert in sorted(named) if not (runbooks / f"{alert}.md").is_file()] == []
    links = [link["url"] for each in DASHBOARDS for panel in _panels(each) for link in panel.get("links", [])]
    assert {link.rpartition("/docs/runbooks/")[2] for link in links} == {f"{alert}.md" for alert in named}


def test_numbers_and_names_are_there_once() -> None:
    ids = [[each["id"] for each in _panels(dashboard)] for dashboard in DASHBOARDS]
    assert all(len(each) == len(set(each)) and min(each) > 0 for each in ids)
    assert len({each.uid for each in DASHBOARDS}) == len({each.title for each in DASHBOARDS}) == len(DASHBOARDS)
    assert all(len(each.uid) <= 40 for each in DASHBOARDS)


def test_a_panel_keeps_its_number_when_others_are_added_or_moved() -> None:
    """Addresses of a single panel, and annotations, contain it."""
    (panel,) = (each for each in _panels(DASHBOARDS[0]) if each["title"] == "Memory")
    assert panel["id"] == 861_188


@pytest.mark.parametrize(("dashboard", "panel"), _PANELS, ids=_named)
def test_a_panel_says_what_it_shows_and_what_good_is(dashboard: Dashboard, panel: Panel) -> None:
    assert panel.unit in _UNITS
    assert all(query.unit in _UNITS for query in panel.queries if query.unit)
    assert len(panel.description) > 20
    assert panel.description.endswith(".")
    words = panel.description.lower()
    exempt = panel.kind is PanelKind.TABLE or panel.title == "Accepted commands"  # what there is, not how well it goes
    assert exempt or any(word in words for word in ("good:", "better")), panel.description
    legends = [query.legend for query in panel.queries]
    assert panel.kind is PanelKind.NUMBER or all(legends)
    assert len(set(legends)) == len(legends) or all(legend_labels(each) for each in legends)


@pytest.mark.parametrize(("panel", "query"), _QUERIES, ids=_named)
def test_a_query_names_only_metrics_and_labels_that_there_are(panel: Panel, query: PanelQuery) -> None:
    assert unknown_names(query.filled) == []
    labels = answer_labels(query.filled)
    assert legend_labels(query.legend) <= labels
    assert {label for label, _ in panel.row_labels} <= labels


@pytest.mark.parametrize(("panel", "query"), _QUERIES, ids=_named)
def test_a_query_asks_for_one_installation_and_its_processes_only(panel: Panel, query: PanelQuery) -> None:
    for selector in references(promql_of(query.filled)).selectors:
        matchers = {(each.label, each.value) for each in selector.matchers}
        assert ("namespace", "$namespace") in matchers
        chosen = {value for name, value in matchers if name == "app_kubernetes_io_component"}
        assert chosen & {"$component", PROCESSES}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("sum(goldenthread_unknown_total)", ["no process shows goldenthread_unknown_total"]),
        ("goldenthread_graphql_duration_seconds", ["no process shows goldenthread_graphql_duration_seconds"]),
        ('up{colour="red"}', ["up has no label colour"]),
        ('goldenthread_commands_total{outcome="lost"}', ["outcome of goldenthread_commands_total is never lost"]),
        ("sum by (topic) (rate(goldenthread_commands_total[5m]))", ["no series here has", "sum by topic: no such"]),
        ("histogram_quantile(0.9, sum by (le) (rate(up[$__rate_interval])))", ["no series here has", "sum by le: no"]),
        ("sum by (kind) (sum by (le) (goldenthread_graphql_duration_seconds_bucket))", ["sum by kind: no such"]),
        ("up * on (service_name) group_left () target_info", ["* on service_name: no such label on both sides"]),
        ("process_open_fds / process_max_fds", []),
        ("sum without (pod) (goldenthread_commands_total) > bool 1", []),
    ],
)
def test_a_name_that_is_not_there_is_found(query: str, found: list[str]) -> None:
    problems = unknown_names(query)
    assert [each[: len(start)] for each, start in zip(problems, found, strict=True)] == found


def test_what_is_not_promql_is_refused() -> None:
    with pytest.raises(ValueError, match="parenthesis"):
        unknown_names("sum by (pod (up)")


def test_labels_of_answers_follow_the_query() -> None:
    assert answer_labels("sum by (type) (rate(goldenthread_commands_total[5m]))") == {"type"}
    assert "le" not in answer_labels("histogram_quantile(0.9, rate(goldenthread_graphql_duration_seconds_bucket[5m]))")
    assert "service_version" in answer_labels("up * on (pod) group_left (service_version) target_info")
    assert {"topic", "pod"} <= answer_labels("topk(5, goldenthread_relay_lead)")


@pytest.mark.parametrize("dashboard", DASHBOARDS, ids=_named)
def test_the_values_to_choose_from_are_those_of_a_metric_that_there_is(dashboard: Dashboard) -> None:
    for choice in dashboard.choices:
        metric, _, label = choice.query.removeprefix("label_values(").removesuffix(")").rpartition(", ")
        assert unknown_names(metric) == []
        assert label in answer_labels(metric)


def test_the_processes_are_those_that_the_podmonitor_reads() -> None:
    monitors = kustomize.rendered(kustomize.TOGETHER).of("PodMonitor")
    (monitor,) = (each for each in monitors if each.name == "goldenthread")
    (chosen,) = (each for each in monitor.spec["selector"]["matchExpressions"] if each["key"] == COMPONENT)
    assert PROCESSES.split("|") == chosen["values"]
    assert at(monitor.spec, "podMetricsEndpoints", 0, "interval") == "30s"


def test_grafana_finds_each_file_in_a_configmap_that_fits_into_one() -> None:
    found = {
        name: (each, text)
        for each in kustomize.rendered("components/monitoring").of("ConfigMap")
        if each.labels.get("grafana_dashboard") == "1"
        for name, text in each.body["data"].items()
    }
    assert {name: text for name, (_, text) in found.items()} == {
        file_of(each).name: file_of(each).read_text(encoding="utf-8") for each in DASHBOARDS
    }
    assert len({str(each) for each, _ in found.values()}) == len(found)
    assert all(len(text.encode()) < 200_000 for _, text in found.values()), "more than kubectl apply keeps"


def test_executives_read_no_technical_terms_and_every_kind_of_alert_in_words() -> None:
    (dashboard,) = (each for each in DASHBOARDS if each.name == "alignment")
    shown = [text for panel in dashboard.panels for text in (panel.title, panel.description)]
    shown += [query.legend for panel in dashboard.panels for query in panel.queries]
    shown += [row.title for row in dashboard.rows] + [choice.label for choice in dashboard.choices]
    words = {word.strip(".,:;()").removesuffix("s") for text in shown for word in text.lower().split()}
    assert words & _TECHNICAL == set()
    assert set(ALERT_WORDS) == {each.value for each in AlertKind}


def _lost(written: Any, read: Any, where: str = "") -> Iterator[str]:
    """The places in `written` that `read` has not, or otherwise."""
    if isinstance(written, dict) and isinstance(read, dict):
        for key, value in written.items():
            yield from _lost(value, read.get(key), f"{where}.{key}") if key in read else [f"{where}.{key}"]
    elif isinstance(written, list) and isinstance(read, list) and len(written) == len(read):
        for at_index, (one, other) in enumerate(zip(written, read, strict=True)):
            yield from _lost(one, other, f"{where}[{at_index}]")
    elif written != read:
        yield where


def _panels(dashboard: Dashboard) -> list[dict[str, Any]]:
    """The panels and headings of the file."""
    found: list[dict[str, Any]] = json.loads(json_of(dashboard))["panels"]
    return found
