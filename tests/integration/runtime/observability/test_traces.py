"""Traces on their way to a collector: what a process sends to a receiver of OTLP over HTTP."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Queue
from subprocess import run
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

_PROCESS = """
import sys
from goldenthread.contracts.secret import Secret
from goldenthread.runtime.observability import telemetry
from goldenthread.runtime.configuration.settings import ProcessSettings

unused = {"kafka": "unused:9092", "issuer": "http://unused", "service_token": Secret("unused")}
settings = ProcessSettings(**unused, traces="otlp", otlp_endpoint=sys.argv[1])
provider = telemetry.start("goals", settings)
with telemetry.span("decide", organization="north"):
    pass
provider.shutdown()
"""


class _Receiver(ThreadingHTTPServer):
    """Takes spans at the path that OTLP over HTTP has for them, like a collector; everything else is not found."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.taken: Queue[ExportTraceServiceRequest] = Queue()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    server: _Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        found = self.path == "/v1/traces" and self.headers["Content-Type"] == "application/x-protobuf"
        if found:
            self.server.taken.put(ExportTraceServiceRequest.FromString(body))
        answer = ExportTraceServiceResponse().SerializeToString()
        self.send_response(200 if found else 404)
        self.send_header("Content-Type", "application/x-protobuf")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: Any) -> None:
        """Nothing."""


@pytest.fixture
def receiver() -> Iterator[_Receiver]:
    with _Receiver() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.parametrize("path", ["/v1/traces", "", "/"], ids=["whole", "base", "slash"])
def test_a_span_arrives_at_a_collector_given_by_its_whole_or_its_base_address(receiver: _Receiver, path: str) -> None:
    command = [sys.executable, "-c", _PROCESS, receiver.address + path]
    done = run(command, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 0, done.stderr
    assert not receiver.taken.empty(), done.stderr
    (traces,) = receiver.taken.get().resource_spans
    about = {each.key: each.value.string_value for each in traces.resource.attributes}
    assert about["service.name"] == "goldenthread-goals"
    (span,) = traces.scope_spans[0].spans
    assert span.name == "decide"
    assert [(each.key, each.value.string_value) for each in span.attributes] == [("organization", "north")]
