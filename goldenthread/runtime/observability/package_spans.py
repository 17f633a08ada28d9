"""Restrictions on the spans of instrumentation packages.

* Without `roots`, a span is made only within another span. A process polls its database and other services every
  second; such a request is of interest only within a request, a message or a delivery.
* The class of an exception is recorded (`error.type`), its text is not: PostgreSQL's errors quote rows.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import INVALID_SPAN, Span, StatusCode, Tracer, TracerProvider


class PackageSpans(TracerProvider):
    """A tracer provider for instrumentation packages: another provider, with the restrictions of this module."""

    def __init__(self, provider: TracerProvider, *, roots: bool) -> None:
        self._provider, self._roots = provider, roots

    def get_tracer(self, *args: Any, **options: Any) -> Tracer:
        """A tracer with the restrictions of this module."""
        return _PackageTracer(self._provider.get_tracer(*args, **options), self._roots)


class _PackageTracer(Tracer):
    def __init__(self, tracer: Tracer, roots: bool) -> None:
        self._tracer, self._roots = tracer, roots

    def start_span(self, name: str, context: Context | None = None, *args: Any, **options: Any) -> Span:
        if not self._roots and not trace.get_current_span(context).get_span_context().is_valid:
            return INVALID_SPAN
        return self._tracer.start_span(name, context, *args, **options)

    @contextmanager
    def start_as_current_span(  # type: ignore[override]  # the decorator of the base class has another type
        self, name: str, context: Context | None = None, *args: Any, end_on_exit: bool = True, **options: Any
    ) -> Iterator[Span]:
        started = self.start_span(name, context, *args, **options)
        with current(started, end_on_exit=end_on_exit):
            yield started


@contextmanager
def current(span: Span, *, end_on_exit: bool = True) -> Iterator[None]:
    """Make `span` the current span while the block lasts. If an exception leaves the block, its class is recorded."""
    with trace.use_span(span, end_on_exit, record_exception=False, set_status_on_exception=False):
        try:
            yield
        except Exception as error:
            name_error(span, error)
            raise


def name_error(span: Span, error: BaseException) -> None:
    """Record in a span that it ended with `error`: the class of the error, without its text."""
    span.set_attribute("error.type", type(error).__qualname__)
    span.set_status(StatusCode.ERROR)
