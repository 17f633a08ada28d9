"""Traces on their way to a collector: what a process sends to a receiver of OTLP over HTTP, by OpenTelemetry's own
settings.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Iterator
from subprocess import run

import pytest

import goldenthread
from goldenthread.launcher.ports import free_ports
from goldenthread.runtime.observability.tracing import is_sampled
from tests.support.hanging_server import hanging_server
from tests.support.otlp_receiver import OtlpReceiver, context_of, otlp_receiver

_PROCESS = """
import os, time
from goldenthread.runtime.observability import metrics_export, tracing
from goldenthread.runtime.observability.last_exports import export_last
from goldenthread.runtime.observability.logs import start_logs

start_logs("goals", "INFO")
provider = tracing.start_traces("goals")
meters = metrics_export.start_metrics("goals")
if "TRACESTATE" in os.environ:
    from opentelemetry import propagate

    propagate.extract({name: os.environ.get(name.upper(), "") for name in ("traceparent", "tracestate", "baggage")})
whose = "north" + "h" * int(os.environ.get("LONG", "0"))
with tracing.span("decide", attributes={tracing.ORGANIZATION: whose}):
    print("traceparent", tracing.traceparent())
began = time.monotonic()
export_last(*(each.shutdown for each in (provider, meters) if each is not None), seconds=3)
print("ended within", round(time.monotonic() - began, 1))
"""


@pytest.fixture
def receiver() -> Iterator[OtlpReceiver]:
    with otlp_receiver() as server:
        yield server


def traced(**variables: str) -> tuple[str, str]:
    """What a process with these variables writes to its standard output and error."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("OTEL_")}
    command = [sys.executable, "-c", _PROCESS]
    done = run(command, capture_output=True, text=True, timeout=60, check=False, env=inherited | variables)
    assert done.returncode == 0, done.stderr
    return done.stdout, done.stderr


def traceparent(out: str) -> str:
    """What it said of the context within its span."""
    return out.splitlines()[0].removeprefix("traceparent ")


@pytest.mark.parametrize(
    ("variable", "path"),
    [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", ""),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "/"),
        ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "/v1/traces"),
    ],
)
def test_an_endpoint_turns_traces_on_and_a_span_arrives_there(receiver: OtlpReceiver, variable: str, path: str) -> None:
    out, error = traced(**{variable: receiver.address + path})
    (span,) = receiver.spans()
    assert (span.name, span.attributes) == ("decide", {"goldenthread.organization.id": "north"}), error
    assert context_of(traceparent(out)) == span.context
    assert span.resource["service.name"] == "goldenthread-goals"
    assert span.resource["service.version"] == goldenthread.__version__
    assert span.resource["service.instance.id"]


@pytest.mark.parametrize("off", [{}, {"OTEL_TRACES_EXPORTER": "none"}, {"OTEL_SDK_DISABLED": "true"}])
def test_they_are_off_unless_they_are_wanted(receiver: OtlpReceiver, off: dict[str, str]) -> None:
    endpoint = {"OTEL_EXPORTER_OTLP_ENDPOINT": receiver.address} if off else {}
    out, error = traced(**endpoint, **off)
    assert (traceparent(out), error, receiver.spans()) == ("None", "", [])


def test_opentelemetrys_own_settings_say_what_is_sampled_and_what_is_said_of_the_service(
    receiver: OtlpReceiver,
) -> None:
    there = {"OTEL_EXPORTER_OTLP_ENDPOINT": receiver.address, "OTEL_TRACES_EXPORTER": "otlp"}
    out, _ = traced(**there, OTEL_TRACES_SAMPLER="traceidratio", OTEL_TRACES_SAMPLER_ARG="0")
    assert is_sampled(traceparent(out)) is False
    assert receiver.spans() == []
    traced(**there, OTEL_SERVICE_NAME="acme", OTEL_RESOURCE_ATTRIBUTES="deployment.environment.name=production")
    (span,) = receiver.spans()
    assert span.resource["service.name"] == "acme"
    assert span.resource["deployment.environment.name"] == "production"


async def test_a_collector_that_is_away_or_hangs_does_not_keep_a_process_from_ending() -> None:
    hanging, closed = free_ports(2)
    async with hanging_server(hanging):
        for port in (hanging, closed):
            there = {"OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{port}", "OTEL_METRICS_EXPORTER": "otlp"}
            out, _ = await asyncio.to_thread(traced, **there)
            assert float(out.split()[-1]) < 5.5  # of spans and of metrics together, which are waited for 3 s


def test_on_the_console_a_span_is_a_line() -> None:
    _, error = traced(OTEL_TRACES_EXPORTER="console")
    (line,) = error.splitlines()
    assert '"name": "decide"' in line


def test_former_variables_and_values_that_do_not_fit_are_warned_of_and_keep_nothing_from_starting(
    receiver: OtlpReceiver,
) -> None:
    _, error = traced(
        GOLDENTHREAD_TRACES="otlp",
        GOLDENTHREAD_OTLP_ENDPOINT="http://there:4318",
        OTEL_TRACES_EXPORTER="zipkin,otlp",
        OTEL_EXPORTER_OTLP_ENDPOINT=receiver.address,
        OTEL_EXPORTER_OTLP_PROTOCOL="grpc",
    )
    assert len(receiver.spans()) == 1
    for text in (
        "GOLDENTHREAD_TRACES is set, but is not read any more: set OTEL_TRACES_EXPORTER instead",
        "GOLDENTHREAD_OTLP_ENDPOINT is set, but is not read any more: set OTEL_EXPORTER_OTLP_ENDPOINT instead",
        "OTEL_TRACES_EXPORTER has unknown values: zipkin; use none, console or otlp",
        "OTEL_EXPORTER_OTLP_PROTOCOL is grpc",
    ):
        assert error.count(text) == 1, error


@pytest.mark.parametrize(
    "variable",
    ["OTEL_PROPAGATORS=pigeon", "OTEL_BSP_MAX_QUEUE_SIZE=100", "OTEL_SPAN_LINK_COUNT_LIMIT=many"],
)
def test_values_that_the_sdk_raises_on_turn_traces_off_and_keep_nothing_from_starting(
    receiver: OtlpReceiver, variable: str
) -> None:
    name, _, value = variable.partition("=")
    out, error = traced(**{"OTEL_EXPORTER_OTLP_ENDPOINT": receiver.address, name: value})
    assert (traceparent(out), receiver.spans()) == ("None", [])
    assert error.count("traces are off, because OpenTelemetry's variables cannot be used: ") == 1, error


def test_attributes_are_cut_at_a_length_and_the_variables_of_that_are_followed(receiver: OtlpReceiver) -> None:
    there = {"OTEL_EXPORTER_OTLP_ENDPOINT": receiver.address}
    traced(**there, LONG="5000")
    traced(**there, LONG="5000", OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT="20")
    traced(**there, LONG="5000", OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT="3000")
    found = [span.attributes["goldenthread.organization.id"] for span in receiver.spans()]
    assert [len(str(each)) for each in found] == [2048, 20, 3000]


@pytest.mark.parametrize("malformed", ["!written by a stranger!", "a=b," * 5_000], ids=["text", "long"])
def test_context_that_is_malformed_is_not_logged(malformed: str) -> None:
    sent = {"TRACEPARENT": f"00-{'a' * 32}-{'b' * 16}-01", "TRACESTATE": malformed, "BAGGAGE": malformed}
    _, error = traced(OTEL_TRACES_EXPORTER="console", OTEL_PROPAGATORS="tracecontext,baggage", **sent)
    (line,) = error.splitlines()
    assert '"name": "decide"' in line
    assert "stranger" not in line


def test_a_token_for_the_collector_that_cannot_be_used_is_not_logged(receiver: OtlpReceiver) -> None:
    there = {"OTEL_EXPORTER_OTLP_ENDPOINT": receiver.address}
    _, error = traced(**there, OTEL_EXPORTER_OTLP_HEADERS="Authorization: Bearer abc")
    assert len(receiver.spans()) == 1
    assert "OTEL_EXPORTER_OTLP_HEADERS has a part that is not NAME=VALUE" in error
    assert "Bearer" not in error
