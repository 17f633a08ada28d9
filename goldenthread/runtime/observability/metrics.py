"""The instruments: one for each metric of `telemetry_schema.METRICS`, and no others.

They measure after the process has a meter provider (`metrics_export`); before that they do nothing.
An addition takes some microseconds: measure once for a batch or a command, not for an event.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Any

from opentelemetry import metrics
from opentelemetry.metrics import CallbackOptions, Counter, Histogram, Observation, UpDownCounter

from goldenthread import __version__
from goldenthread.runtime.observability.telemetry_schema import METRICS
from goldenthread.runtime.observability.telemetry_types import InstrumentKind, MetricSchema

log = logging.getLogger(__name__)

_meter = metrics.get_meter("goldenthread", __version__)
_OBSERVABLE = (
    InstrumentKind.OBSERVABLE_COUNTER,
    InstrumentKind.OBSERVABLE_GAUGE,
    InstrumentKind.OBSERVABLE_UP_DOWN_COUNTER,
)
_schemas = {each.name: each for each in METRICS}


class FollowedMetric:
    """A metric whose value is read when the metrics are requested."""

    def __init__(self, schema: MetricSchema) -> None:
        self._reads: dict[tuple[str, ...], Callable[[], float]] = {}
        self._read_all: Callable[[], Mapping[tuple[str, ...], float]] | None = None
        self._name = schema.name
        self._names = [each.name for each in schema.attributes]
        create = {
            InstrumentKind.OBSERVABLE_COUNTER: _meter.create_observable_counter,
            InstrumentKind.OBSERVABLE_GAUGE: _meter.create_observable_gauge,
            InstrumentKind.OBSERVABLE_UP_DOWN_COUNTER: _meter.create_observable_up_down_counter,
        }[schema.kind]
        create(schema.name, [self._observations], schema.unit, schema.meaning)

    def follow(self, read: Callable[[], float], *values: str) -> None:
        """Read the number from `read` from now on, for these values of the attributes, in the order of the schema.

        A later `follow` with the same values replaces an earlier one.
        """
        self._reads[values] = read

    def forget(self, *values: str) -> None:
        """Stop reading the number for these values."""
        self._reads.pop(values, None)

    def follow_all(self, read: Callable[[], Mapping[tuple[str, ...], float]] | None) -> None:
        """Read from `read` which values of the attributes there are now, with the number of each; None: no more."""
        self._read_all = read

    def _observations(self, _: CallbackOptions) -> Iterator[Observation]:
        if self._read_all is not None:
            yield from self._all_observations(self._read_all)
        for values, read in list(self._reads.items()):
            try:
                number = read()
            except Exception:  # the other numbers are still shown, because alerts depend on them
                log.exception("%s could not be read", self._name)
                continue
            yield Observation(number, dict(zip(self._names, values, strict=True)))

    def _all_observations(self, read: Callable[[], Mapping[tuple[str, ...], float]]) -> list[Observation]:
        try:
            return [
                Observation(number, dict(zip(self._names, values, strict=True))) for values, number in read().items()
            ]
        except Exception:
            log.exception("%s could not be read", self._name)
            return []


def _counter(name: str) -> Counter:
    schema = _of(name, InstrumentKind.COUNTER)
    return _meter.create_counter(schema.name, schema.unit, schema.meaning)


def _up_down_counter(name: str) -> UpDownCounter:
    schema = _of(name, InstrumentKind.UP_DOWN_COUNTER)
    return _meter.create_up_down_counter(schema.name, schema.unit, schema.meaning)


def _histogram(name: str) -> Histogram:
    schema = _of(name, InstrumentKind.HISTOGRAM)
    return _meter.create_histogram(
        schema.name, schema.unit, schema.meaning, explicit_bucket_boundaries_advisory=schema.buckets
    )


def _followed(name: str) -> FollowedMetric:
    return FollowedMetric(_of(name, *_OBSERVABLE))


def _of(name: str, *kinds: InstrumentKind) -> MetricSchema:
    schema = _schemas[name]
    if schema.kind not in kinds:
        raise TypeError(f"{name} is declared as {schema.kind}")
    return schema


READY = _followed("goldenthread.ready")
COMMANDS = _counter("goldenthread.commands")
COMMAND_SECONDS = _histogram("goldenthread.command.duration")
PUBLISHED = _counter("goldenthread.events.published")
FOLDED = _counter("goldenthread.events.folded")
VERDICT_SECONDS = _histogram("goldenthread.verdict.latency")
OUTBOX_PENDING = _followed("goldenthread.outbox.pending.events")
OUTBOX_AGE = _followed("goldenthread.outbox.age")
PROJECTION_LAG = _followed("goldenthread.projection.lag")
PENDING_REVISIONS = _followed("goldenthread.projection.pending.revisions")
ANSWER_AGE = _followed("goldenthread.upstream.answer.age")
REPAIRS = _followed("goldenthread.repairs")
QUARANTINED = _followed("goldenthread.quarantined.organizations")
CLOCKS = _followed("goldenthread.quarantined.clocks")
UNFORESEEN = _counter("goldenthread.unforeseen.errors")
ORGANIZATIONS = _followed("goldenthread.organizations.held")
ALERTS = _counter("goldenthread.alerts")
DELIVERIES = _counter("goldenthread.webhook.deliveries")
PENDING_DELIVERIES = _followed("goldenthread.webhook.pending.deliveries")
PENDING_AGE = _followed("goldenthread.webhook.pending.age")
ENCRYPTED_SECRETS = _followed("goldenthread.encrypted.secrets")
UNREADABLE_SECRETS = _followed("goldenthread.unreadable.secrets")
REQUESTS = _histogram("goldenthread.graphql.duration")
SUBSCRIBERS = _up_down_counter("goldenthread.subscribers")
RELAY_LEAD = _up_down_counter("goldenthread.relay.lead")
POOL_CONNECTIONS = _followed("db.client.connection.count")
POOL_LIMIT = _followed("db.client.connection.max")
POOL_WAITING = _followed("db.client.connection.pending_requests")
OBJECTIVES = _followed("goldenthread.objectives")
CASCADE_COVERAGE = _followed("goldenthread.cascade.coverage.ratio")
ORGANIZATION_INFO = _followed("goldenthread.organization.info")
OPEN_ALERTS = _followed("goldenthread.open.alerts")
RETURNED = _followed("goldenthread.returned")

_PARTS = ("clock", "deliveries", "event loop", "figures", "gateway", "issuer", "keys", "metrics", "projection", "relay")
"""What `log_unforeseen` is called with. An error that ends the process is counted under the name of its task, too."""


def show_from_start() -> None:
    """Show, as 0, what every process counts: an alert does not see the increase from nothing to 1."""
    SUBSCRIBERS.add(0)
    for where in _PARTS:
        UNFORESEEN.add(0, {"where": where})


def show_commands(types: Iterable[type[Any]]) -> None:
    """Show the commands of these types, which are tagged structs, as 0, with every outcome."""
    (outcome,) = (each for each in _schemas["goldenthread.commands"].attributes if each.name == "outcome")
    for kind in types:
        for value in outcome.values:
            COMMANDS.add(0, {"type": kind.__struct_config__.tag, "outcome": value})


def follow_repairs(projection: str, counts: Callable[[], Mapping[str, int]]) -> None:
    """Read the number of repairs of each kind of a projection from `counts`."""
    (kind,) = (each for each in _schemas["goldenthread.repairs"].attributes if each.name == "kind")
    for value in kind.values:
        REPAIRS.follow(partial(_count, counts, value), projection, value)


def _count(counts: Callable[[], Mapping[str, int]], kind: str) -> int:
    return counts().get(kind, 0)
