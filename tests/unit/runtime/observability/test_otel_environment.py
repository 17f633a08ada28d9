"""Where OpenTelemetry's variables send traces, and what is said of those that do not fit."""

from __future__ import annotations

import pytest

from goldenthread.runtime.observability.otel_environment import VARIABLES, TelemetryExport, trace_export

OTLP = {"OTEL_TRACES_EXPORTER": "otlp"}


@pytest.mark.parametrize(
    ("environment", "exporters"),
    [
        ({}, ()),
        ({"OTEL_TRACES_EXPORTER": ""}, ()),
        ({"OTEL_TRACES_EXPORTER": "none"}, ()),
        ({"OTEL_TRACES_EXPORTER": "console"}, ("console",)),
        (OTLP, ("otlp",)),
        ({"OTEL_TRACES_EXPORTER": " OTLP , console,otlp"}, ("otlp", "console")),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:4318"}, ("otlp",)),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://c:4318/v1/traces"}, ("otlp",)),
        ({"OTEL_EXPORTER_OTLP_METRICS_ENDPOINT": "http://c:4318/v1/metrics"}, ()),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:4318", "OTEL_TRACES_EXPORTER": "none"}, ()),
        (OTLP | {"OTEL_SDK_DISABLED": "false"}, ("otlp",)),
        (OTLP | {"OTEL_SDK_DISABLED": "True"}, ()),
        (OTLP | {"OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf"}, ("otlp",)),
    ],
)
def test_where_traces_go(environment: dict[str, str], exporters: tuple[str, ...]) -> None:
    assert trace_export(environment) == TelemetryExport(exporters, ())


def test_an_exporter_that_there_is_not_is_left_out_and_named() -> None:
    found = trace_export({"OTEL_TRACES_EXPORTER": "zipkin,console"})
    assert found.exporters == ("console",)
    assert found.problems == ("OTEL_TRACES_EXPORTER has unknown values: zipkin; use none, console or otlp",)


@pytest.mark.parametrize("variable", ["OTEL_EXPORTER_OTLP_PROTOCOL", "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL"])
def test_another_protocol_than_there_is_is_named_where_traces_go_to_a_collector(variable: str) -> None:
    (problem,) = trace_export(OTLP | {variable: "grpc"}).problems
    assert "is grpc: traces are sent as http/protobuf" in problem
    assert trace_export({"OTEL_TRACES_EXPORTER": "console", variable: "grpc"}).problems == ()


@pytest.mark.parametrize("signal", ["", "TRACES_", "METRICS_"])
def test_headers_that_are_none_are_named_without_what_is_in_them(signal: str) -> None:
    name = f"OTEL_EXPORTER_OTLP_{signal}HEADERS"
    for fine in ("", "a=b", "Authorization=Bearer%20abc, x-tenant=north,"):
        assert trace_export({name: fine}).problems == ()
    for wrong in ("Authorization: Bearer abc", "a=b,abc", "=abc"):
        (problem,) = trace_export({name: wrong}).problems
        assert problem.startswith(f"{name} has a part that is not NAME=VALUE")
        assert "abc" not in problem


@pytest.mark.parametrize("environment", [{}, OTLP, {"OTEL_SDK_DISABLED": "true"}])
def test_former_variables_are_named_with_those_that_replace_them(environment: dict[str, str]) -> None:
    former = {"GOLDENTHREAD_TRACES": "otlp", "GOLDENTHREAD_OTLP_ENDPOINT": "http://c:4318"}
    found = trace_export(former | environment)
    assert found.exporters == (("otlp",) if environment == OTLP else ())
    assert [problem.split()[0] for problem in found.problems] == sorted(former, reverse=True)
    assert all(each in " ".join(found.problems) for each in ("OTEL_TRACES_EXPORTER", "OTEL_EXPORTER_OTLP_ENDPOINT"))


def test_each_variable_is_in_the_table_once() -> None:
    names = [each.name for each in VARIABLES]
    assert len(set(names)) == len(names)
    assert all(name.startswith("OTEL_") for name in names)
