"""The series that Prometheus has of the processes: their labels, and the values of those whose values are known."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from prometheus_client import GC_COLLECTOR, PLATFORM_COLLECTOR, PROCESS_COLLECTOR

from goldenthread.launcher.topology import PROCESSES
from goldenthread.runtime.observability.telemetry_schema import FASTSTREAM_METRICS, METRICS
from tests.deploy.promql import References

Labels = Mapping[str, tuple[str, ...]]
"""The names of labels, each with all of its values; none where they are not known beforehand."""

TARGET_LABELS: Labels = {
    "namespace": (),
    "pod": (),
    "instance": (),
    "job": (),
    "app_kubernetes_io_component": (*(each.name for each in PROCESSES), "alignment-large"),
    "app_kubernetes_io_version": (),
}
"""What the PodMonitor, and prometheus.yml of compose.yaml, add to each series."""

OF_PROMETHEUS: Mapping[str, Labels] = {
    "up": TARGET_LABELS,
    "scrape_samples_scraped": TARGET_LABELS,
    "target_info": {**TARGET_LABELS, **dict.fromkeys(("service_name", "service_version", "service_instance_id"), ())},
}
"""What Prometheus, or its exporter, writes about each target."""
KUBE_STATE_METRICS: Mapping[str, Labels] = {
    "kube_pod_container_resource_limits": {
        **dict.fromkeys(("namespace", "pod", "container", "job"), ()),
        "resource": ("cpu", "memory"),
    },
}
"""What is not ours: rules that use it are quiet where it is absent."""
COLLECTOR: Mapping[str, Labels] = {
    **dict.fromkeys(
        ("otelcol_receiver_accepted_spans", "otelcol_receiver_refused_spans"),
        dict.fromkeys(("namespace", "pod", "job", "receiver", "transport"), ()),
    ),
    "otelcol_exporter_send_failed_spans": dict.fromkeys(("namespace", "pod", "job", "exporter"), ()),
}
"""What the collector shows of itself, as version 0.165 does with the settings of the component `opentelemetry`."""


def known_series() -> dict[str, Labels]:
    """Every name of series, with its labels."""
    known = dict(OF_PROMETHEUS)
    for collector in (PROCESS_COLLECTOR, PLATFORM_COLLECTOR, GC_COLLECTOR):
        for sample in (sample for family in collector.collect() for sample in family.samples):
            known[sample.name] = {**TARGET_LABELS, **dict.fromkeys(sample.labels, ())}
    for metric in METRICS:
        labels = {**TARGET_LABELS, **{each.label: each.values for each in metric.attributes}}
        known.update(_exposed(metric.exposed_name, metric.exposed_kind, labels, metric.buckets))
    for library in FASTSTREAM_METRICS:
        labels = {**TARGET_LABELS, **dict.fromkeys(library.labels, ())}
        known.update(_exposed(library.exposed_name, library.exposed_kind, labels, ()))
    return {**known, **KUBE_STATE_METRICS, **COLLECTOR}


def _exposed(name: str, kind: str, labels: Labels, buckets: tuple[float, ...]) -> dict[str, Labels]:
    if kind != "histogram":
        return {name: labels}
    bounds = (*(str(float(each)) for each in buckets), "+Inf") if buckets else ()
    return {f"{name}_bucket": {**labels, "le": bounds}, f"{name}_sum": labels, f"{name}_count": labels}


def unknown(found: References, known: Mapping[str, Labels]) -> Iterator[str]:
    """Sentences about what `found` names and nobody shows: series, labels, and values of labels."""
    grouped = {"__name__"}
    for selector in found.selectors:
        labels = known.get(selector.metric) if selector.metric else TARGET_LABELS
        if labels is None:
            yield f"no process shows {selector.metric}"
            continue
        grouped.update(labels)
        for matcher in selector.matchers:
            if matcher.label not in labels:
                yield f"{selector.metric} has no label {matcher.label}"
            elif values := labels[matcher.label]:
                wrong = set(matcher.plain_values) - set(values)
                yield from (f"{matcher.label} of {selector.metric} is never {value}" for value in sorted(wrong))
    yield from (f"no series here has the label {label}" for label in sorted(found.grouping - grouped))
