"""The event envelope: CloudEvents 1.0, Kafka binary mode and JSON.

A stream is (source, organisation). Its events are numbered 1, 2, 3 … without holes (`sequence`) and chained
(`previous`); `commit` is the sequence of the last event of the same transaction.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
from msgspec import Struct

from goldenthread.contracts import registry

SPEC_VERSION = "1.0"
PREFIX = "goldenthread."
CONTENT_TYPE = "application/json"

Headers = list[tuple[str, bytes]]


class Undecodable(ValueError):
    """A record that is not an event of ours: says what is wrong with it. A projection quarantines its organisation."""


class Event(Struct, frozen=True, kw_only=True):
    """One event with its place in its stream. `data` is the typed payload, `None` for a type this code does not know.

    `type` is the short name (`objective.closed`); on the wire it is `goldenthread.objective.closed.v1`.
    """

    id: str
    source: str
    type: str
    time: datetime
    subject: str
    organization: str
    sequence: int
    previous: str | None
    commit: int
    data: Any
    version: int = 1
    basis: int | None = None
    actor: str | None = None
    correlationid: str | None = None
    causationid: str | None = None
    traceparent: str | None = None

    @property
    def closes_commit(self) -> bool:
        """True for the last event of its transaction."""
        return self.sequence == self.commit


class _Attributes(Struct, omit_defaults=True):
    """The CloudEvents attributes, in their order; times are UTC, absent ones are left out."""

    specversion: str
    id: str
    source: str
    type: str
    time: datetime
    subject: str
    organization: str
    partitionkey: str
    sequence: str
    commit: str
    basis: str | None = None
    actor: str | None = None
    correlationid: str | None = None
    causationid: str | None = None
    traceparent: str | None = None
    previous: str | None = None


_encoder = msgspec.json.Encoder()


def type_name(event: Event) -> str:
    """`goldenthread.objective.closed.v1`."""
    return f"{PREFIX}{event.type}.v{event.version}"


def encode_data(data: Any) -> bytes:
    """The JSON value of an event's payload."""
    return _encoder.encode(data)


def attributes(event: Event) -> dict[str, str]:
    """The CloudEvents attributes of `event`, as strings; absent ones are left out."""
    found: dict[str, str] = msgspec.to_builtins(_attributes(event))
    return found


def encode_attributes(event: Event) -> str:
    """`attributes`, as a JSON object."""
    return _encoder.encode(_attributes(event)).decode()


def _attributes(event: Event) -> _Attributes:
    return _Attributes(
        SPEC_VERSION,
        event.id,
        event.source,
        type_name(event),
        event.time.astimezone(UTC),
        event.subject,
        event.organization,
        event.organization,
        str(event.sequence),
        str(event.commit),
        None if event.basis is None else str(event.basis),
        event.actor,
        event.correlationid,
        event.causationid,
        event.traceparent,
        event.previous,
    )


def to_headers(event: Event) -> Headers:
    """Kafka headers of binary mode."""
    headers = [(f"ce_{name}", value.encode()) for name, value in attributes(event).items()]
    headers.append(("content-type", CONTENT_TYPE.encode()))
    if event.traceparent:
        headers.append(("traceparent", event.traceparent.encode()))
    return headers


def from_headers(headers: Headers | tuple[tuple[str, bytes], ...], value: bytes) -> Event:
    """The event of a Kafka record. Raises `Undecodable` with what is wrong."""
    try:
        found = {name[3:]: raw.decode() for name, raw in headers if name.startswith("ce_")}
        return _build(found, value)
    except (UnicodeDecodeError, KeyError, ValueError, TypeError) as error:
        raise Undecodable(f"{type(error).__name__}: {error}") from error


def to_json(event: Event) -> dict[str, Any]:
    """The event in CloudEvents' JSON format, for replay over HTTP; `data` stays JSON bytes."""
    return {**attributes(event), "datacontenttype": CONTENT_TYPE, "data": msgspec.Raw(encode_data(event.data))}


class _Json(Struct):
    id: str
    source: str
    type: str
    time: str
    subject: str
    organization: str
    sequence: str
    commit: str
    data: msgspec.Raw
    previous: str | None = None
    basis: str | None = None
    actor: str | None = None
    correlationid: str | None = None
    causationid: str | None = None
    traceparent: str | None = None


_json_decoder = msgspec.json.Decoder(list[_Json])


def events_to_json(events: list[Event]) -> bytes:
    """A JSON array of events."""
    return _encoder.encode([to_json(event) for event in events])


def events_from_json(body: bytes | msgspec.Raw) -> list[Event]:
    """The inverse of `events_to_json`. Raises `Undecodable`."""
    try:
        rows = _json_decoder.decode(body)
        return [
            _build({f: v for f in row.__struct_fields__ if (v := getattr(row, f)) is not None}, row.data)
            for row in rows
        ]
    except (KeyError, ValueError, TypeError) as error:
        raise Undecodable(f"{type(error).__name__}: {error}") from error


def _build(found: dict[str, Any], value: bytes | msgspec.Raw) -> Event:
    name, version = parse_type(found["type"])
    return Event(
        id=found["id"],
        source=found["source"],
        type=name,
        version=version,
        time=datetime.fromisoformat(found["time"]),
        subject=found["subject"],
        organization=found["organization"],
        sequence=int(found["sequence"]),
        previous=found.get("previous"),
        commit=int(found["commit"]),
        basis=int(found["basis"]) if "basis" in found else None,
        actor=found.get("actor"),
        correlationid=found.get("correlationid"),
        causationid=found.get("causationid"),
        traceparent=found.get("traceparent"),
        data=registry.decode(name, version, value),
    )


def parse_type(name: str) -> tuple[str, int]:
    """`goldenthread.objective.closed.v1` → (`objective.closed`, 1). Raises ValueError."""
    if not name.startswith(PREFIX):
        raise ValueError(f"event type {name!r} does not start with {PREFIX!r}")
    short, dot, version = name[len(PREFIX) :].rpartition(".v")
    if not dot or not version.isdigit():
        raise ValueError(f"event type {name!r} does not end with its version")
    return short, int(version)
