"""Every span of a process, of our own code and of the instrumentation packages. A span is added here first: a test
compares what the processes send with it, and the documentation is made of it.
"""

from __future__ import annotations

from opentelemetry.trace import SpanKind

from goldenthread.runtime.observability.telemetry_types import AttributeSchema, SpanSchema
from goldenthread.runtime.observability.tracing import ORGANIZATION

_ALL = ("goals", "alignment", "notifications", "gateway")
_WRITERS = ("goals", "alignment", "notifications")
_READERS = ("alignment", "notifications")

_ERROR = AttributeSchema("error.type", "How it failed: the class of an error, a status code, or the code of a refusal.")
_OF_ORGANIZATION = AttributeSchema(ORGANIZATION, "The organization that it is about.")
_PORT = AttributeSchema("server.port", "The port of the server.")
_ADDRESS = AttributeSchema("server.address", "The name or the address of the server.")
_METHOD = AttributeSchema("http.request.method", "The method of the request.")
_STATUS = AttributeSchema("http.response.status_code", "The status of the answer.")
_PROTOCOL = AttributeSchema("network.protocol.version", "The version of HTTP.")
_SYSTEM = AttributeSchema("messaging.system", "The broker's system.", ("kafka",))
_TOPIC = AttributeSchema("messaging.destination.name", "The topic.")
_COUNT = AttributeSchema("messaging.batch.message_count", "How many events.")


def _operation(name: str) -> tuple[AttributeSchema, AttributeSchema]:
    return (
        AttributeSchema("messaging.operation.name", "What is done.", (name,)),
        AttributeSchema("messaging.operation.type", "The same, in the words of the conventions.", (name,)),
    )


_REQUEST = SpanSchema(
    "{http.request.method} {http.route}",
    SpanKind.SERVER,
    "A request of this process's HTTP API, from its head to the end of its answer. Not of /live, /ready, /metrics and"
    " /v1/heads, which machines ask all the time, and not of a WebSocket, whose operations have spans of their own.",
    _ALL,
    (
        _METHOD,
        AttributeSchema("http.route", "The route, as the code names it."),
        AttributeSchema("url.scheme", "How it was asked.", ("http", "https")),
        AttributeSchema("url.path", "The path. The query, which may name people, is in no span."),
        _ADDRESS,
        _PORT,
        _PROTOCOL,
    ),
    (
        _STATUS,
        AttributeSchema("client.address", "Where it came from."),
        AttributeSchema("client.port", "From which port."),
        AttributeSchema("user_agent.original", "What the caller says that it is."),
        AttributeSchema("user_agent.synthetic.type", "Where the caller says that it is a bot or a test."),
        AttributeSchema("http.request.method_original", "A method that HTTP does not know."),
        _ERROR,
    ),
    made_by="opentelemetry-instrumentation-asgi",
)

_HTTP = (
    _REQUEST,
    SpanSchema(
        "{http.request.method}",
        SpanKind.SERVER,
        "The same, of a path that there is not.",
        _ALL,
        tuple(each for each in _REQUEST.attributes if each.name != "http.route"),
        _REQUEST.sometimes,
        made_by=_REQUEST.made_by,
    ),
    SpanSchema(
        "{http.request.method}",
        SpanKind.CLIENT,
        "A request to another process of ours, made within another span; trace context goes along. The issuer is asked"
        " without a span.",
        ("alignment", "notifications", "gateway"),
        (
            _METHOD,
            AttributeSchema("url.full", "The address, without its query, which may name people."),
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
        ("{operation}", "A statement, made within another span: its first word. What goes by COPY has no span."),
        ("CURSOR: {operation}", "Rows of a statement that are fetched in portions."),
    )
)

_OPERATION_TYPE = AttributeSchema("graphql.operation.type", "What kind it is.", ("query", "mutation", "subscription"))
_GRAPHQL = (
    *(
        SpanSchema(
            name,
            SpanKind.SERVER,
            meaning,
            ("gateway",),
            (_OPERATION_TYPE, _OF_ORGANIZATION),
            (AttributeSchema("graphql.operation.name", "What the caller calls it, 100 characters at most."), _ERROR),
        )
        for name, meaning in (
            ("query", "A GraphQL query; its document and its variables are in no span."),
            ("mutation", "A GraphQL mutation, up to what its caller is answered."),
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
        "A message of a subscription, from the event that it is about to when it is sent. It is in the trace of the"
        " change that brought the event about.",
        ("gateway",),
        (
            AttributeSchema("graphql.operation.type", "What kind of operation it is of.", ("subscription",)),
            AttributeSchema(
                "goldenthread.subscription.field",
                "What was subscribed to.",
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
        "Where the events of one commit are made. Its context is stored with each of them (`traceparent`) and with"
        " those that alignment and notifications make because of them. What the clock of goals brings about begins a"
        " trace here.",
        ("goals", "notifications"),
        (_SYSTEM, *_operation("create"), _TOPIC),
        (_COUNT, _ERROR),
    ),
    SpanSchema(
        "send {messaging.destination.name}",
        SpanKind.CLIENT,
        "A batch of the outbox on its way to the broker, where an event of it is in a trace that is kept. It has a"
        " trace of its own.",
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

_CONVERSATION = AttributeSchema("messaging.message.conversation_id", "FastStream's number of the batch or the message.")
_OPERATION = AttributeSchema("messaging.operation", "What is done, in an older version of the conventions.")
_KAFKA_PARTITION = AttributeSchema("messaging.kafka.destination.partition", "The partition.")
_BATCH = (
    _SYSTEM,
    AttributeSchema("messaging.destination_publish.name", "The topic of its first event."),
    AttributeSchema("messaging.message.id", "The offsets of its first and its last event."),
    AttributeSchema("messaging.message.payload_size_bytes", "Bytes of all of its events."),
    _KAFKA_PARTITION,
    _CONVERSATION,
)
_FASTSTREAM = (
    SpanSchema(
        "{topic} create",
        SpanKind.CONSUMER,
        "The beginning of the trace of a received batch; a moment.",
        _READERS,
        _BATCH,
        (_COUNT,),
        links="`create` of the events that are folded here, 32 at most",
        made_by="faststream",
    ),
    SpanSchema(
        "{topic} process",
        SpanKind.CONSUMER,
        "A received batch, below its `create`, from its decoding until it is folded, or waits to be.",
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
            ("{topic} create", "A record that cannot be decoded, on its way to the topic of dead letters; a moment."),
            ("{topic} publish", "The same, below its `create`, until the broker has it."),
        )
    ),
)

_WEBHOOKS = (
    SpanSchema(
        "POST",
        SpanKind.CLIENT,
        "An attempt to deliver a message to a webhook, in the trace of the change that the message is about. The"
        " receiver is sent no trace context.",
        ("notifications",),
        (
            _METHOD,
            AttributeSchema("goldenthread.webhook.id", "The webhook."),
            AttributeSchema("messaging.message.id", "The id of the message (webhook-id)."),
            _OF_ORGANIZATION,
        ),
        (
            AttributeSchema("url.full", "The address; REDACTED stands for its path and query, which may be secrets."),
            _ADDRESS,
            _PORT,
            _STATUS,
            AttributeSchema("http.request.resend_count", "How many attempts were made before, where there were any."),
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
