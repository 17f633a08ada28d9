"""The types of the rows of `telemetry_schema`: a metric, a span, an attribute."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from opentelemetry.trace import SpanKind


class InstrumentKind(StrEnum):
    """How a metric is measured. An observable metric is read when the metrics are requested."""

    COUNTER = "counter"
    OBSERVABLE_COUNTER = "observable counter"
    UP_DOWN_COUNTER = "up-down counter"
    OBSERVABLE_UP_DOWN_COUNTER = "observable up-down counter"
    GAUGE = "gauge"
    OBSERVABLE_GAUGE = "observable gauge"
    HISTOGRAM = "histogram"


_EXPOSED_KINDS = {
    InstrumentKind.COUNTER: "counter",
    InstrumentKind.OBSERVABLE_COUNTER: "counter",
    InstrumentKind.UP_DOWN_COUNTER: "gauge",
    InstrumentKind.OBSERVABLE_UP_DOWN_COUNTER: "gauge",
    InstrumentKind.GAUGE: "gauge",
    InstrumentKind.OBSERVABLE_GAUGE: "gauge",
    InstrumentKind.HISTOGRAM: "histogram",
}
_UNIT_SUFFIXES = {"s": "_seconds", "By": "_bytes"}
"""Units in braces are words for people, and are in no name."""


@dataclass(frozen=True)
class AttributeSchema:
    """An attribute of a metric or a span. `values` are all possible values; `range` describes them if it is empty."""

    name: str
    meaning: str
    values: tuple[str, ...] = ()
    range: str = ""

    @property
    def label(self) -> str:
        """Its name in `/metrics`."""
        return self.name.replace(".", "_")


@dataclass(frozen=True)
class MetricSchema:
    """A metric: OpenTelemetry's name, kind and unit (UCUM), meaning, and the attributes of every measurement.

    `buckets` are the upper bounds of a histogram, in its unit. `made_by`: the package that measures it, empty for our
    own code.
    """

    name: str
    kind: InstrumentKind
    unit: str
    meaning: str
    attributes: tuple[AttributeSchema, ...] = ()
    buckets: tuple[float, ...] = ()
    made_by: str = ""

    @property
    def exposed_name(self) -> str:
        """Its name in `/metrics`, as Prometheus writes it: with the unit, and `_total` for a counter."""
        counts = self.kind in (InstrumentKind.COUNTER, InstrumentKind.OBSERVABLE_COUNTER)
        return self.name.replace(".", "_") + _UNIT_SUFFIXES.get(self.unit, "") + ("_total" if counts else "")

    @property
    def exposed_kind(self) -> str:
        """Its kind in `/metrics`: counter, gauge or histogram."""
        return _EXPOSED_KINDS[self.kind]


@dataclass(frozen=True)
class LibraryMetric:
    """A metric that a library writes into the registry of prometheus_client: its name and kind in `/metrics`."""

    exposed_name: str
    exposed_kind: str
    meaning: str
    labels: tuple[str, ...]


@dataclass(frozen=True)
class SpanSchema:
    """A span: its name (each `{…}` is replaced by one word), its kind, and its meaning.

    `processes` are the names of the processes that make it. `made_by`: the instrumentation package, empty for our own
    code. A span has all `attributes`, may have those of `sometimes`, and has no others. `links` describes the spans
    that it links to.
    """

    name: str
    kind: SpanKind
    meaning: str
    processes: tuple[str, ...]
    attributes: tuple[AttributeSchema, ...] = ()
    sometimes: tuple[AttributeSchema, ...] = ()
    links: str = ""
    made_by: str = ""
