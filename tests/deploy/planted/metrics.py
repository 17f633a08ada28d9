"""Mistakes by which the metrics of a process are read by nobody."""

from __future__ import annotations

from tests.deploy.manifests import Render
from tests.deploy.planted.registry import breaks, one
from tests.deploy.rules import metrics


@breaks(metrics.every_process_is_read)
def a_process_that_is_not_read(render: Render) -> object:
    found = one(render, "PodMonitor")
    found.spec["selector"]["matchExpressions"][0]["values"].remove("gateway")
    return found


@breaks(metrics.every_process_is_read)
def another_path(render: Render) -> object:
    found = one(render, "PodMonitor")
    found.spec["podMetricsEndpoints"][0]["path"] = "/prometheus"
    return found


@breaks(metrics.the_collector_is_read)
def a_collector_that_is_asked_on_another_port(render: Render) -> object:
    one(render, "PodMonitor", "goldenthread-collector").spec["podMetricsEndpoints"][0]["portNumber"] = 9090
    return one(render, "OpenTelemetryCollector")


@breaks(metrics.the_collector_is_read)
def a_collector_without_metrics(render: Render) -> object:
    one(render, "PodMonitor", "goldenthread-collector")
    found = one(render, "OpenTelemetryCollector")
    del found.spec["config"]["service"]["telemetry"]
    return found
