"""What `telemetry_schema` says of a metric and of a span."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from opentelemetry.trace import SpanKind


class InstrumentKind(StrEnum):
    """How a metric is measured. Observable: it is read when somebody asks for the metrics."""

    COUNTER = "counter"
    OBSERVABLE_COUNTER = "observable counter"
    UP_DOWN_COUNTER = "up-down counter"
    GAUGE = "gauge"
    OBSERVABLE_GAUGE = "observable gauge"
    HISTOGRAM = "histogram"


@dataclass(frozen=True)
class AttributeSchema:
    """An attribute of a metric or a span. `values` are all that there are; without any, `range` describes them."""

    name: str
    meaning: str
    values: tuple[str, ...] = ()
    range: str = ""


@dataclass(frozen=True)
class MetricSchema:
    """A metric: OpenTelemetry's name, kind and unit (UCUM), what it says, and the attributes of every measurement.

    `buckets` are the upper bounds of a histogram, in its unit. `made_by`: the package that measures it; empty where our
    code does.
    """

    name: str
    kind: InstrumentKind
    unit: str
    meaning: str
    attributes: tuple[AttributeSchema, ...] = ()
    buckets: tuple[float, ...] = ()
    made_by: str = ""


@dataclass(frozen=True)
class SpanSchema:
    """A span: its name (`{…}` is filled in), its kind, what it spans, who makes it, and what it may have.

    `processes` are the names of those that make it. `made_by`: the instrumentation package; empty where our code does.
    It has all `attributes`, and may have those of `sometimes`; no others. `links`: what other spans it links to, in
    words. Each `{…}` of a name stands for one word.
    """

    name: str
    kind: SpanKind
    meaning: str
    processes: tuple[str, ...]
    attributes: tuple[AttributeSchema, ...] = ()
    sometimes: tuple[AttributeSchema, ...] = ()
    links: str = ""
    made_by: str = ""
