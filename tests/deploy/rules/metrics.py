"""Metrics: where Prometheus is told to read some, it reads those of every process."""

from __future__ import annotations

from collections.abc import Iterator

from goldenthread.runtime.observability.health import PATHS
from tests.deploy.manifests import Object, Render, selects
from tests.deploy.process_containers import running
from tests.deploy.rules.registry import every, rule

_PATH = PATHS[-1]


@rule(every("PodMonitor"))
def every_process_is_read(monitor: Object, render: Render) -> Iterator[str]:
    """Its selector chooses them all, a new one included; and it asks the path that they answer."""
    for each in running(render):
        if not selects(monitor.spec.get("selector"), each.container.pod.labels):
            yield f"its selector misses {each.container.pod}"
    for endpoint in monitor.spec.get("podMetricsEndpoints") or []:
        if endpoint.get("path") != _PATH:
            yield f"it asks for {endpoint.get('path')}, and metrics are at {_PATH}"
