"""Every metric there is, with its unit and meaning. Nothing else may be measured under `goldenthread_`."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

COMMANDS = Counter(
    "goldenthread_commands_total", "Commands, by type and outcome (accepted, repeated, refused)", ["type", "outcome"]
)
COMMAND_SECONDS = Histogram("goldenthread_command_seconds", "Seconds from a command's arrival to its commit", ["type"])
PUBLISHED = Counter("goldenthread_events_published_total", "Events acknowledged by the broker", ["topic"])
FOLDED = Counter("goldenthread_events_folded_total", "Events folded and committed by a projection", ["projection"])
REPAIRS = Counter(
    "goldenthread_repairs_total", "Gaps, rebuilds and conflicts a projection repaired", ["projection", "kind"]
)
QUARANTINED = Gauge(
    "goldenthread_quarantined_organizations", "Organisations set aside because of a poison event", ["projection"]
)
ORGANIZATIONS = Gauge("goldenthread_organizations_held", "Organisations held in memory", ["process"])
ALERTS = Counter("goldenthread_alerts_total", "Alerts, by kind and what happened (raised, resolved)", ["kind", "what"])
DELIVERIES = Counter("goldenthread_webhook_deliveries_total", "Webhook attempts, by outcome", ["outcome"])
REQUESTS = Histogram("goldenthread_graphql_seconds", "Seconds per GraphQL request, by operation kind", ["kind"])
SUBSCRIBERS = Gauge("goldenthread_subscribers", "Open GraphQL subscriptions", [])
