"""OpenTelemetry's settings of how spans and metrics are sent: each does what docs/settings.md says."""

from __future__ import annotations

import json
import os
import socket
import ssl
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import PIPE, Popen, run
from typing import Any

import pytest

from goldenthread.launcher.ports import free_port
from tests.support.certificate_authority import CertificateAuthority
from tests.support.otlp_receiver import OtlpReceiver, otlp_receiver

_PROCESS = """
import sys
from goldenthread.runtime.observability import metrics_export, tracing
from goldenthread.runtime.observability.last_exports import export_last
from goldenthread.runtime.observability.logs import start_logs

start_logs("goals", "INFO")
traces = tracing.start_traces("goals")
meters = metrics_export.start_metrics("goals")
for line in sys.stdin:
    for _ in range(int(line)):
        with tracing.span("decide"):
            pass
    print(line, end="", flush=True)
    if traces is not None:
        traces.force_flush()
    meters.force_flush()
    print("flushed", flush=True)
export_last(*(each.shutdown for each in (traces, meters) if each is not None))
"""
_WHEN_TOLD = {"OTEL_BSP_SCHEDULE_DELAY": "60000"}
"""An export is made only when the test wants it."""

_NOT_INHERITED = ("OTEL_", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")


@pytest.fixture
def receiver() -> Iterator[OtlpReceiver]:
    with otlp_receiver() as server:
        yield server


class TelemetryProcess:
    """A process that makes spans when it is told to."""

    def __init__(self, process: Popen[str], log: Path) -> None:
        self._process, self._log = process, log

    def spans(self, count: int = 1) -> float:
        """Make so many spans, and send them with all metrics; the seconds that making them took."""
        assert self._process.stdin
        assert self._process.stdout
        began = time.monotonic()
        self._process.stdin.write(f"{count}\n")
        self._process.stdin.flush()
        assert self._process.stdout.readline() == f"{count}\n", self._log.read_text()
        made = time.monotonic() - began
        assert self._process.stdout.readline() == "flushed\n", self._log.read_text()
        return made

    def lines(self) -> list[dict[str, Any]]:
        """What it has logged."""
        return [json.loads(line) for line in self._log.read_text().splitlines()]

    def messages(self, level: str = "WARNING") -> list[str]:
        """The messages of a level."""
        return [line["message"] for line in self.lines() if line["level"] == level]


@pytest.fixture
def started(tmp_path: Path) -> Any:
    """Starts a process with these variables."""

    @contextmanager
    def start(**variables: str) -> Iterator[TelemetryProcess]:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(_NOT_INHERITED)}
        command, log = (sys.executable, "-c", _PROCESS), tmp_path / "log"
        with log.open("w") as error:
            with Popen(command, stdin=PIPE, stdout=PIPE, stderr=error, text=True, env=inherited | variables) as process:
                yield TelemetryProcess(process, log)
        assert process.returncode == 0, log.read_text()

    return start


def both(address: str) -> dict[str, str]:
    """Traces and metrics are sent there."""
    return {"OTEL_EXPORTER_OTLP_ENDPOINT": address, "OTEL_METRICS_EXPORTER": "otlp"}


@pytest.mark.parametrize("compression", ["gzip", "deflate", "none"])
def test_headers_and_compression_are_those_of_the_settings(
    started: Any, receiver: OtlpReceiver, compression: str
) -> None:
    headers = {"OTEL_EXPORTER_OTLP_HEADERS": "authorization=Bearer%20abc,x-tenant=north"}
    with started(**both(receiver.address), **headers, OTEL_EXPORTER_OTLP_COMPRESSION=compression) as process:
        process.spans()
    assert [span.name for span in receiver.spans()] == ["decide"]
    assert receiver.metrics()
    for request in receiver.requests:
        assert (request["authorization"], request["x-tenant"]) == ("Bearer abc", "north")
        assert request.get("content-encoding", "none") == compression
    assert process.messages() == []


@pytest.mark.parametrize(("signal", "other"), [("TRACES", "METRICS"), ("METRICS", "TRACES")])
def test_a_setting_of_one_signal_overrides_that_of_both(
    started: Any, receiver: OtlpReceiver, signal: str, other: str
) -> None:
    whole = {f"OTEL_EXPORTER_OTLP_{signal}_ENDPOINT": f"{receiver.address}/v1/{signal.lower()}"}
    whole[f"OTEL_EXPORTER_OTLP_{signal}_HEADERS"] = "x-tenant=north"
    elsewhere = both(f"http://127.0.0.1:{free_port()}") | {"OTEL_EXPORTER_OTLP_HEADERS": "x-tenant=south"}
    elsewhere[f"OTEL_EXPORTER_OTLP_{other}_TIMEOUT"] = "0.4"
    with started(**elsewhere, **whole, **_WHEN_TOLD) as process:
        process.spans()
    assert {request["x-tenant"] for request in receiver.requests} == {"north"}
    assert (bool(receiver.spans()), bool(receiver.metrics())) == (signal == "TRACES", signal == "METRICS")


def test_a_certificate_of_our_own_authority_is_trusted_where_its_file_is_named(started: Any, tmp_path: Path) -> None:
    authority = CertificateAuthority("ours")
    (tmp_path / "ca.crt").write_bytes(authority.pem)
    authority.issue("collector").write(tmp_path / "own.crt", tmp_path / "own.key")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "own.crt", tmp_path / "own.key")
    with otlp_receiver(context) as receiver:
        there = both(receiver.address)
        with started(**there, OTEL_EXPORTER_OTLP_CERTIFICATE=str(tmp_path / "ca.crt")) as process:
            process.spans()
        assert (len(receiver.spans()), bool(receiver.metrics()), process.messages()) == (1, True, [])
        with started(**there, OTEL_EXPORTER_OTLP_TIMEOUT="3") as process:
            process.spans()
        assert len(receiver.spans()) == 1
    spans, metrics = process.messages()
    assert "takes no spans" in spans
    assert "takes no metrics" in metrics
    assert "CERTIFICATE_VERIFY_FAILED" in spans


def test_spans_are_sent_in_batches_of_the_size_and_delay_of_the_settings(started: Any, receiver: OtlpReceiver) -> None:
    batches = {"OTEL_BSP_MAX_EXPORT_BATCH_SIZE": "2", "OTEL_BSP_SCHEDULE_DELAY": "60000"}
    with started(OTEL_EXPORTER_OTLP_ENDPOINT=receiver.address, **batches) as process:
        process.spans(5)
    assert (len(receiver.spans()), len(receiver.requests)) == (5, 3)


def test_metrics_are_sent_as_often_as_is_set(started: Any, receiver: OtlpReceiver) -> None:
    with started(**both(receiver.address), OTEL_TRACES_EXPORTER="none", OTEL_METRIC_EXPORT_INTERVAL="50"):
        deadline = time.monotonic() + 20
        while len(receiver.metrics()) < 3 and time.monotonic() < deadline:
            time.sleep(0.01)
    assert len(receiver.metrics()) >= 3


@pytest.mark.parametrize(
    ("variable", "message"),
    [
        ("OTEL_EXPORTER_OTLP_PROTOCOL=grpc", "OTEL_EXPORTER_OTLP_PROTOCOL is grpc: {} are sent as http/protobuf"),
        ("OTEL_EXPORTER_OTLP_COMPRESSION=zstd", "Unsupported compression type: zstd"),
        ("OTEL_EXPORTER_OTLP_TIMEOUT=soon", "Invalid timeout value 'soon', using default of 10 seconds"),
    ],
)
def test_a_value_that_cannot_be_used_is_logged_for_each_signal_and_the_default_is_used(
    started: Any, receiver: OtlpReceiver, variable: str, message: str
) -> None:
    name, _, value = variable.partition("=")
    with started(**both(receiver.address), **{name: value}) as process:
        process.spans()
    assert (len(receiver.spans()), bool(receiver.metrics())) == (1, True)
    found = process.messages()
    assert len(found) == 2
    for said, signal in zip(found, ("traces", "metrics"), strict=True):
        assert message.format(signal) in said


@pytest.mark.parametrize(
    ("variables", "kept"),
    [
        ({"OTEL_TRACES_SAMPLER": "always_off"}, 0),
        ({"OTEL_TRACES_SAMPLER": "parentbased_traceidratio", "OTEL_TRACES_SAMPLER_ARG": "0.0"}, 0),
        ({"OTEL_TRACES_SAMPLER": "traceidratio", "OTEL_TRACES_SAMPLER_ARG": "1.0"}, 20),
        ({"OTEL_TRACES_SAMPLER": "often"}, 20),
        ({"OTEL_TRACES_SAMPLER": "traceidratio", "OTEL_TRACES_SAMPLER_ARG": "all"}, 20),
    ],
)
def test_the_sampler_is_that_of_the_settings_and_all_is_kept_where_they_cannot_be_used(
    started: Any, receiver: OtlpReceiver, variables: dict[str, str], kept: int
) -> None:
    with started(OTEL_EXPORTER_OTLP_ENDPOINT=receiver.address, **variables) as process:
        process.spans(20)
    assert len(receiver.spans()) == kept
    unusable = {"often", "all"} & set(variables.values())
    assert bool(process.messages()) == bool(unusable)


@pytest.mark.parametrize("status", [401, 413, 503])
def test_a_collector_that_refuses_is_reported_once_and_its_return_once(
    started: Any, receiver: OtlpReceiver, status: int
) -> None:
    with started(**both(receiver.address), **_WHEN_TOLD) as process:
        receiver.refusals += [status] * 6
        for _ in range(3):
            process.spans()
        assert receiver.spans() == []
        assert len(process.lines()) == 2, process.lines()
        for what, said in zip(("spans", "metrics"), process.messages(), strict=True):
            where = receiver.address.removeprefix("http://")
            assert f"the collector at {where} takes no {what}, which are lost until it does: " in said
        process.spans()
        assert len(receiver.spans()) == 1
        assert process.messages("INFO") == [
            f"the collector at {receiver.address.removeprefix('http://')} takes {what} again; 3 exports were lost"
            for what in ("spans", "metrics")
        ]
        process.spans()
    assert len(process.lines()) == 4


def test_a_collector_that_is_away_and_comes_back_gets_what_is_made_then_and_the_log_names_no_credentials(
    started: Any,
) -> None:
    port = free_port()
    with started(**both(f"http://ada:secret@127.0.0.1:{port}"), OTEL_EXPORTER_OTLP_TIMEOUT="3") as process:
        process.spans()
        with otlp_receiver(port=port) as receiver:
            process.spans(3)
            assert len(receiver.spans()) == 3
            assert receiver.metrics()
    assert [line["level"] for line in process.lines()][:4] == ["WARNING", "WARNING", "INFO", "INFO"]
    assert "Connection refused" in process.messages()[0]
    assert "secret" not in json.dumps(process.lines())


@pytest.mark.alone
def test_while_a_collector_does_not_answer_spans_cost_nobody_time_and_no_more_are_kept_than_is_set(
    started: Any,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        soon = {"OTEL_EXPORTER_OTLP_TIMEOUT": "1", **_WHEN_TOLD}
        queue = {"OTEL_BSP_MAX_QUEUE_SIZE": "64", "OTEL_BSP_MAX_EXPORT_BATCH_SIZE": "64"}
        there = f"http://127.0.0.1:{port}"
        with started(OTEL_EXPORTER_OTLP_ENDPOINT=there, **soon, **queue) as process:
            process.spans(1)
            assert process.spans(2_000) < 5
            silent.close()
            with otlp_receiver(port=port) as receiver:
                process.spans(1)
                assert 1 <= len(receiver.spans()) <= 65
    assert len([each for each in process.messages() if "takes no spans" in each]) == 1
    assert len(process.messages()) <= 2, process.messages()


def test_with_the_sdk_disabled_nothing_is_sent(receiver: OtlpReceiver) -> None:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(_NOT_INHERITED)}
    told = inherited | both(receiver.address) | {"OTEL_SDK_DISABLED": "true"}
    done = run([sys.executable, "-c", _PROCESS], input="1\n", env=told, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr, receiver.requests) == (0, "", [])
