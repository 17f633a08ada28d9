"""Every metric of a process. One is added here; its instrument, documentation and tests follow (`telemetry_schema`)."""

from __future__ import annotations

from goldenthread.contracts.events.alerts import AlertKind
from goldenthread.contracts.topics import STREAMS
from goldenthread.runtime.observability.telemetry_types import (
    AttributeSchema,
    InstrumentKind,
    LibraryMetric,
    MetricSchema,
)

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0)
"""The bounds that OpenTelemetry's conventions give for the durations of requests."""
_LATENCY = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)
_COMMAND_TYPE = AttributeSchema("type", "Type of the command", range="one for each type of command, about 50")
_TOPIC = AttributeSchema("topic", "Topic", STREAMS)
_PROJECTION = AttributeSchema("projection", "Consumer group of the projection", range="at most two in a process")
_ORGANIZATION = AttributeSchema(
    "organization",
    "Id of the organization; `other`: all that are not shown separately",
    range="`GOLDENTHREAD_METRICS_ORGANIZATIONS`, and `other`",
)
_PURPOSE = AttributeSchema("purpose", "What the key is for", range="one for each purpose of keys")
_RECEIVER = AttributeSchema(
    "receiver", "Whether the last attempt to deliver to its webhook failed", ("answering", "failing")
)
_POOL = AttributeSchema("db.client.connection.pool.name", "HOST:PORT/DATABASE", range="one in a process")

METRICS: tuple[MetricSchema, ...] = (
    MetricSchema(
        "goldenthread.ready",
        InstrumentKind.OBSERVABLE_GAUGE,
        "{process}",
        "1 if the process is ready, as /ready says it, and 0 if it is not, or still starting",
    ),
    MetricSchema(
        "goldenthread.commands",
        InstrumentKind.COUNTER,
        "{command}",
        "Commands, by type and outcome",
        (_COMMAND_TYPE, AttributeSchema("outcome", "Outcome of the command", ("accepted", "repeated", "refused"))),
    ),
    MetricSchema(
        "goldenthread.command.duration",
        InstrumentKind.HISTOGRAM,
        "s",
        "Time from a command's arrival to its commit; refused commands are not measured",
        (_COMMAND_TYPE,),
        _SECONDS,
    ),
    MetricSchema(
        "goldenthread.events.published",
        InstrumentKind.COUNTER,
        "{event}",
        "Events acknowledged by the broker",
        (_TOPIC,),
    ),
    MetricSchema(
        "goldenthread.events.folded",
        InstrumentKind.COUNTER,
        "{event}",
        "Events handed to a projection, or shown by the gateway",
        (_PROJECTION,),
    ),
    MetricSchema(
        "goldenthread.projection.lag",
        InstrumentKind.OBSERVABLE_GAUGE,
        "s",
        "Time since the oldest event was written that is known and not folded here, 0 if there is none; quarantined"
        " organizations do not count; take the maximum over processes",
        (_PROJECTION,),
    ),
    MetricSchema(
        "goldenthread.projection.pending.revisions",
        InstrumentKind.OBSERVABLE_GAUGE,
        "{revision}",
        "Events that are known and not folded here, of all streams and organizations of this process; take the sum"
        " over processes, for the gateway the maximum",
        (_PROJECTION,),
    ),
    MetricSchema(
        "goldenthread.upstream.answer.age",
        InstrumentKind.OBSERVABLE_GAUGE,
        "s",
        "Time since an upstream last said how far it is; the lag is as old as that",
        (
            _PROJECTION,
            AttributeSchema("upstream", "The service that was asked", ("goals", "alignment", "notifications")),
        ),
    ),
    MetricSchema(
        "goldenthread.verdict.latency",
        InstrumentKind.HISTOGRAM,
        "s",
        "Time from an event of goals to the commit of the verdicts it causes, of the oldest event of each save; an"
        " organization that is judged again from its first event is not measured",
        (),
        _LATENCY,
    ),
    MetricSchema(
        "goldenthread.outbox.pending.events",
        InstrumentKind.OBSERVABLE_GAUGE,
        "{event}",
        "Stored events that the broker has not acknowledged, in the whole database, of 10,000 organizations at most;"
        " every process of a service shows the same number: take the maximum",
        (_TOPIC,),
    ),
    MetricSchema(
        "goldenthread.outbox.age",
        InstrumentKind.OBSERVABLE_GAUGE,
        "s",
        "Age of the oldest stored event that the broker has not acknowledged, 0 if there is none; take the maximum "
        "over processes",
        (_TOPIC,),
    ),
    MetricSchema(
        "goldenthread.repairs",
        InstrumentKind.OBSERVABLE_COUNTER,
        "{repair}",
        "Faults of a stream (gap, forked, silences), and actions of a projection (repairs, rebuilds, conflicts)",
        (
            _PROJECTION,
            AttributeSchema(
                "kind",
                "Kind of fault or action",
                ("gap", "forked", "silences", "repairs", "rebuilds", "conflicts"),
            ),
        ),
    ),
    MetricSchema(
        "goldenthread.quarantined.organizations",
        InstrumentKind.OBSERVABLE_GAUGE,
        "{organization}",
        "Organizations that are stopped because of an event that cannot be folded",
        (_PROJECTION,),
    ),
    MetricSchema(
        "goldenthread.quarantined.clocks",
        InstrumentKind.OBSERVABLE_GAUGE,
        "{organization}",
        "Organizations whose clock is stopped because it raised an error",
    ),
    MetricSchema(
        "goldenthread.unforeseen.errors",
        InstrumentKind.COUNTER,
        "{error}",
        "Unexpected errors, by the part of the process in which they were raised",
        (AttributeSchema("where", "The part of the process, or the name of its task", range="about 20"),),
    ),
    MetricSchema(
        "goldenthread.organizations.held",
        InstrumentKind.OBSERVABLE_GAUGE,
        "{organization}",
        "Organizations held in memory",
        (AttributeSchema("process", "The process that holds them", ("goals", "gateway")),),
    ),
    MetricSchema(
        "goldenthread.alerts",
        InstrumentKind.COUNTER,
        "{alert}",
        "Alerts that were raised or resolved, by kind",
        (
            AttributeSchema("kind", "Kind of the alert", tuple(each.value for each in AlertKind)),
            AttributeSchema("what", "Whether the alert was raised or resolved", ("raised", "resolved")),
        ),
    ),
    MetricSchema(
        "goldenthread.webhook.deliveries",
        InstrumentKind.COUNTER,
        "{attempt}",
        "Attempts to deliver to a webhook, by outcome",
        (AttributeSchema("outcome", "Outcome of the attempt", ("delivered", "failed", "given_up", "disabled")),),
    ),
    MetricSchema(
        "goldenthread.webhook.pending.deliveries",
        InstrumentKind.OBSERVABLE_GAUGE,
        "{delivery}",
        "Deliveries that are neither delivered nor given up, in the whole database, the 10,000 oldest at most; every"
        " process shows the same number: take the maximum",
        (_RECEIVER,),
    ),
    MetricSchema(
        "goldenthread.webhook.pending.age",
        InstrumentKind.OBSERVABLE_GAUGE,
        "s",
        "Time since the oldest delivery that is neither delivered nor given up was written, 0 if there is none; take "
        "the maximum over processes",
        (_RECEIVER,),
    ),
    MetricSchema(
        "goldenthread.encrypted.secrets",
        InstrumentKind.OBSERVABLE_GAUGE,
        "{secret}",
        "Stored secrets that are encrypted with a key, in the whole database; a key without any may be removed",
        (_PURPOSE, AttributeSchema("kid", "Id of the key; empty: not encrypted yet", range="keys in the file")),
    ),
    MetricSchema(
        "goldenthread.unreadable.secrets",
        InstrumentKind.OBSERVABLE_GAUGE,
        "{secret}",
        "Stored secrets that this process cannot decrypt; nothing is sent to such a webhook",
        (_PURPOSE,),
    ),
    MetricSchema(
        "goldenthread.graphql.duration",
        InstrumentKind.HISTOGRAM,
        "s",
        "Duration of a GraphQL request over HTTP; requests whose client went away are not measured",
        (
            AttributeSchema("kind", "Kind of the operation; unknown: not read", ("query", "mutation", "unknown")),
            AttributeSchema(
                "outcome",
                "Outcome; refused: the caller's fault, failed: ours, perhaps only for a part of the answer",
                ("answered", "refused", "failed"),
            ),
        ),
        _SECONDS,
    ),
    MetricSchema(
        "goldenthread.subscribers",
        InstrumentKind.UP_DOWN_COUNTER,
        "{operation}",
        "Open GraphQL operations over WebSockets",
    ),
    MetricSchema(
        "goldenthread.relay.lead",
        InstrumentKind.UP_DOWN_COUNTER,
        "{relay}",
        "Relays that are the leader in this process; the sum over all processes of a service is one for each relay",
        (_TOPIC, AttributeSchema("relay", "Whose streams it publishes", ("common", "large"))),
    ),
    MetricSchema(
        "db.client.connection.count",
        InstrumentKind.OBSERVABLE_UP_DOWN_COUNTER,
        "{connection}",
        "Connections of the pool, by state",
        (_POOL, AttributeSchema("db.client.connection.state", "State of the connections", ("idle", "used"))),
    ),
    MetricSchema(
        "db.client.connection.max",
        InstrumentKind.OBSERVABLE_UP_DOWN_COUNTER,
        "{connection}",
        "The most connections that the pool may have",
        (_POOL,),
    ),
    MetricSchema(
        "db.client.connection.pending_requests",
        InstrumentKind.OBSERVABLE_UP_DOWN_COUNTER,
        "{request}",
        "Requests that wait for a connection of the pool, because all are in use",
        (_POOL,),
    ),
    # The four that follow are of the whole installation. One process shows them: aggregate them with `max by`.
    MetricSchema(
        "goldenthread.objectives",
        InstrumentKind.OBSERVABLE_GAUGE,
        "{objective}",
        "Active objectives, by the state of their alignment; one pod of alignment shows all organizations",
        (
            _ORGANIZATION,
            AttributeSchema(
                "state", "State of the objectives (docs/figures.md)", ("aligned", "unexplained", "pending", "orphaned")
            ),
        ),
    ),
    MetricSchema(
        "goldenthread.cascade.coverage.ratio",
        InstrumentKind.OBSERVABLE_GAUGE,
        "1",
        "Share of the answers to whys that were asked for and given; one pod of alignment shows all organizations",
        (_ORGANIZATION,),
    ),
    MetricSchema(
        "goldenthread.organization.info",
        InstrumentKind.OBSERVABLE_GAUGE,
        "{organization}",
        "1 for each organization that is shown; one pod of alignment shows all",
        (
            _ORGANIZATION,
            AttributeSchema(
                "name", "Name of the organization", range="its id, unless `GOLDENTHREAD_METRICS_NAMES` is set"
            ),
        ),
    ),
    MetricSchema(
        "goldenthread.open.alerts",
        InstrumentKind.OBSERVABLE_GAUGE,
        "{alert}",
        "Alerts that are not resolved, also acknowledged ones; one pod of notifications shows all organizations",
        (AttributeSchema("kind", "Kind of the alert", tuple(each.value for each in AlertKind)),),
    ),
    MetricSchema(
        "goldenthread.returned",
        InstrumentKind.OBSERVABLE_GAUGE,
        "{entity}",
        "What had ended for good and is there again, because goals was restored from a backup and the log of erasures"
        " was not replayed; 1,000 of each at most",
        (AttributeSchema("what", "What is back", ("erased people", "ended invitations", "deleted organizations")),),
    ),
)

_TOOK, _SENT = ("app_name", "broker", "handler"), ("app_name", "broker", "destination")
FASTSTREAM_METRICS: tuple[LibraryMetric, ...] = (
    LibraryMetric("faststream_received_messages_total", "counter", "Records that were received", _TOOK),
    LibraryMetric("faststream_received_messages_size_bytes", "histogram", "Size of a batch", _TOOK),
    LibraryMetric("faststream_received_messages_in_process", "gauge", "Records that are handled now", _TOOK),
    LibraryMetric(
        "faststream_received_processed_messages_total", "counter", "Records that were handled", (*_TOOK, "status")
    ),
    LibraryMetric(
        "faststream_received_processed_messages_duration_seconds", "histogram", "Time to handle a batch", _TOOK
    ),
    LibraryMetric(
        "faststream_received_processed_messages_exceptions_total",
        "counter",
        "Errors of the handler",
        (*_TOOK, "exception_type"),
    ),
    LibraryMetric("faststream_published_messages_total", "counter", "Dead letters published", (*_SENT, "status")),
    LibraryMetric(
        "faststream_published_messages_duration_seconds", "histogram", "Time to publish a dead letter", _SENT
    ),
    LibraryMetric(
        "faststream_published_messages_exceptions_total",
        "counter",
        "Errors of publishing a dead letter",
        (*_SENT, "exception_type"),
    ),
)
"""What FastStream's middleware measures in alignment and notifications. `app_name` is the client id; `handler` and
`destination` are topics: of a batch, that of its first record.
"""
