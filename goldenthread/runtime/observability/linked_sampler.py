"""Keeps the span of a batch if a trace that it links to is kept (docs/decisions/0064).

A batch of events has a separate trace. If only a share of traces is kept, the SDK's samplers would decide anew for
each batch, and most batches of a kept trace would be lost.
"""

from __future__ import annotations

from collections.abc import Sequence

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, Decision, Sampler, SamplingResult
from opentelemetry.trace import Link, SpanKind, TraceState
from opentelemetry.util.types import Attributes


class LinkedSampler(Sampler):
    """A span without a parent is kept if it links to a kept span, and so are the spans within it. About all others
    `sampler` decides.
    """

    def __init__(self, sampler: Sampler) -> None:
        self._sampler = sampler

    def should_sample(
        self,
        parent_context: Context | None,
        trace_id: int,
        name: str,
        kind: SpanKind | None = None,
        attributes: Attributes = None,
        links: Sequence[Link] | None = None,
        trace_state: TraceState | None = None,
    ) -> SamplingResult:
        """The decision about one span."""
        parent = trace.get_current_span(parent_context).get_span_context()
        if parent.is_valid:
            kept = parent.trace_flags.sampled and not parent.is_remote
        else:
            kept = any(link.context.trace_flags.sampled for link in links or ())
        if kept:
            return SamplingResult(Decision.RECORD_AND_SAMPLE, attributes, parent.trace_state)
        return self._sampler.should_sample(parent_context, trace_id, name, kind, attributes, links, trace_state)

    def get_description(self) -> str:
        """How the SDK names it."""
        return f"LinkedSampler{{{self._sampler.get_description()}}}"


def keeping_linked(sampler: Sampler) -> Sampler:
    """`sampler`, with this rule; `always_off` stays as it is."""
    return sampler if sampler is ALWAYS_OFF else LinkedSampler(sampler)
