"""Every span of a process, of our own code and of the instrumentation packages. To add a span, begin here: a test
compares the table with the spans that processes send, and the documentation is generated from it.
"""

from __future__ import annotations

from opentelemetry.trace import SpanKind

from goldenthread.runtime.observability.telemetry_types import AttributeSchema, SpanSchema
from goldenthread.runtime.observability.tracing import ORGANIZATION

_ALL = ("goals", "alignment", "notifications", "gateway")
_WRITERS = ("goals", "alignment", "notifications")
_READERS = ("alignment", "notifications")

_ERROR = AttributeSchema("error.type", "Why it failed: the class of an error, a status code, or the code of a refusal.")
_OF_ORGANIZATION = AttributeSchema(ORGANIZATION, "The organization.")
_PORT = AttributeSchema("server.port", "The port of the server.")
_ADDRESS = AttributeSchema("server.address", "The name or the address of the server.")
_METHOD = AttributeSchema("http.request.method", "The method of the request.")
_STATUS = AttributeSchema("http.response.status_code", "The status of the answer.")
_PROTOCOL = AttributeSchema("network.protocol.version", "The version of HTTP.")
_SYSTEM = AttributeSchema("messaging.system", "The broker's system.", ("kafka",))
_TOPIC = AttributeSchema("messaging.destination.name", "The topic.")
_COUNT = AttributeSchema("messaging.batch.message_count", "The number of events.")


def _operation(name: str) -> tuple[AttributeSchema, AttributeSchema]:
    return (
        AttributeSchema("messaging.operation.name", "The operation.", (name,)),
        AttributeSchema("messaging.operation.type", "The type of the operation in the conventions.", (name,)),
    )


_REQUEST = SpanSchema(
    "{http.request.method} {http.route}",
    SpanKind.SERVER,
    "A request to this process's HTTP API, from its head to the end of the answer. Requests to /live, /ready, /metrics"
    " and /v1/heads have no span, because they are polled. A WebSocket has a span for each operation instead.",
    _ALL,
    (
        _METHOD,
        AttributeSchema("http.route", "The route in the code."),
        AttributeSchema("url.scheme", "The scheme.", ("http", "https")),
        AttributeSchema("url.path", "The path. The query string, which may name people, is in no span."),
        _ADDRESS,
        _PORT,
        _PROTOCOL,
    ),
    (
        _STATUS,
        AttributeSchema("client.address", "The address of the client."),
        AttributeSchema("client.port", "The port of the client."),
        AttributeSchema("user_agent.original", "The `User-Agent` that the client sends."),
        AttributeSchema("user_agent.synthetic.type", "Bot or test, if the `User-Agent` says so."),
        AttributeSchema("http.request.method_original", "The method, if it is not one of HTTP."),
        _ERROR,
    ),
    made_by="opentelemetry-instrumentation-asgi",
)

_HTTP = (
    _REQUEST,
    SpanSchema(
        "{http.request.method}",
        SpanKind.SERVER,
        "A request to a path that does not exist.",
        _ALL,
        tuple(each for each in _REQUEST.attributes if each.name != "http.route"),
        _REQUEST.sometimes,
        made_by=_REQUEST.made_by,
    ),
    SpanSchema(
        "{http.request.method}",
        SpanKind.CLIENT,
        "A request to another of the four processes, made within another span. It carries trace context. Requests to"
        " the issuer have no span.",
        ("alignment", "notifications", "gateway"),
        (
            _METHOD,
            AttributeSchema("url.full", "The URL without its query string, which may name people."),
            _ADDRESS,
            _PORT,
            AttributeSchema("network.peer.address", "The same address."),
            AttributeSchema("network.peer.port", "The same port."),
        ),
        (_STATUS, _PROTOCOL, _ERROR),
        made_by="opentelemetry-instrumentation-httpx",
    ),
)

_DATABASE_ATTRIBUTES = (
    AttributeSchema("db.system.name", "The database's system.", ("postgresql",)),
    AttributeSchema("db.namespace", "The name of the database."),
    AttributeSchema("db.query.text", "The statement, without the values of its parameters."),
    _ADDRESS,
    AttributeSchema("network.transport", "How it is reached.", ("tcp", "pipe")),
)
_DATABASE = tuple(
    SpanSchema(
        name,
        SpanKind.CLIENT,
        meaning,
        _WRITERS,
        _DATABASE_ATTRIBUTES,
        (_PORT, _ERROR),
        made_by="opentelemetry-instrumentation-asyncpg",
    )
    for name, meaning in (
        ("{operation}", "A statement, made within another span; the name is its first word. COPY has no span."),
        ("CURSOR: {operation}", "A fetch of some rows of a statement."),
    )
)

_OPERATION_TYPE = AttributeSchema(
    "graphql.operation.type", "The type of the operation.", ("query", "mutation", "subscription")
)
_GRAPHQL = (
    *(
        SpanSchema(
            name,
            SpanKind.SERVER,
            meaning,
            ("gateway",),
            (_OPERATION_TYPE, _OF_ORGANIZATION),
            (
                AttributeSchema(
                    "graphql.operation.name", "The name of the operation in the document, 100 characters at most."
                ),
                _ERROR,
            ),
        )
        for name, meaning in (
            ("query", "A GraphQL query; its document and its variables are in no span."),
            ("mutation", "A GraphQL mutation, until its answer."),
            ("subscription", "A GraphQL subscription, from its beginning to its end."),
        )
    ),
    SpanSchema(
        "GraphQL Operation",
        SpanKind.SERVER,
        "An operation that is refused before its document is read, or whose document is not valid.",
        ("gateway",),
        (_OF_ORGANIZATION,),
        (_ERROR,),
    ),
    SpanSchema(
        "subscription message",
        SpanKind.PRODUCER,
        "A message of a subscription, from its event to its sending. It is in the trace of the change that"
        " caused the event.",
        ("gateway",),
        (
            AttributeSchema("graphql.operation.type", "The type of the operation.", ("subscription",)),
            AttributeSchema(
                "goldenthread.subscription.field",
                "The field of the subscription.",
                ("goalTreeChanged", "organizationChanged", "alignmentChanged", "alertChanged"),
            ),
            AttributeSchema("goldenthread.event.type", "The type of the event."),
            _OF_ORGANIZATION,
        ),
        links="the span of its subscription",
    ),
)

_COMMANDS = (
    SpanSchema(
        "command {type}",
        SpanKind.INTERNAL,
        "A command, from its decision to its commit.",
        ("goals", "notifications"),
        (AttributeSchema("goldenthread.command.type", "The type of the command."), _OF_ORGANIZATION),
        (_ERROR,),
    ),
)

_MESSAGING = (
    SpanSchema(
        "create {messaging.destination.name}",
        SpanKind.PRODUCER,
        "The creation of the events of one commit. Its context is stored in each of these events (`traceparent`), and"
        " in the events of alignment and notifications that follow from them. For events of goals' clock the trace"
        " begins here.",
        ("goals", "notifications"),
        (_SYSTEM, *_operation("create"), _TOPIC),
        (_COUNT, _ERROR),
    ),
    SpanSchema(
        "send {messaging.destination.name}",
        SpanKind.CLIENT,
        "The sending of a batch from the outbox to the broker, if a trace of one of its events is kept. It is in a"
        " separate trace.",
        _WRITERS,
        (
            _SYSTEM,
            *_operation("send"),
            _TOPIC,
            AttributeSchema("messaging.destination.partition.id", "The partition."),
            _COUNT,
        ),
        (_ERROR,),
        links="`create` of its events, 32 at most",
    ),
)

_CONVERSATION = AttributeSchema(
    "messaging.message.conversation_id", "The correlation id that FastStream gives to the batch or the message."
)
_OPERATION = AttributeSchema("messaging.operation", "The operation, as an older version of the conventions names it.")
_KAFKA_PARTITION = AttributeSchema("messaging.kafka.destination.partition", "The partition.")
_BATCH = (
    _SYSTEM,
    AttributeSchema("messaging.destination_publish.name", "The topic of the first event."),
    AttributeSchema("messaging.message.id", "The offsets of the first and the last event."),
    AttributeSchema("messaging.message.payload_size_bytes", "Bytes of all events."),
    _KAFKA_PARTITION,
    _CONVERSATION,
)
_FASTSTREAM = (
    SpanSchema(
        "{topic} create",
        SpanKind.CONSUMER,
        "The start of the trace of a received batch; it has no duration.",
        _READERS,
        _BATCH,
        (_COUNT,),
        links="`create` of the events that are folded here, 32 at most",
        made_by="faststream",
    ),
    SpanSchema(
        "{topic} process",
        SpanKind.CONSUMER,
        "The processing of a received batch, child of its `create`: from decoding until it is folded or queued.",
        _READERS,
        (*_BATCH, _OPERATION),
        (_COUNT, _ERROR),
        made_by="faststream",
    ),
    *(
        SpanSchema(
            name,
            SpanKind.PRODUCER,
            meaning,
            _READERS,
            (_SYSTEM, _TOPIC, _CONVERSATION),
            (_KAFKA_PARTITION, AttributeSchema("messaging.kafka.message.key", "The organization."), _OPERATION, _ERROR),
            made_by="faststream",
        )
        for name, meaning in (
            ("{topic} create", "The start of the publication of a dead letter; it has no duration."),
            ("{topic} publish", "The publication of a dead letter, child of its `create`, until the broker has it."),
        )
    ),
)

_WEBHOOKS = (
    SpanSchema(
        "POST",
        SpanKind.CLIENT,
        "An attempt to deliver a message to a webhook, in the trace of the change that caused the message. No trace"
        " context is sent to the receiver.",
        ("notifications",),
        (
            _METHOD,
            AttributeSchema("goldenthread.webhook.id", "The webhook."),
            AttributeSchema("messaging.message.id", "The id of the message (webhook-id)."),
            _OF_ORGANIZATION,
        ),
        (
            AttributeSchema(
                "url.full", "The URL; its path and query string, which may be secrets, are replaced by REDACTED."
            ),
            _ADDRESS,
            _PORT,
            _STATUS,
            AttributeSchema("http.request.resend_count", "The number of earlier attempts, if there were any."),
            _ERROR,
        ),
    ),
)

SPANS: tuple[SpanSchema, ...] = (
    *_HTTP,
    *_GRAPHQL,
    *_COMMANDS,
    *_MESSAGING,
    *_FASTSTREAM,
    *_WEBHOOKS,
    *_DATABASE,
)
