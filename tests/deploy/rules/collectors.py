"""Collectors of traces: the operator makes their pods, so what holds of pods is looked for where they are described."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from goldenthread.runtime.observability.otel_environment import trace_export
from tests.deploy.manifests import Object, Render, at
from tests.deploy.process_containers import Variable, running, variables
from tests.deploy.rules.registry import every, rule

_POD = {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}}
_CONTAINER = {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]}}
_PARTS = ("receivers", "processors", "exporters")


@rule(every("OpenTelemetryCollector"))
def processes_send_traces_to_the_collector(collector: Object, render: Render) -> Iterator[str]:
    """All of them, to the Service that the operator makes and the port that it receives at."""
    http = at(collector.spec, "config", "receivers", "otlp", "protocols", "http", "endpoint", default="")
    address = f"http://{collector.name}-collector:{http.rpartition(':')[2]}"
    for each in running(render):
        told = {name: variable.text for name, variable in variables(each.container, render).items()}
        export = trace_export(told)
        yield from (f"{each}: {problem}" for problem in export.problems)
        base, whole = (told.get(f"OTEL_EXPORTER_OTLP_{name}") for name in ("ENDPOINT", "TRACES_ENDPOINT"))
        endpoint = whole or f"{(base or '').removesuffix('/')}/v1/traces"
        if export.exporters != ("otlp",) or endpoint != f"{address}/v1/traces":
            where = " and ".join(export.exporters) or "nowhere"
            yield f"{each} sends traces {where}, to {endpoint}: otlp to {address} is where it receives them"


@rule(every("OpenTelemetryCollector"))
def processes_have_names_of_their_own(_: Object, render: Render) -> Iterator[str]:
    """Where the service's name is told, no two processes are told the same one."""
    names: dict[str, str] = {}
    for each in running(render):
        name = variables(each.container, render).get("OTEL_SERVICE_NAME", Variable("")).text
        if name and names.setdefault(name, each.process.name) != each.process.name:
            yield f"{each} is told the OTEL_SERVICE_NAME {name} of {names[name]}: it tells its own unless it is told"


@rule(every("OpenTelemetryCollector"))
def pipelines_are_complete(collector: Object, _: Render) -> Iterator[str]:
    """What they name is configured, what is configured is named, and memory is guarded before all else."""
    config: dict[str, Any] = collector.spec.get("config") or {}
    pipelines = at(config, "service", "pipelines", default={})
    for part in _PARTS:
        named = {each for pipeline in pipelines.values() for each in pipeline.get(part) or []}
        configured = set(config.get(part) or {})
        if named != configured or not named:
            yield f"its pipelines name the {part} {sorted(named)}, and configured are {sorted(configured)}"
    for name, pipeline in pipelines.items():
        if (pipeline.get("processors") or [""])[0] != "memory_limiter":
            yield f"memory_limiter is to be the first processor of {name}: it refuses what does not fit"


@rule(every("OpenTelemetryCollector"))
def collectors_are_restricted(collector: Object, _: Render) -> Iterator[str]:
    """As every pod of ours; with a limit of memory, without which memory_limiter knows none."""
    for place, wanted in (("podSecurityContext", _POD), ("securityContext", _CONTAINER)):
        for key, value in wanted.items():
            if at(collector.spec, place, key) != value:
                yield f"its {place}.{key} is to be {value}"
    if at(collector.spec, "resources", "limits", "memory") is None:
        yield "it has no limit of memory"
