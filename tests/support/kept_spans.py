"""Spans that this process makes while a test runs, kept in memory."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.sampling import Sampler

from goldenthread.runtime.observability import tracing


class KeptSpans:
    """What ended so far."""

    def __init__(self, sampler: Sampler | None = None) -> None:
        self._exporter = InMemorySpanExporter()
        self.provider = TracerProvider(sampler=sampler)
        self.provider.add_span_processor(SimpleSpanProcessor(self._exporter))

    def __iter__(self) -> Iterator[ReadableSpan]:
        return iter(self._exporter.get_finished_spans())

    def names(self) -> list[str]:
        """In the order of their ends."""
        return [each.name for each in self]

    def one(self, name: str) -> ReadableSpan:
        """The only one of this name."""
        (found,) = [each for each in self if each.name == name]
        return found


@contextmanager
def kept_spans(sampler: Sampler | None = None) -> Iterator[KeptSpans]:
    """Traces are on while the block lasts; no package is instrumented."""
    kept = KeptSpans(sampler)
    tracing.trace_with(kept.provider)
    try:
        yield kept
    finally:
        tracing.trace_with(None)
