"""Every metric there is, with its unit and meaning. Nothing else may be measured under `goldenthread_`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from prometheus_client import REGISTRY, Counter, Gauge, Histogram
from prometheus_client.core import CounterMetricFamily
from prometheus_client.registry import Collector


class RepairCounters(Collector):
    """What projections count themselves, read when somebody asks for the metrics."""

    kinds = ("gap", "forked", "silences", "repairs", "rebuilds", "conflicts")

    def __init__(self) -> None:
        self._counts: dict[str, Callable[[], Mapping[str, int]]] = {}
        REGISTRY.register(self)

    def follow(self, projection: str, counts: Callable[[], Mapping[str, int]]) -> None:
        """Take a projection's counts from `counts`."""
        self._counts[projection] = counts

    def collect(self) -> Iterator[CounterMetricFamily]:
        """The counts as they are now."""
        found = CounterMetricFamily(
            "goldenthread_repairs",
            "What a projection noticed (gap, forked, silences) and did about it (repairs, rebuilds, conflicts)",
            labels=("projection", "kind"),
        )
        for projection, counts in self._counts.items():
            now = counts()
            for kind in self.kinds:
                found.add_metric((projection, kind), now.get(kind, 0))
        yield found


COMMANDS = Counter(
    "goldenthread_commands_total", "Commands, by type and outcome (accepted, repeated, refused)", ["type", "outcome"]
)
COMMAND_SECONDS = Histogram("goldenthread_command_seconds", "Seconds from a command's arrival to its commit", ["type"])
PUBLISHED = Counter("goldenthread_events_published_total", "Events acknowledged by the broker", ["topic"])
FOLDED = Counter("goldenthread_events_folded_total", "Events folded and committed by a projection", ["projection"])
REPAIRS = RepairCounters()
QUARANTINED = Gauge(
    "goldenthread_quarantined_organizations", "Organizations set aside because of a poison event", ["projection"]
)
CLOCKS = Gauge("goldenthread_quarantined_clocks", "Organizations whose clock stands still because it raised", [])
UNFORESEEN = Counter("goldenthread_unforeseen_errors_total", "Errors that nobody foresaw, by what had them", ["where"])
ORGANIZATIONS = Gauge("goldenthread_organizations_held", "Organizations held in memory", ["process"])
ALERTS = Counter("goldenthread_alerts_total", "Alerts, by kind and what happened (raised, resolved)", ["kind", "what"])
DELIVERIES = Counter("goldenthread_webhook_deliveries_total", "Webhook attempts, by outcome", ["outcome"])
REQUESTS = Histogram("goldenthread_graphql_seconds", "Seconds per GraphQL request, by operation kind", ["kind"])
SUBSCRIBERS = Gauge("goldenthread_subscribers", "Open GraphQL subscriptions", [])
