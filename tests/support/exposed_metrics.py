"""What `/metrics` shows, compared with the table of metrics."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client import REGISTRY
from prometheus_client.metrics_core import Metric
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from goldenthread.runtime.observability.telemetry_schema import FASTSTREAM_METRICS, METRICS
from goldenthread.runtime.observability.telemetry_types import AttributeSchema, MetricSchema

_OURS = ("goldenthread_", "db_client_")
_LABELS = {"le"}
"""Of a histogram's buckets."""


def value_of(name: str, **labels: str) -> float:
    """A metric of this process as Prometheus would read it; 0 where nothing was measured yet."""
    return REGISTRY.get_sample_value(name, labels) or 0.0


def shown(text: str) -> dict[str, tuple[str, str]]:
    """Name → kind and meaning of what is ours in a page of metrics."""
    return {
        f"{family.name}_total" if family.type == "counter" else family.name: (family.type, family.documentation)
        for family in text_string_to_metric_families(text)
        if family.name.startswith(_OURS)
    }


def undeclared(text: str) -> list[str]:
    """What a page of metrics shows of ours that the table does not declare: names, kinds, labels and their values."""
    declared = {each.exposed_name: each for each in METRICS}
    found: list[str] = []
    for family in text_string_to_metric_families(text):
        name = f"{family.name}_total" if family.type == "counter" else family.name
        if name.startswith("faststream_") and not name.endswith("_created"):
            found += _undeclared_of_faststream(name, family)
        if not name.startswith(_OURS):
            continue
        schema = declared.get(name)
        if schema is None:
            found.append(name)
        elif (family.type, family.documentation) != (schema.exposed_kind, schema.meaning):
            found.append(f"{name}: {family.type}, {family.documentation}")
        else:
            found += [f"{name}: {each}" for sample in family.samples for each in _wrong_labels(sample, schema)]
    return found


def _undeclared_of_faststream(name: str, family: Metric) -> Iterator[str]:
    schema = {each.exposed_name: each for each in FASTSTREAM_METRICS}.get(name)
    if schema is None or schema.exposed_kind != family.type:
        yield f"{name}: {family.type}"
        return
    for sample in family.samples:
        if sample.labels.keys() - _LABELS != set(schema.labels):
            yield f"{name}: labels {sorted(sample.labels)}"


def _wrong_labels(sample: Sample, schema: MetricSchema) -> Iterator[str]:
    attributes = {each.label: each for each in schema.attributes}
    labels = {name: value for name, value in sample.labels.items() if name not in _LABELS}
    if labels.keys() != attributes.keys():
        yield f"labels {sorted(labels)}"
        return
    for name, value in labels.items():
        if not _allows(attributes[name], value):
            yield f"{name}={value}"


def _allows(attribute: AttributeSchema, value: str) -> bool:
    return value in attribute.values if attribute.values else value != ""
