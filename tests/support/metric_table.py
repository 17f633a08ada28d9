"""Metrics that arrived somewhere by OTLP, compared with the table of all metrics (`telemetry_schema.METRICS`)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest

from goldenthread.runtime.observability.telemetry_schema import METRICS
from goldenthread.runtime.observability.telemetry_types import InstrumentKind, MetricSchema

_CUMULATIVE = 2
_SUMS = (InstrumentKind.COUNTER, InstrumentKind.OBSERVABLE_COUNTER)
_UP_DOWN = (InstrumentKind.UP_DOWN_COUNTER, InstrumentKind.OBSERVABLE_UP_DOWN_COUNTER)


class ReceivedMetric(NamedTuple):
    """A metric of one export, with what its resource says."""

    metric: Any
    """OTLP's `Metric`."""
    resource: dict[str, str]
    scope: str

    @property
    def process(self) -> str:
        """The service that it is from, without its prefix."""
        return self.resource["service.name"].removeprefix("goldenthread-")


def received(requests: Iterable[ExportMetricsServiceRequest]) -> list[ReceivedMetric]:
    """All metrics of all exports."""
    return [
        ReceivedMetric(metric, _attributes(of_resource.resource.attributes), of_scope.scope.name)
        for request in requests
        for of_resource in request.resource_metrics
        for of_scope in of_resource.scope_metrics
        for metric in of_scope.metrics
    ]


def metric_mismatches(metrics: Iterable[ReceivedMetric]) -> list[str]:
    """What the table does not say of these, a sentence each, each once."""
    return sorted({problem for each in metrics for problem in _mismatches(each)})


def _mismatches(received: ReceivedMetric) -> Iterator[str]:
    metric, where = received.metric, f"{received.process}: {received.metric.name}"
    schema = {each.name: each for each in METRICS}.get(metric.name)
    if schema is None:
        yield f"{where} is in no row"
        return
    if received.scope != "goldenthread":
        yield f"{where} is of {received.scope}"
    if (metric.unit, metric.description) != (schema.unit, schema.meaning):
        yield f"{where} has the unit {metric.unit!r} and the meaning {metric.description!r}"
    if (found := _kind(metric)) != _expected(schema):
        yield f"{where} is {found}: it is declared as {schema.kind}"
    for point in getattr(metric, metric.WhichOneof("data")).data_points:
        if (names := _attributes(point.attributes).keys()) != {each.name for each in schema.attributes}:
            yield f"{where} has the attributes {sorted(names)}"


def _kind(metric: Any) -> tuple[object, ...]:
    kind = metric.WhichOneof("data")
    data = getattr(metric, kind)
    if kind == "sum":
        return "sum", data.is_monotonic, data.aggregation_temporality
    if kind == "histogram":
        return "histogram", tuple(data.data_points[0].explicit_bounds), data.aggregation_temporality
    return (kind,)


def _expected(schema: MetricSchema) -> tuple[object, ...]:
    if schema.kind in (*_SUMS, *_UP_DOWN):
        return "sum", schema.kind in _SUMS, _CUMULATIVE
    if schema.kind is InstrumentKind.HISTOGRAM:
        return "histogram", tuple(schema.buckets), _CUMULATIVE
    return ("gauge",)


def _attributes(found: Any) -> dict[str, str]:
    return {each.key: each.value.string_value for each in found}
