"""Recorded lines of the public surface that are gone or differ on purpose, each with the reason."""

_SPELLING = "organization is spelled as in the API, in every text"

_TOKEN_HELP = "Print a token for a person with a role (added to the organisation if need be), valid for twelve hours."

_PROCESSES = ("alignment", "gateway", "goals", "notifications")
_OTEL_SETTINGS = "OpenTelemetry's own variables say where traces go (docs/settings.md, OpenTelemetry)"
_METRICS_EXPORTER = "what anything else did is called none; a name that does not exist is logged"
_HEADER = "the instrumentation package reads trace context, in every form that OTEL_PROPAGATORS names"
_SPANS = (
    "spans follow OpenTelemetry's semantic conventions; the new ones are in span_schema.py, old and new in CHANGELOG"
)
_OLD_SPANS = (
    "gateway span POST /graphql()",
    "goals span POST /v1/commands()",
    "goals span command {}(organization)",
    "goldenthread span {} fold(records)",
    "notifications span POST /v1/commands()",
    "notifications span command {}(organization)",
)
_DURATION = "durations are named by OpenTelemetry's conventions; listed old → new in the CHANGELOG"

_ISSUER = "is needed only where GOLDENTHREAD_ISSUERS_FILE is not set, which names several issuers"

_HELP = "help texts say `by default`; what the options do is as before"
_OLD_HELP = (
    "export argument 1 help: Where to write it; printed unless told, or where it is `-`.",
    "health --since help: First day of the sparkline; two weeks back unless told.",
    "health argument 1 help: Name or id of a unit; all of them unless told.",
    "import --format help: What the file is; found out unless told.",
    "import --sheet help: The sheet of a workbook; the first that has rows unless told.",
    "import --source help: Whose rows these are; unless told the earlier source that it shares its rows with.",
    "reciprocity --since help: First day that counts; all of them unless told.",
    "reciprocity argument 1 help: Name or id of a unit; a matrix of all unless told.",
    "tree --depth help: Levels below the roots; all unless told.",
    "turns --unit help: Name or id of a unit; yours unless told.",
    "up --http-port help: Port of the gateway; the one it had before, or 8080, unless told.",
)

_DOCTOR_HELP = (
    "doctor help: Check the configuration and the processes; exits with 1 when something is wrong. With --deployment"
    " the environment is that of a process, as in its pod: `kubectl exec deploy/goldenthread-goals -- goldenthread"
    " doctor --deployment goals`. Its settings, database, Kafka, issuer and neighbours are asked, within ten seconds;"
    " nothing is changed. Exits with 2 when settings are wrong."
)

_LOGIN_NEEDED = (
    "POST /v1/organizations body.admin_subject: string, required",
    "gateway POST /organizations body.administrator.subject: string, required",
    "organization create --admin-email help: Where they read mail.",
    "organization create --admin-subject help: Their login: the claim `sub` of their tokens. On one machine: admin.",
    "organization create help: Create an organization with a root unit and its first administrator. The same --id again"
    " changes nothing.",
)

_ERASURES_HELP = (
    "erasures summary: Write the log of erasures to a file, or erase again after a restore.",
    "erasures help: Write the log of erasures to a file (export), or erase again in a restored backup whom it names"
    " (replay). A backup brings back the names of people who were erased after it was made. So export before you"
    " restore, and with every backup; and replay into the restored database of goals, before goals starts on it. The"
    " log has ids and times, and no personal data. A second replay of a file changes nothing. The databases are those"
    " of GOLDENTHREAD_DATABASE_URL_GOALS (or GOLDENTHREAD_DATABASE_URL) and GOLDENTHREAD_DATABASE_URL_NOTIFICATIONS;"
    " without any, those of the instance that runs on the data dir. An export takes what either knows: that of"
    " notifications alone, where the database of goals is lost. Ends with 1 when a database or the file cannot be used,"
    " and with 2 when settings are wrong.",
)

CHANGES: dict[str, str] = {
    **dict.fromkeys(_ERASURES_HELP, "the log has deletions and invitations, too"),
    "Query.people(search: String, unit: ID, first: Int, after: String): PersonConnection!": (
        "also filtered by who has signed in; the arguments that were there mean what they did"
    ),
    "POST /v1/organizations body.id: string, required": "an organization's id is made where none is given",
    **dict.fromkeys(_LOGIN_NEEDED, "without a login the first administrator is invited; with one it is as before"),
    "organization summary: Create, list and rename the organizations of an installation.": "deletes, too",
    "histogram goldenthread_command_seconds(type)": _DURATION,
    "histogram goldenthread_graphql_seconds(kind)": _DURATION,
    "histogram goldenthread_graphql_duration_seconds(kind)": "has the attribute outcome; refused requests count, too",
    "goldenthread help: Keeps an organisation's why intact from the boardroom to the last team.": _SPELLING,
    f"token help: {_TOKEN_HELP}": _SPELLING,
    **{
        f"GOLDENTHREAD_HELD_WEIGHT of {each}: a whole number of at least 1; unless set: `5000000`": (
            "what it held did not fit into the memory limit of deploy/k8s (docs/decisions/0069)"
        )
        for each in ("alignment", "notifications")
    },
    **{f"GOLDENTHREAD_OTLP_ENDPOINT of {each}: text; unless set: nothing": _OTEL_SETTINGS for each in _PROCESSES},
    **{
        f"GOLDENTHREAD_TRACES of {each}: `off`, `console` or `otlp`; unless set: `off`": _OTEL_SETTINGS
        for each in _PROCESSES
    },
    "OTEL_METRICS_EXPORTER: `otlp`, or anything else; unless set: nothing": _METRICS_EXPORTER,
    **{f"{each} header traceparent": _HEADER for each in ("gateway", "goals", "notifications")},
    **{f"GOLDENTHREAD_ISSUER of {each}: text; unless set: **needed**": _ISSUER for each in _PROCESSES},
    _DOCTOR_HELP: "with --deployment, --token is examined; the rest is as before",
    **dict.fromkeys(_OLD_SPANS, _SPANS),
    **dict.fromkeys(_OLD_HELP, _HELP),
}
"""Recorded line → why it no longer holds, and what replaces it."""
