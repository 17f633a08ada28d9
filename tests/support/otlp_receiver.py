"""A collector of a test's own: takes spans and metrics as OTLP over HTTP, and keeps them."""

from __future__ import annotations

import gzip
import ssl
import threading
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
    ExportMetricsServiceResponse,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.trace import SpanKind

Attributes = dict[str, str | int | bool | float]
_KINDS = {number + 1: kind for number, kind in enumerate(SpanKind)}
"""Protobuf's numbers begin with one that is not specified."""


class ReceivedSpan(NamedTuple):
    """A span as it arrived, with what its resource says; ids in hexadecimal, "" for no parent."""

    name: str
    kind: SpanKind
    trace_id: str
    span_id: str
    parent_id: str
    links: list[tuple[str, str]]
    """(trace id, span id) of each."""
    attributes: Attributes
    status: int
    """2 for an error."""
    events: list[str]
    """Their names."""
    resource: Attributes
    scope: str
    """Who made it: our own tracer, or an instrumentation package."""

    @property
    def process(self) -> str:
        """The service that it is from, without its prefix."""
        return str(self.resource["service.name"]).removeprefix("goldenthread-")

    @property
    def context(self) -> tuple[str, str]:
        """What others link to."""
        return self.trace_id, self.span_id


def context_of(traceparent: str | None) -> tuple[str, str]:
    """(trace id, span id) of a context as W3C writes it."""
    assert traceparent is not None
    _, trace_id, span_id, _ = traceparent.split("-")
    return trace_id, span_id


class OtlpReceiver(ThreadingHTTPServer):
    """Takes spans and metrics at the paths that OTLP over HTTP has for them; everything else is not found.

    `refusals` are the statuses of the next answers; what is refused is not kept, and is to be sent again much later:
    who has less patience gives it up at once.
    """

    daemon_threads = True

    def __init__(self, tls: ssl.SSLContext | None = None, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self._scheme = "http" if tls is None else "https"
        if tls is not None:
            self.socket = tls.wrap_socket(self.socket, server_side=True)
        self.refusals: list[int] = []
        self.requests: list[Mapping[str, str]] = []
        """The headers of all requests; their names in small letters."""
        self._lock = threading.Lock()
        self._spans: list[ReceivedSpan] = []
        self._metrics: list[ExportMetricsServiceRequest] = []

    @property
    def address(self) -> str:
        """Its base address."""
        return f"{self._scheme}://127.0.0.1:{self.server_address[1]}"

    def spans(self) -> list[ReceivedSpan]:
        """What arrived so far."""
        with self._lock:
            return list(self._spans)

    def metrics(self) -> list[ExportMetricsServiceRequest]:
        """The exports of metrics that arrived so far."""
        with self._lock:
            return list(self._metrics)

    def take_spans(self, body: bytes) -> bytes:
        """Keep the spans of one request; the answer."""
        with self._lock:
            self._spans += _spans(ExportTraceServiceRequest.FromString(body))
        return bytes(ExportTraceServiceResponse().SerializeToString())

    def take_metrics(self, body: bytes) -> bytes:
        """Keep the metrics of one request; the answer."""
        with self._lock:
            self._metrics.append(ExportMetricsServiceRequest.FromString(body))
        return bytes(ExportMetricsServiceResponse().SerializeToString())


_UNPACK: dict[str, Callable[[bytes], bytes]] = {"": bytes, "gzip": gzip.decompress, "deflate": zlib.decompress}


class _Handler(BaseHTTPRequestHandler):
    server: OtlpReceiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.requests.append({name.lower(): value for name, value in self.headers.items()})
        take = {"/v1/traces": self.server.take_spans, "/v1/metrics": self.server.take_metrics}.get(self.path)
        found = take if self.headers["Content-Type"] == "application/x-protobuf" else None
        status = 404 if found is None else self.server.refusals.pop(0) if self.server.refusals else 200
        answer = found(_UNPACK[self.headers.get("Content-Encoding", "")](body)) if found and status == 200 else b""
        self.send_response(status)
        self.send_header("Content-Type", "application/x-protobuf")
        self.send_header("Content-Length", str(len(answer)))
        if status != 200:
            self.send_header("Retry-After", "3600")
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: Any) -> None:
        """Nothing."""


@contextmanager
def otlp_receiver(tls: ssl.SSLContext | None = None, port: int = 0) -> Iterator[OtlpReceiver]:
    """A receiver, listening: with TLS, if a context is given, and at any free port unless one is given."""
    with OtlpReceiver(tls, port) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def _spans(request: ExportTraceServiceRequest) -> Iterator[ReceivedSpan]:
    for of_resource in request.resource_spans:
        resource = _attributes(of_resource.resource.attributes)
        for of_scope in of_resource.scope_spans:
            for span in of_scope.spans:
                yield ReceivedSpan(
                    span.name,
                    _KINDS[span.kind],
                    span.trace_id.hex(),
                    span.span_id.hex(),
                    span.parent_span_id.hex(),
                    [(link.trace_id.hex(), link.span_id.hex()) for link in span.links],
                    _attributes(span.attributes),
                    span.status.code,
                    [event.name for event in span.events],
                    resource,
                    of_scope.scope.name,
                )


def _attributes(found: Any) -> Attributes:
    return {each.key: getattr(each.value, each.value.WhichOneof("value")) for each in found}
