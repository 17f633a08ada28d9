"""Spans of our own code: whose children they are, what they link to, and what is stored of them."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Iterator

import pytest
from opentelemetry import context as trace_context
from opentelemetry import trace
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, ParentBased
from opentelemetry.trace import SpanKind, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from goldenthread.contracts.commands import RetirePurpose
from goldenthread.contracts.errors import ErrorCode, refuse
from goldenthread.runtime.observability import tracing
from goldenthread.runtime.observability.command_span import command_span
from goldenthread.runtime.observability.logs import JsonFormatter
from goldenthread.runtime.outbox.messaging_spans import create_span, send_span
from tests.support.kept_spans import KeptSpans, kept_spans

TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
KEPT, LEFT_OUT = f"00-{TRACE}-{SPAN}-01", f"00-{TRACE}-{SPAN}-00"


@pytest.fixture
def spans() -> Iterator[KeptSpans]:
    with kept_spans() as kept:
        yield kept


def hexadecimal(context: trace.SpanContext | None) -> tuple[str, str]:
    assert context is not None
    return f"{context.trace_id:032x}", f"{context.span_id:016x}"


def context(number: int) -> str:
    return f"00-{number:032x}-{SPAN}-01"


def test_a_span_is_below_its_parent_and_what_is_in_it_below_the_span(spans: KeptSpans) -> None:
    with tracing.span("outer", SpanKind.SERVER, parent=KEPT), tracing.span("inner"):
        assert tracing.traceparent() is not None
    outer, inner = spans.one("outer"), spans.one("inner")
    assert hexadecimal(outer.parent) == (TRACE, SPAN)
    assert hexadecimal(inner.parent) == hexadecimal(outer.context)
    assert tracing.traceparent() is None


def test_a_parent_that_is_none_begins_a_trace_of_its_own_also_within_another_span(spans: KeptSpans) -> None:
    with tracing.span("outer"), tracing.span("inner", parent="no traceparent"):
        pass
    assert spans.one("inner").parent is None


def test_links_are_distinct_and_32_at_most_and_what_is_no_context_is_left_out(spans: KeptSpans) -> None:
    many = ["junk", *(context(number) for number in range(1, 50)), context(1)]
    with tracing.span("many", links=many):
        pass
    found = [each.context.trace_id for each in spans.one("many").links]
    assert found == list(range(1, 33))


def test_an_error_is_named_without_its_text(spans: KeptSpans) -> None:
    with pytest.raises(LookupError), tracing.span("failing"):
        raise LookupError("a name of somebody")
    (span,) = spans
    assert span.status.status_code is StatusCode.ERROR
    assert dict(span.attributes or {}) == {"error.type": "LookupError"}
    assert "somebody" not in span.to_json()


def test_a_refusal_is_told_by_its_code_and_is_no_error_of_the_process(spans: KeptSpans) -> None:
    with pytest.raises(Exception, match="whose name is Ada"), command_span(RetirePurpose(reason="x"), "org_1"):
        raise refuse(ErrorCode.CONFLICT, "whose name is Ada")
    span = spans.one("command RetirePurpose")
    assert span.status.status_code is StatusCode.UNSET
    assert (span.attributes or {})["error.type"] == "CONFLICT"
    assert "Ada" not in span.to_json()


def test_a_message_has_a_span_in_its_own_trace_and_is_not_the_current_one(spans: KeptSpans) -> None:
    with tracing.span("subscription"):
        with tracing.span_of_message("message", SpanKind.PRODUCER, KEPT, [context(7)]):
            current = trace.get_current_span()
    assert hexadecimal(spans.one("message").parent) == (TRACE, SPAN)
    assert [each.context.trace_id for each in spans.one("message").links] == [7]
    assert hexadecimal(current.get_span_context()) == hexadecimal(spans.one("subscription").context)


@pytest.mark.parametrize("context", [None, LEFT_OUT, "junk"])
def test_a_message_of_a_trace_that_is_not_kept_has_no_span(spans: KeptSpans, context: str | None) -> None:
    with tracing.span_of_message("message", SpanKind.PRODUCER, context):
        pass
    assert spans.names() == []


def test_the_context_of_a_trace_that_is_not_kept_says_so_where_it_is_stored() -> None:
    with kept_spans(ParentBased(ALWAYS_OFF)) as spans, tracing.span("request"):
        stored = tracing.traceparent()
    assert stored is not None
    assert not tracing.is_sampled(stored)
    assert spans.names() == []


def test_events_are_made_in_a_span_whose_context_is_stored_with_them(spans: KeptSpans) -> None:
    with tracing.span("command"):
        with create_span("topic", 3):
            stored = tracing.traceparent()
        with create_span("topic", 0):
            unchanged = tracing.traceparent()
    made = spans.one("create topic")
    assert made.kind is SpanKind.PRODUCER
    assert (made.attributes or {})["messaging.batch.message_count"] == 3
    assert (stored or "").split("-")[1:3] == list(hexadecimal(made.context))
    assert (unchanged or "").split("-")[2] == hexadecimal(spans.one("command").context)[1]


def test_a_batch_without_an_event_of_a_trace_has_no_span(spans: KeptSpans) -> None:
    with send_span("topic", 0, 5, []):
        pass
    assert spans.names() == []


async def test_a_task_for_everybody_is_in_nobodys_trace(spans: KeptSpans) -> None:
    seen = []

    async def work() -> None:
        seen.append(tracing.traceparent())

    with tracing.span("whoever came first"):
        await tracing.create_untraced_task(work(), "work")
        await asyncio.create_task(work())
    assert [each is None for each in seen] == [True, False]


def test_log_lines_within_a_span_name_it(spans: KeptSpans) -> None:
    record = logging.makeLogRecord({"msg": "said"})
    with tracing.span("request"):
        within = json.loads(JsonFormatter("goals").format(record))
    outside = json.loads(JsonFormatter("goals").format(record))
    assert (within["trace_id"], within["span_id"]) == hexadecimal(spans.one("request").context)
    assert not {"trace_id", "span_id"} & outside.keys()


def test_off_there_are_no_spans_and_no_context() -> None:
    with tracing.span("request", parent=KEPT) as span, create_span("topic", 1):
        assert not span.is_recording()
        assert tracing.traceparent() is None
    assert not tracing.is_on()


@pytest.mark.parametrize(
    "traceparent",
    [
        *(f"00-{TRACE}-{SPAN}-{flags}" for flags in ("00", "01", "02", "03", "ff", "0", "011", "0g", "0A")),
        f"01-{TRACE}-{SPAN}-01",
        f"01-{TRACE}-{SPAN}-01-more",
        f"ff-{TRACE}-{SPAN}-01",
        f"00-{TRACE}-{SPAN}-01-more",
        f"00-{'0' * 32}-{SPAN}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"00-{TRACE.upper()}-{SPAN}-01",
        f" 00-{TRACE}-{SPAN}-01 ",
        f"00-{TRACE}-{SPAN}-01\n",
        "",
        "junk",
    ],
)
def test_whether_a_trace_is_kept_is_read_as_the_propagator_reads_it(traceparent: str) -> None:
    context = TraceContextTextMapPropagator().extract({"traceparent": traceparent}, trace_context.Context())
    read = trace.get_current_span(context).get_span_context()
    assert tracing.is_sampled(traceparent) == (read.is_valid and read.trace_flags.sampled)
