"""The pipeline: what a change goes through, from its commit to the verdict, the alert and the webhook."""

from __future__ import annotations

from grafana_foundation_sdk.models import units

from tests.deploy.dashboards.tables import NAMESPACE, Dashboard, Panel, PanelKind, PanelQuery, Row, percentiles

_VERDICTS = "goldenthread_verdict_latency_seconds_bucket"


def _dead_letters(within: str) -> str:
    """How many were published; the counter begins with the first one, which `increase` alone does not see."""
    counter = "faststream_published_messages_total{$installation}"
    return f"({counter} unless {counter} offset {within}) or increase({counter}[{within}])"


_NOW = Row(
    "Now",
    (
        Panel(
            PanelKind.NUMBER,
            "From change to verdict",
            "95 of 100 changes of the last 5 minutes had their verdicts after this time, from commit to commit. Good: "
            "below 2.5 s. Without a value nothing was changed.",
            (PanelQuery(f"histogram_quantile(0.95, sum by (le) (rate({_VERDICTS}{{$installation}}[5m]))) >= 0"),),
            units.Seconds,
            4,
            bad_from=2.5,
            alerts=(
                "GoldenThreadVerdictsLate",
                "GoldenThreadVerdictsStopped",
            ),
        ),
        Panel(
            PanelKind.NUMBER,
            "Oldest unpublished event",
            "Age of the oldest event that is stored and that Kafka has not acknowledged. Good: below 10 s.",
            (PanelQuery("max(goldenthread_outbox_age_seconds{$installation})"),),
            units.Seconds,
            4,
            bad_from=30,
            alerts=("GoldenThreadOutboxStuck",),
        ),
        Panel(
            PanelKind.NUMBER,
            "Longest lag of a projection",
            "Age of the oldest known event that a projection has not folded. Good: below 10 s.",
            (PanelQuery("max(goldenthread_projection_lag_seconds{$installation})"),),
            units.Seconds,
            4,
            bad_from=60,
            alerts=(
                "GoldenThreadVerdictsStopped",
                "GoldenThreadAlertsStopped",
                "GoldenThreadGatewayStale",
            ),
        ),
        Panel(
            PanelKind.NUMBER,
            "Stopped organizations",
            "Organizations that are stopped: an event cannot be folded, or their clock raised an error. Good: 0.",
            (
                PanelQuery(
                    "(sum(goldenthread_quarantined_organizations{$installation}) or vector(0)) "
                    "+ (sum(goldenthread_quarantined_clocks{$installation}) or vector(0))"
                ),
            ),
            units.NoUnit,
            4,
            bad_from=1,
            alerts=(
                "GoldenThreadOrganizationQuarantined",
                "GoldenThreadClockStopped",
            ),
        ),
        Panel(
            PanelKind.NUMBER,
            "Dead letters, last hour",
            "Records that could not be read and were put aside. Good: 0.",
            (PanelQuery(f"sum({_dead_letters('1h')}) or vector(0)"),),
            units.NoUnit,
            4,
            bad_from=0.5,
            decimals=0,
            alerts=("GoldenThreadDeadLetters",),
        ),
        Panel(
            PanelKind.NUMBER,
            "Longest wait of a webhook",
            "Age of the oldest message to a receiver that answers. Good: below 1 min. Receivers that are away are not "
            "counted here.",
            (PanelQuery('max(goldenthread_webhook_pending_age_seconds{$installation,receiver="answering"})'),),
            units.Seconds,
            4,
            bad_from=900,
            alerts=("GoldenThreadWebhooksLate",),
        ),
    ),
    height=4,
)

_PUBLISHED = Row(
    "1. A change is committed, and its events are published",
    (
        Panel(
            PanelKind.LINES,
            "Accepted commands",
            "Changes that goals and notifications accepted, in a second. It shows how much there is to do below.",
            (
                PanelQuery(
                    "sum by (app_kubernetes_io_component) "
                    '(rate(goldenthread_commands_total{$installation,outcome="accepted"}[$__rate_interval]))',
                    "{{app_kubernetes_io_component}}",
                ),
            ),
            units.OpsPerSecond,
            8,
        ),
        Panel(
            PanelKind.LINES,
            "Published events",
            "Events that Kafka has acknowledged, in a second. Good: it follows the accepted commands; each causes one "
            "event or more.",
            (
                PanelQuery(
                    "sum by (topic) (rate(goldenthread_events_published_total{$installation}[$__rate_interval]))",
                    "{{topic}}",
                ),
            ),
            units.EventsPerSecond,
            8,
        ),
        Panel(
            PanelKind.LINES,
            "Relays that lead",
            "Relays that publish the events of a topic. Good: exactly 1 for each. 0 for longer than 15 s: nobody "
            "publishes; 2: two processes publish the same events.",
            (
                PanelQuery(
                    "sum by (topic, relay) (goldenthread_relay_lead{$installation})",
                    "{{topic}} {{relay}}",
                ),
            ),
            units.NoUnit,
            8,
            alerts=(
                "GoldenThreadRelayWithoutLeader",
                "GoldenThreadRelayWithSeveralLeaders",
            ),
        ),
        Panel(
            PanelKind.LINES,
            "Age of the oldest unpublished event",
            "Age of the oldest event that is stored and that Kafka has not acknowledged. Good: below 10 s. A line that "
            "rises without an end: Kafka is away, or no relay leads.",
            (PanelQuery("max by (topic) (goldenthread_outbox_age_seconds{$installation})", "{{topic}}"),),
            units.Seconds,
            12,
            bad_from=30,
            alerts=("GoldenThreadOutboxStuck",),
        ),
        Panel(
            PanelKind.LINES,
            "Unpublished events",
            "Events that are stored and that Kafka has not acknowledged. Good: near 0; a large import is a hill that "
            "ends by itself.",
            (PanelQuery("max by (topic) (goldenthread_outbox_pending_events{$installation})", "{{topic}}"),),
            units.Short,
            12,
        ),
    ),
)

_FOLDED = Row(
    "2. Every process folds the events",
    (
        Panel(
            PanelKind.LINES,
            "Folded events",
            "Events that each projection folds in a second. Good: it follows the published events.",
            (
                PanelQuery(
                    "sum by (projection) (rate(goldenthread_events_folded_total{$installation}[$__rate_interval]))",
                    "{{projection}}",
                ),
            ),
            units.EventsPerSecond,
            8,
        ),
        Panel(
            PanelKind.LINES,
            "Lag of the projections",
            "Age of the oldest known event that a projection has not folded. Good: below 10 s. It rises without an end "
            "when a projection stands still.",
            (PanelQuery("max by (projection) (goldenthread_projection_lag_seconds{$installation})", "{{projection}}"),),
            units.Seconds,
            8,
            bad_from=60,
            alerts=(
                "GoldenThreadVerdictsStopped",
                "GoldenThreadAlertsStopped",
                "GoldenThreadGatewayStale",
            ),
        ),
        Panel(
            PanelKind.LINES,
            "Revisions that wait",
            "Revisions that a projection knows of and has not folded; of the gateway, in the pod with the most. Good: "
            "near 0; a hill after a large import.",
            (
                PanelQuery(
                    "sum by (projection) (goldenthread_projection_pending_revisions"
                    '{$installation,app_kubernetes_io_component!="gateway"})',
                    "{{projection}}",
                ),
                PanelQuery(
                    "max by (projection) (goldenthread_projection_pending_revisions"
                    '{$installation,app_kubernetes_io_component="gateway"})',
                    "{{projection}}",
                ),
            ),
            units.Short,
            8,
        ),
    ),
)

_JUDGED = Row(
    "3. Verdicts and alerts",
    (
        Panel(
            PanelKind.LINES,
            "From the commit of a change to the commit of its verdicts",
            "Good: half below 0.1 s, 99 of 100 below 2.5 s. Without a line nothing was changed.",
            percentiles(f"{_VERDICTS}{{$installation}}"),
            units.Seconds,
            12,
            bad_from=2.5,
            alerts=("GoldenThreadVerdictsLate",),
        ),
        Panel(
            PanelKind.LINES,
            "Alerts raised and resolved",
            "Alerts that were raised or resolved in 5 minutes, by kind. Good: both happen. A jump of one kind mostly "
            "comes from one change high up, such as a retired why.",
            (
                PanelQuery(
                    "sum by (kind, what) (increase(goldenthread_alerts_total{$installation}[5m])) > 0",
                    "{{kind}} {{what}}",
                ),
            ),
            units.NoUnit,
            12,
        ),
    ),
)

_DELIVERED = Row(
    "4. Webhooks",
    (
        Panel(
            PanelKind.LINES,
            "Attempts by outcome",
            "Attempts to deliver in a second: delivered, failed (it is tried again), given up (after three days) and "
            "disabled (the webhook was switched off). Good: all delivered.",
            (
                PanelQuery(
                    "sum by (outcome) (rate(goldenthread_webhook_deliveries_total{$installation}[$__rate_interval]))",
                    "{{outcome}}",
                ),
            ),
            units.OpsPerSecond,
            8,
            alerts=(
                "GoldenThreadWebhooksFailing",
                "GoldenThreadWebhookGivenUp",
            ),
        ),
        Panel(
            PanelKind.LINES,
            "Messages that wait",
            "Messages that were not delivered yet: to receivers that answer, and to those whose last attempt failed. "
            "Good: near 0. A receiver that is away lets the second line rise; the others get theirs all the same.",
            (
                PanelQuery(
                    "max by (receiver) (goldenthread_webhook_pending_deliveries{$installation})",
                    "receivers that are {{receiver}}",
                ),
            ),
            units.Short,
            8,
        ),
        Panel(
            PanelKind.LINES,
            "Age of the oldest message that waits",
            "Good: below 1 min for receivers that answer. For one that is away it rises, for three days at most.",
            (
                PanelQuery(
                    "max by (receiver) (goldenthread_webhook_pending_age_seconds{$installation})",
                    "receivers that are {{receiver}}",
                ),
            ),
            units.Seconds,
            8,
            bad_from=900,
            alerts=(
                "GoldenThreadWebhooksLate",
                "GoldenThreadWebhooksFailing",
            ),
        ),
    ),
)

_WRONG = Row(
    "What went wrong",
    (
        Panel(
            PanelKind.LINES,
            "Faults of streams, and repairs",
            "In 5 minutes: gaps and forks of a stream, streams that were silent, and what a projection did about it. "
            "Good: nothing, or single repairs under load. After a broker was restored many are normal, for a while.",
            (
                PanelQuery(
                    "sum by (projection, kind) (increase(goldenthread_repairs_total{$installation}[5m])) > 0",
                    "{{projection}}: {{kind}}",
                ),
            ),
            units.NoUnit,
            8,
            alerts=(
                "GoldenThreadStreamForked",
                "GoldenThreadStreamRepairs",
            ),
        ),
        Panel(
            PanelKind.LINES,
            "Stopped organizations, by projection",
            "Organizations that a projection has stopped because of an event that it cannot fold, and those whose "
            "clock is stopped. Good: 0. Others are not affected.",
            (
                PanelQuery(
                    "sum by (projection) (goldenthread_quarantined_organizations{$installation})",
                    "{{projection}}",
                ),
                PanelQuery("sum(goldenthread_quarantined_clocks{$installation})", "clock"),
            ),
            units.NoUnit,
            8,
            bad_from=1,
            alerts=(
                "GoldenThreadOrganizationQuarantined",
                "GoldenThreadClockStopped",
            ),
        ),
        Panel(
            PanelKind.LINES,
            "Dead letters",
            "Records that could not be read and were put aside, in 5 minutes, by topic. Good: nothing.",
            (PanelQuery(f"sum by (destination) ({_dead_letters('5m')}) > 0", "{{destination}}"),),
            units.NoUnit,
            8,
            alerts=("GoldenThreadDeadLetters",),
        ),
        Panel(
            PanelKind.LINES,
            "Duration of batches",
            "95 of 100 batches of records were handled in less, by topic. Good: below 1 s.",
            (
                PanelQuery(
                    "histogram_quantile(0.95, sum by (le, app_kubernetes_io_component, handler) (rate("
                    "faststream_received_processed_messages_duration_seconds_bucket{$installation}[$__rate_interval])))",
                    "{{app_kubernetes_io_component}}: {{handler}}",
                ),
            ),
            units.Seconds,
            12,
        ),
        Panel(
            PanelKind.LINES,
            "Secrets that cannot be decrypted",
            "Addresses and keys of webhooks that notifications cannot decrypt; nothing is sent to these webhooks. "
            "Good: 0. The key file of notifications lacks a key.",
            (PanelQuery("max by (purpose) (goldenthread_unreadable_secrets{$installation})", "{{purpose}}"),),
            units.NoUnit,
            12,
            bad_from=1,
            alerts=("GoldenThreadSecretsUnreadable",),
        ),
    ),
)

DASHBOARD = Dashboard(
    "pipeline",
    "Golden Thread: pipeline",
    "What a change goes through, from its commit to the verdict, the alert and the webhook; how long it takes, and "
    "where something is stuck.",
    (NAMESPACE,),
    (_NOW, _PUBLISHED, _FOLDED, _JUDGED, _DELIVERED, _WRONG),
)
