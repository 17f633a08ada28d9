"""Spans that arrived somewhere, compared with the table of all that there are (`telemetry_schema.SPANS`)."""

from __future__ import annotations

import re
from collections.abc import Iterable

from goldenthread.runtime.observability.telemetry_schema import SPANS
from goldenthread.runtime.observability.telemetry_types import SpanSchema
from tests.support.otlp_receiver import ReceivedSpan

_FILLED_IN = re.compile(r"\\\{.*?\\\}")


def schema_of(span: ReceivedSpan) -> SpanSchema | None:
    """The row of a span: by who made it, in which process, its name and its kind."""
    found = [each for each in SPANS if _is_of(span, each)]
    return found[0] if len(found) == 1 else next((each for each in found if each.name == span.name), None)


def mismatches(spans: Iterable[ReceivedSpan]) -> list[str]:
    """What the table does not say of these, a sentence each, each once."""
    return sorted({problem for span in spans for problem in _mismatches(span)})


def _mismatches(span: ReceivedSpan) -> Iterable[str]:
    where = f"{span.process}: {span.kind.name} {span.name!r} of {span.scope}"
    row = schema_of(span)
    if row is None:
        yield f"{where} is in no row, or in several"
        return
    always = {each.name for each in row.attributes}
    known = always | {each.name for each in row.sometimes}
    if missing := always - span.attributes.keys():
        yield f"{where} has not {sorted(missing)}"
    if more := span.attributes.keys() - known:
        yield f"{where} has {sorted(more)}, which its row has not"
    for each in (*row.attributes, *row.sometimes):
        if each.values and span.attributes.get(each.name, each.values[0]) not in each.values:
            yield f"{where} has the {each.name} {span.attributes[each.name]!r}, which is none of {each.values}"
    if span.links and not row.links:
        yield f"{where} has links, of which its row says nothing"
    if span.events:
        yield f"{where} has events: texts of exceptions are in no span"


def _is_of(span: ReceivedSpan, row: SpanSchema) -> bool:
    package = row.made_by.replace("opentelemetry-instrumentation-", "")
    maker = f"opentelemetry.instrumentation.{package}" if package else "goldenthread"
    name = _FILLED_IN.sub(r"\\S+", re.escape(row.name))
    return (
        span.scope == maker
        and span.process in row.processes
        and span.kind is row.kind
        and re.fullmatch(name, span.name) is not None
    )
