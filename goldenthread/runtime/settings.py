"""Settings: environment variables `GOLDENTHREAD_*` → frozen structs. Every wrong one is reported at once."""

from __future__ import annotations

import os
from collections.abc import Mapping
from types import UnionType
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

import msgspec
from msgspec import NODEFAULT, Meta, Struct, structs

PREFIX = "GOLDENTHREAD_"

SERVICE_CLAIM = "goldenthread_service"
SERVICE_CLIENTS = (
    "goldenthread-goals",
    "goldenthread-alignment",
    "goldenthread-notifications",
    "goldenthread-gateway",
    "goldenthread-operator",
)
"""The client ids that the issuer of `goldenthread up` gives to our processes and to the command line."""

Milliseconds = Annotated[int, Meta(ge=1)]
Seconds = Annotated[float, Meta(gt=0)]


class Secret(str):
    """A text that never shows itself in `repr` and so in no log."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "Secret('…')"


class BadSettings(Exception):
    """Settings that cannot be used: one line per problem, each naming its variable."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class Service(Struct, frozen=True, kw_only=True):
    """What every process needs."""

    http_host: str = "127.0.0.1"
    http_port: Annotated[int, Meta(ge=0, le=65_535)] = 0
    http_header_seconds: Seconds = 10.0
    """Within which a caller must send the headers of a request."""
    http_body_seconds: Seconds = 30.0
    """Within which a body must get on, or a message on a WebSocket must be complete."""
    http_idle_seconds: Seconds = 60.0
    """How long a connection, or a WebSocket on which nothing runs, may say nothing."""
    http_reader_seconds: Seconds = 30.0
    """Within which a caller must read some of what was sent to it."""
    http_connections: Annotated[int, Meta(ge=1)] = 4_000
    """Callers' connections at once, WebSockets included; each is an open file."""
    http_bodies_mib: Annotated[int, Meta(ge=1)] = 64
    """What is held at once of large requests, in MiB; one that does not fit is answered 503."""
    kafka: str
    kafka_idempotent: bool = False
    """Idempotent producers: on with Apache Kafka, off with the embedded broker, which has none."""
    kafka_fetch_wait_ms: Milliseconds = 500
    """How long a fetch waits for data; the embedded broker does not wake it, so it wants 10."""
    kafka_session_timeout_ms: Milliseconds = 10_000
    kafka_security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = "PLAINTEXT"
    kafka_sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] | None = None
    kafka_sasl_username: str | None = None
    kafka_sasl_password: Secret | None = None
    kafka_ca_file: str | None = None
    issuer: str
    audience: str = "goldenthread"
    service_claim: str = SERVICE_CLAIM
    """The claim of a token that names the client it was given to, where that is a service of ours: an issuer of one's
    own may have it in `azp` (Keycloak, Entra) or `client_id`."""
    service_clients: str = " ".join(SERVICE_CLIENTS)
    """The client ids, separated by spaces, that are services of ours: they read and found every organization."""
    service_token: Secret
    traces: Literal["off", "console", "otlp"] = "off"
    otlp_endpoint: str | None = None
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"] = "INFO"


class Stored(Service, frozen=True, kw_only=True):
    """What a process with a database needs."""

    database_url: Secret
    database_pool: Annotated[int, Meta(ge=4)] = 8
    """Connections; each relay keeps one of them, and so does who listens to the saves of other processes."""


S = TypeVar("S", bound=Struct)


def load(kind: type[S], environment: Mapping[str, str] | None = None) -> S:
    """The settings of `kind` from the environment. Raises `BadSettings` naming every missing or malformed variable."""
    env = os.environ if environment is None else environment
    hints = get_type_hints(kind, include_extras=True)
    values: dict[str, Any] = {}
    problems: list[str] = []
    for field in structs.fields(kind):
        name = PREFIX + field.name.upper()
        raw = env.get(name, "")
        if raw == "":
            if field.default is NODEFAULT and field.default_factory is NODEFAULT:
                problems.append(f"{name} is not set")
            continue
        try:
            values[field.name] = _convert(raw, hints[field.name])
        except (ValueError, msgspec.ValidationError) as error:
            shown = "it" if _is_secret(hints[field.name]) else repr(raw)
            problems.append(f"{name}: {shown} does not fit: {error}")
    problems = problems or _not_together(values)
    if problems:
        raise BadSettings(problems)
    return kind(**values)


def _not_together(values: Mapping[str, Any]) -> list[str]:
    """What is missing because of what else is set."""
    if not str(values.get("kafka_security_protocol", "")).startswith("SASL"):
        needed = []
    elif "kafka_sasl_mechanism" not in values:
        needed = ["kafka_sasl_mechanism"]
    else:
        needed = [name for name in ("kafka_sasl_username", "kafka_sasl_password") if name not in values]
    return [f"{PREFIX}{name.upper()} is not set, which {PREFIX}KAFKA_SECURITY_PROTOCOL asks for" for name in needed]


def _options(hint: Any) -> tuple[Any, ...]:
    return get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)


def _is_secret(hint: Any) -> bool:
    return Secret in _options(hint)


def _convert(raw: str, hint: Any) -> Any:
    return Secret(raw) if _is_secret(hint) else msgspec.convert(raw, hint, strict=False)
