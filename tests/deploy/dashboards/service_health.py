"""Service health: are the processes there, do they answer, how fast, and what do they use."""

from __future__ import annotations

from grafana_foundation_sdk.models import units

from tests.deploy.dashboards.tables import (
    COMPONENT,
    NAMESPACE,
    POD,
    Dashboard,
    Panel,
    PanelKind,
    PanelQuery,
    Row,
    percentiles,
)

_GRAPHQL = "goldenthread_graphql_duration_seconds"

_NOW = Row(
    "Now",
    (
        Panel(
            PanelKind.NUMBER,
            "Pods that do not answer",
            "Pods whose metrics Prometheus cannot read. Good: 0. A pod that is being replaced is one for some seconds.",
            (PanelQuery("count(up{$pods} == 0) or vector(0)"),),
            units.NoUnit,
            4,
            bad_from=1,
            alerts=(
                "GoldenThreadProcessDown",
                "GoldenThreadReplicaDown",
            ),
        ),
        Panel(
            PanelKind.NUMBER,
            "Pods that are not ready",
            "Pods that say that they cannot work: PostgreSQL, Kafka or another process does not answer, or they are "
            "still starting. Good: 0. `/ready` of the pod says in a sentence what is missing.",
            (PanelQuery("count(goldenthread_ready{$pods} == 0) or vector(0)"),),
            units.NoUnit,
            4,
            bad_from=1,
            alerts=("GoldenThreadNotReady",),
        ),
        Panel(
            PanelKind.NUMBER,
            "Unexpected errors, last hour",
            "Errors that the code did not foresee. Good: 0. Each is in the log, with its traceback.",
            (PanelQuery("sum(increase(goldenthread_unforeseen_errors_total{$pods}[1h])) or vector(0)"),),
            units.NoUnit,
            4,
            bad_from=0.5,
            decimals=0,
            alerts=("GoldenThreadUnforeseenErrors",),
        ),
        Panel(
            PanelKind.NUMBER,
            "GraphQL requests that failed",
            "Share of GraphQL requests that failed through our fault in the last 5 minutes. Requests that were refused "
            "because of what the caller sent are not counted. Good: 0 %. Without a value there were no requests.",
            (
                PanelQuery(
                    f'(sum(rate({_GRAPHQL}_count{{$installation,outcome="failed"}}[5m])) or vector(0)) '
                    f"/ (sum(rate({_GRAPHQL}_count{{$installation}}[5m])) > 0)"
                ),
            ),
            units.PercentUnit,
            4,
            bad_from=0.01,
            decimals=1,
            alerts=(
                "GoldenThreadRequestsFailing",
                "GoldenThreadErrorBudgetBurning",
            ),
        ),
        Panel(
            PanelKind.NUMBER,
            "GraphQL, slowest 1 in 100",
            "99 of 100 GraphQL requests of the last 5 minutes took less. Good: below 1 s. "
            "Without a value there were no requests.",
            (
                PanelQuery(
                    f"histogram_quantile(0.99, sum by (le) (rate({_GRAPHQL}_bucket{{$installation}}[5m]))) >= 0",
                ),
            ),
            units.Seconds,
            4,
            bad_from=1,
            alerts=("GoldenThreadRequestsSlow",),
        ),
        Panel(
            PanelKind.NUMBER,
            "Restarts, last hour",
            "How often a process began anew in a pod that stayed. Good: 0. Pods that were replaced are not counted.",
            (PanelQuery("sum(changes(process_start_time_seconds{$pods}[1h])) or vector(0)"),),
            units.NoUnit,
            4,
            bad_from=1,
            alerts=("GoldenThreadRestarting",),
        ),
    ),
    height=4,
)

_PROCESSES = Row(
    "Processes",
    (
        Panel(
            PanelKind.LINES,
            "Pods that answer",
            "Pods of each process whose metrics Prometheus can read. Good: a level line at the number of replicas.",
            (PanelQuery("sum by (app_kubernetes_io_component) (up{$pods})", "{{app_kubernetes_io_component}}"),),
            units.NoUnit,
            8,
            alerts=(
                "GoldenThreadNothingScraped",
                "GoldenThreadReplicaDown",
            ),
        ),
        Panel(
            PanelKind.LINES,
            "Pods that are ready",
            "Pods of each process that say that they can work. Good: the same lines as in the panel to the left.",
            (
                PanelQuery(
                    "sum by (app_kubernetes_io_component) (goldenthread_ready{$pods})",
                    "{{app_kubernetes_io_component}}",
                ),
            ),
            units.NoUnit,
            8,
        ),
        Panel(
            PanelKind.TABLE,
            "Versions",
            "Pods of each process and version. Good: one version, but for the minutes of an upgrade.",
            (
                PanelQuery(
                    "count by (app_kubernetes_io_component, service_version) (target_info{$pods})",
                    "Pods",
                ),
            ),
            units.NoUnit,
            8,
            row_labels=(("app_kubernetes_io_component", "Process"), ("service_version", "Version")),
        ),
    ),
)

_REQUESTS = Row(
    "GraphQL and commands",
    (
        Panel(
            PanelKind.LINES,
            "GraphQL requests by outcome",
            "GraphQL requests in a second, by kind and outcome: answered, refused (because of what the caller sent) "
            "and failed (through our fault). Good: no failed ones.",
            (
                PanelQuery(
                    f"sum by (kind, outcome) (rate({_GRAPHQL}_count{{$installation}}[$__rate_interval]))",
                    "{{kind}} {{outcome}}",
                ),
            ),
            units.RequestsPerSecond,
            8,
            alerts=(
                "GoldenThreadRequestsFailing",
                "GoldenThreadErrorBudgetBurning",
            ),
        ),
        Panel(
            PanelKind.LINES,
            "Duration of queries",
            "How long GraphQL queries take: half of them less than the lowest line, 99 of 100 less than the highest. "
            "Good: below 1 s.",
            percentiles(f'{_GRAPHQL}_bucket{{$installation,kind="query"}}'),
            units.Seconds,
            8,
            alerts=("GoldenThreadRequestsSlow",),
        ),
        Panel(
            PanelKind.LINES,
            "Duration of mutations",
            "How long GraphQL mutations take, until the change is stored. Good: below 1 s; large imports take longer.",
            percentiles(f'{_GRAPHQL}_bucket{{$installation,kind="mutation"}}'),
            units.Seconds,
            8,
        ),
        Panel(
            PanelKind.LINES,
            "Commands by outcome",
            "Commands in a second: accepted, refused by a rule (which is normal), or repeated, when a caller sent the "
            "same one again. Good: mostly accepted; a jump of refused ones is a client with a mistake.",
            (
                PanelQuery(
                    "sum by (outcome) (rate(goldenthread_commands_total{$installation}[$__rate_interval]))",
                    "{{outcome}}",
                ),
            ),
            units.OpsPerSecond,
            8,
        ),
        Panel(
            PanelKind.LINES,
            "Duration of commands, the slowest types",
            "95 of 100 commands of a type take less, from their arrival to their commit; the five slowest types. Good: "
            "below 0.5 s, but for imports.",
            (
                PanelQuery(
                    "topk(5, histogram_quantile(0.95, sum by (le, type) "
                    "(rate(goldenthread_command_duration_seconds_bucket{$installation}[$__rate_interval]))))",
                    "{{type}}",
                ),
            ),
            units.Seconds,
            8,
        ),
        Panel(
            PanelKind.LINES,
            "Open subscriptions",
            "GraphQL operations over WebSockets that are open at each gateway. Good: near the number of people and "
            "programs that watch; a fall to 0 is a gateway that lost all of them.",
            (
                PanelQuery(
                    'sum by (pod) (goldenthread_subscribers{$installation,app_kubernetes_io_component="gateway"})',
                    "{{pod}}",
                ),
            ),
            units.NoUnit,
            8,
        ),
    ),
)

_ERRORS = Row(
    "Errors and restarts",
    (
        Panel(
            PanelKind.LINES,
            "Unexpected errors",
            "Errors that the code did not foresee in the last 5 minutes, by the part of the process. Good: no lines "
            "above 0.",
            (
                PanelQuery(
                    "sum by (app_kubernetes_io_component, where) "
                    "(increase(goldenthread_unforeseen_errors_total{$pods}[5m])) > 0",
                    "{{app_kubernetes_io_component}}: {{where}}",
                ),
            ),
            units.NoUnit,
            12,
            alerts=("GoldenThreadUnforeseenErrors",),
        ),
        Panel(
            PanelKind.LINES,
            "Age of each process",
            "Time since the process began. Good: lines that rise; a fall to 0 is a restart.",
            (PanelQuery("time() - process_start_time_seconds{$pods}", "{{pod}}"),),
            units.Seconds,
            12,
            alerts=("GoldenThreadRestarting",),
        ),
    ),
)

_RESOURCES = Row(
    "What the processes use",
    (
        Panel(
            PanelKind.LINES,
            "Memory",
            "Resident memory of each pod. Good: level over days, and well below the limit of the pod; alignment needs "
            "up to 450 MB while it compiles, and up to 220 bytes for each goal and link in memory.",
            (PanelQuery("process_resident_memory_bytes{$pods}", "{{pod}}"),),
            units.BytesIEC,
            8,
            alerts=("GoldenThreadMemoryNearLimit",),
        ),
        Panel(
            PanelKind.LINES,
            "CPU",
            "Cores that each pod uses. Good: below 1, because a process computes mostly on one core; near 1 for "
            "minutes: there is too much work for one pod.",
            (PanelQuery("rate(process_cpu_seconds_total{$pods}[$__rate_interval])", "{{pod}}"),),
            units.Short,
            8,
        ),
        Panel(
            PanelKind.LINES,
            "Database connections in use",
            "Share of the connections to PostgreSQL that are in use in each pod. Good: below 80 %; at 100 % requests "
            "wait for a connection.",
            (
                PanelQuery(
                    'sum by (pod) (db_client_connection_count{$pods,db_client_connection_state="used"}) '
                    "/ sum by (pod) (db_client_connection_max{$pods})",
                    "{{pod}}",
                ),
            ),
            units.PercentUnit,
            8,
            highest=1,
            alerts=("GoldenThreadPoolExhausted",),
        ),
        Panel(
            PanelKind.LINES,
            "Requests that wait for a connection",
            "Requests that wait for a connection to PostgreSQL, in each pod. Good: 0.",
            (
                PanelQuery(
                    "sum by (pod) (db_client_connection_pending_requests{$pods})",
                    "{{pod}}",
                ),
            ),
            units.NoUnit,
            8,
            alerts=("GoldenThreadPoolExhausted",),
        ),
        Panel(
            PanelKind.LINES,
            "Organizations in memory",
            "Organizations that goals and the gateway hold in memory. Good: level; it falls when organizations that "
            "nobody asks about are dropped.",
            (PanelQuery("sum by (process) (goldenthread_organizations_held{$installation})", "{{process}}"),),
            units.NoUnit,
            8,
        ),
        Panel(
            PanelKind.LINES,
            "Open files",
            "Share of the files and connections that each pod may have open. Good: below 80 %.",
            (PanelQuery("process_open_fds{$pods} / process_max_fds{$pods}", "{{pod}}"),),
            units.PercentUnit,
            8,
            highest=1,
        ),
    ),
)

DASHBOARD = Dashboard(
    "service-health",
    "Golden Thread: service health",
    "Are the four processes there, do they answer, how fast, and what do they use?",
    (NAMESPACE, COMPONENT, POD),
    (_NOW, _PROCESSES, _REQUESTS, _ERRORS, _RESOURCES),
)
