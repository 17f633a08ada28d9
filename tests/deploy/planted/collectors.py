"""Mistakes by which traces are lost, or a collector may do more than it needs."""

from __future__ import annotations

from tests.deploy.manifests import Render
from tests.deploy.planted.registry import breaks, container, one, tell
from tests.deploy.rules import collectors


@breaks(collectors.processes_send_traces_to_the_collector)
def another_port(render: Render) -> object:
    found = one(render, "OpenTelemetryCollector")
    found.spec["config"]["receivers"]["otlp"]["protocols"]["http"]["endpoint"] = "0.0.0.0:4319"
    return found


@breaks(collectors.processes_send_traces_to_the_collector)
def a_process_that_sends_none(render: Render) -> object:
    found = one(render, "OpenTelemetryCollector")
    tell(container(render, "goals"), "OTEL_TRACES_EXPORTER", value="none")
    return found


@breaks(collectors.processes_send_traces_to_the_collector)
def a_process_that_sends_them_elsewhere(render: Render) -> object:
    found = one(render, "OpenTelemetryCollector")
    tell(container(render, "goals"), "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", value="http://elsewhere:4318/v1/traces")
    return found


@breaks(collectors.processes_send_traces_to_the_collector)
def a_former_variable(render: Render) -> object:
    found = one(render, "OpenTelemetryCollector")
    tell(container(render, "goals"), "GOLDENTHREAD_TRACES", value="otlp")
    return found


@breaks(collectors.processes_have_names_of_their_own)
def one_name_for_two(render: Render) -> object:
    found = one(render, "OpenTelemetryCollector")
    for name in ("goals", "alignment"):
        tell(container(render, name), "OTEL_SERVICE_NAME", value="goldenthread")
    return found


@breaks(collectors.pipelines_are_complete)
def an_exporter_that_is_not_configured(render: Render) -> object:
    found = one(render, "OpenTelemetryCollector")
    found.spec["config"]["service"]["pipelines"]["traces"]["exporters"] = ["otlp_http"]
    return found


@breaks(collectors.pipelines_are_complete)
def memory_without_a_guard(render: Render) -> object:
    found = one(render, "OpenTelemetryCollector")
    found.spec["config"]["service"]["pipelines"]["traces"]["processors"].reverse()
    return found


@breaks(collectors.collectors_are_restricted)
def a_collector_that_is_root(render: Render) -> object:
    found = one(render, "OpenTelemetryCollector")
    found.spec["podSecurityContext"]["runAsNonRoot"] = False
    return found


@breaks(collectors.collectors_are_restricted)
def a_collector_without_a_limit(render: Render) -> object:
    found = one(render, "OpenTelemetryCollector")
    del found.spec["resources"]["limits"]
    return found
