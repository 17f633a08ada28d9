"""Metrics on their way to a collector: what a process sends to a receiver of OTLP over HTTP, by OpenTelemetry's own
settings.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from subprocess import run

import pytest

import goldenthread
from goldenthread.launcher.ports import free_port
from tests.support.otlp_receiver import OtlpReceiver, otlp_receiver

_PROCESS = """
from time import monotonic

from goldenthread.runtime.observability import last_exports, metrics, metrics_export

provider = metrics_export.start_metrics("goals")
metrics.PUBLISHED.add(3, {"topic": "goldenthread.goals.v1"})
print(metrics_export.response().body.decode())
began = monotonic()
last_exports.export_last(provider.shutdown)
print("ended within", round(monotonic() - began, 1))
"""
_SHOWN = 'goldenthread_events_published_total{topic="goldenthread.goals.v1"} 3.0'


@pytest.fixture
def receiver() -> Iterator[OtlpReceiver]:
    with otlp_receiver() as server:
        yield server


def measured(**variables: str) -> str:
    """What a process with these variables shows as its metrics."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("OTEL_")}
    command = [sys.executable, "-c", _PROCESS]
    done = run(command, capture_output=True, text=True, timeout=60, check=False, env=inherited | variables)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("exporters", ["otlp", "prometheus, otlp"])
def test_metrics_arrive_at_a_collector_under_their_own_names_and_are_shown_as_well(
    receiver: OtlpReceiver, exporters: str
) -> None:
    text = measured(OTEL_METRICS_EXPORTER=exporters, OTEL_EXPORTER_OTLP_ENDPOINT=receiver.address)
    assert _SHOWN in text
    (of_resource,) = receiver.metrics()[-1].resource_metrics
    about = {each.key: each.value.string_value for each in of_resource.resource.attributes}
    assert (about["service.name"], about["service.version"]) == ("goldenthread-goals", goldenthread.__version__)
    (of_scope,) = of_resource.scope_metrics
    assert (of_scope.scope.name, of_scope.scope.version) == ("goldenthread", goldenthread.__version__)
    (published,) = (each for each in of_scope.metrics if each.name == "goldenthread.events.published")
    assert (published.unit, published.sum.is_monotonic) == ("{event}", True)
    (point,) = published.sum.data_points
    assert point.as_int == 3
    assert [(each.key, each.value.string_value) for each in point.attributes] == [("topic", "goldenthread.goals.v1")]


@pytest.mark.parametrize("exporter", [{}, {"OTEL_METRICS_EXPORTER": "none"}, {"OTEL_METRICS_EXPORTER": "prometheus"}])
def test_they_are_only_shown_unless_it_is_wanted(receiver: OtlpReceiver, exporter: dict[str, str]) -> None:
    assert _SHOWN in measured(OTEL_EXPORTER_OTLP_ENDPOINT=receiver.address, **exporter)
    assert receiver.metrics() == []


def test_a_collector_that_is_away_holds_up_the_end_for_moments_only() -> None:
    away = f"http://127.0.0.1:{free_port()}"
    text = measured(OTEL_METRICS_EXPORTER="otlp", OTEL_EXPORTER_OTLP_ENDPOINT=away)
    assert _SHOWN in text
    assert float(text.split()[-1]) < 5, "an exporter goes on for ten seconds"


def test_without_the_sdk_nothing_of_ours_is_measured() -> None:
    text = measured(OTEL_SDK_DISABLED="true")
    assert "goldenthread_" not in text.replace("goldenthread-", "")
    assert "process_cpu_seconds_total" in text


@pytest.mark.parametrize("variable", ["OTEL_METRICS_EXEMPLAR_FILTER=none", "OTEL_METRIC_EXPORT_INTERVAL=0"])
def test_values_that_the_sdk_raises_on_keep_nothing_from_starting_and_metrics_are_shown(
    receiver: OtlpReceiver, variable: str
) -> None:
    name, _, value = variable.partition("=")
    there = {"OTEL_METRICS_EXPORTER": "OTLP", "OTEL_EXPORTER_OTLP_ENDPOINT": receiver.address}
    assert _SHOWN in measured(**there, **{name: value})
    assert bool(receiver.metrics()) == (name != "OTEL_METRIC_EXPORT_INTERVAL")
