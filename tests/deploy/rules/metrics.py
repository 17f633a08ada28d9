"""Metrics: where Prometheus is told to read some, it reads those of every process; and those of the collector."""

from __future__ import annotations

from collections.abc import Iterator

from goldenthread.runtime.observability.health import PATHS
from tests.deploy.manifests import Object, Render, at, selects
from tests.deploy.process_containers import running
from tests.deploy.rules.registry import every, rule

_PATH = PATHS[-1]
COLLECTOR_PODS = {
    "app.kubernetes.io/component": "opentelemetry-collector",
    "app.kubernetes.io/managed-by": "opentelemetry-operator",
}
"""Labels that the operator gives to the pods of a collector."""


@rule(every("PodMonitor"))
def every_process_is_read(monitor: Object, render: Render) -> Iterator[str]:
    """Its selector chooses them all, a new one included; and it asks the path that they answer."""
    of_collector = selects(monitor.spec.get("selector"), COLLECTOR_PODS)
    for each in running(render):
        if not of_collector and not selects(monitor.spec.get("selector"), each.container.pod.labels):
            yield f"its selector misses {each.container.pod}"
    for endpoint in monitor.spec.get("podMetricsEndpoints") or []:
        if endpoint.get("path") != _PATH:
            yield f"it asks for {endpoint.get('path')}, and metrics are at {_PATH}"


@rule(every("OpenTelemetryCollector"))
def the_collector_is_read(collector: Object, render: Render) -> Iterator[str]:
    """Where Prometheus reads the processes, it reads the collector's own metrics at the port that it shows them on."""
    readers = at(collector.spec, "config", "service", "telemetry", "metrics", "readers", default=[])
    shown = {at(each, "pull", "exporter", "prometheus", "port") for each in readers}
    monitors = render.of("PodMonitor")
    asked = {
        endpoint.get("portNumber")
        for monitor in monitors
        if selects(monitor.spec.get("selector"), COLLECTOR_PODS)
        for endpoint in monitor.spec.get("podMetricsEndpoints") or []
    }
    if monitors and not asked & shown:
        yield f"it shows its own metrics on {sorted(map(str, shown))}, and is asked on {sorted(map(str, asked))}"
