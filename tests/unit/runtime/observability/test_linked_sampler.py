"""Which batches are kept where only a share of traces is."""

from __future__ import annotations

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, ALWAYS_ON, ParentBased, Sampler, TraceIdRatioBased
from opentelemetry.trace import SpanKind

from goldenthread.runtime.observability import tracing
from goldenthread.runtime.observability.linked_sampler import LinkedSampler, keeping_linked
from goldenthread.runtime.outbox.messaging_spans import send_span
from tests.support.kept_spans import kept_spans

TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
KEPT, LEFT_OUT = f"00-{TRACE}-{SPAN}-01", f"00-{TRACE}-{SPAN}-00"
NONE = [ParentBased(ALWAYS_OFF), TraceIdRatioBased(0), ParentBased(TraceIdRatioBased(0))]
"""Samplers that keep no trace of their own."""


@pytest.mark.parametrize("sampler", NONE, ids=Sampler.get_description)
def test_a_batch_with_an_event_of_a_kept_trace_is_kept_with_what_is_in_it(sampler: Sampler) -> None:
    with kept_spans(keeping_linked(sampler)) as spans:
        with tracing.span("process", SpanKind.CONSUMER, links=[LEFT_OUT, KEPT]), tracing.span("SELECT"):
            pass
        with send_span("topic", 0, 2, [KEPT]):
            pass
    assert spans.names() == ["SELECT", "process", "send topic"]


@pytest.mark.parametrize("sampler", NONE, ids=Sampler.get_description)
def test_without_one_the_sampler_decides_as_it_does_about_requests(sampler: Sampler) -> None:
    with kept_spans(keeping_linked(sampler)) as spans:
        with tracing.span("process", links=[LEFT_OUT]), tracing.span("SELECT"):
            assert not tracing.is_sampled(tracing.traceparent())
        with tracing.span("request"):
            pass
    assert spans.names() == []
    with kept_spans(keeping_linked(ParentBased(ALWAYS_ON))) as spans, tracing.span("process", links=[LEFT_OUT]):
        pass
    assert spans.names() == ["process"]


def test_a_remote_parent_is_followed_or_not_as_the_sampler_says() -> None:
    with kept_spans(keeping_linked(TraceIdRatioBased(0))) as spans, tracing.span("request", parent=KEPT, links=[KEPT]):
        pass
    assert spans.names() == []
    with kept_spans(keeping_linked(ParentBased(ALWAYS_OFF))) as spans, tracing.span("request", parent=KEPT):
        pass
    assert spans.names() == ["request"]


def test_always_off_keeps_nothing_and_the_sdk_names_the_rule() -> None:
    with kept_spans(keeping_linked(ALWAYS_OFF)) as spans, tracing.span("process", links=[KEPT]):
        pass
    assert spans.names() == []
    provider = TracerProvider(sampler=LinkedSampler(ALWAYS_ON))
    assert provider.sampler.get_description() == "LinkedSampler{AlwaysOnSampler}"
