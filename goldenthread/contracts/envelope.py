"""The event envelope: CloudEvents 1.0, Kafka binary mode and JSON.

A stream is (source, organization). Its events are numbered 1, 2, 3 … without holes (`sequence`) and chained
(`previous`); `commit` is the sequence of the last event of the same transaction.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import msgspec
from msgspec import Struct

from goldenthread.contracts import registry

SPEC_VERSION = "1.0"
PREFIX = "goldenthread."
CONTENT_TYPE = "application/json"
DELETED = "organization.deleted"
"""The type of the last event of an organization that was deleted, in the stream of goals."""

Headers = list[tuple[str, bytes]]


class Undecodable(ValueError):
    """A record that is not an event of ours: says what is wrong with it. A projection quarantines its organization."""


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


def from_headers(
    headers: Headers | tuple[tuple[str, bytes], ...], value: bytes, types_without_data: Collection[str] = ()
) -> Event:
    """The event of a Kafka record, without its data if it is of `types_without_data`. Raises `Undecodable` with the
    reason.
    """
    try:
        raw = dict(headers)
        name, version = parse_type(_text(raw["ce_type"]))
        basis = raw.get("ce_basis")
        return Event(
            id=raw["ce_id"].decode(),
            source=_text(raw["ce_source"]),
            type=name,
            version=version,
            time=datetime.fromisoformat(raw["ce_time"].decode()),
            subject=raw["ce_subject"].decode(),
            organization=_text(raw["ce_organization"]),
            sequence=int(raw["ce_sequence"]),
            previous=_optional(raw.get("ce_previous")),
            commit=int(raw["ce_commit"]),
            basis=None if basis is None else int(basis),
            actor=_optional(raw.get("ce_actor")),
            correlationid=_optional(raw.get("ce_correlationid")),
            causationid=_optional(raw.get("ce_causationid")),
            traceparent=_optional(raw.get("ce_traceparent")),
            data=None if name in types_without_data else registry.decode(name, version, value),
        )
    except (UnicodeDecodeError, KeyError, ValueError, TypeError) as error:
        raise Undecodable(f"{type(error).__name__}: {error}") from error


def _optional(raw: bytes | None) -> str | None:
    return None if raw is None else raw.decode()


@lru_cache(maxsize=10_000)
def _text(raw: bytes) -> str:
    """What many records say alike."""
    return raw.decode()


def to_json(event: Event) -> dict[str, Any]:
    """The event in CloudEvents' JSON format, for replay over HTTP; `data` stays JSON bytes."""
    return {**attributes(event), "datacontenttype": CONTENT_TYPE, "data": msgspec.Raw(encode_data(event.data))}


class _EventJson(Struct):
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


_json_decoder = msgspec.json.Decoder(list[_EventJson])


def events_to_json(events: list[Event]) -> bytes:
    """A JSON array of events."""
    return _encoder.encode([to_json(event) for event in events])


def events_from_json(body: bytes | msgspec.Raw) -> list[Event]:
    """The inverse of `events_to_json`. Raises `Undecodable`."""
    try:
        return [_event(row) for row in _json_decoder.decode(body)]
    except (KeyError, ValueError, TypeError, RecursionError) as error:
        raise Undecodable(f"{type(error).__name__}: {error}") from error


def _event(row: _EventJson) -> Event:
    name, version = parse_type(row.type)
    return Event(
        id=row.id,
        source=row.source,
        type=name,
        version=version,
        time=datetime.fromisoformat(row.time),
        subject=row.subject,
        organization=row.organization,
        sequence=int(row.sequence),
        previous=row.previous,
        commit=int(row.commit),
        basis=None if row.basis is None else int(row.basis),
        actor=row.actor,
        correlationid=row.correlationid,
        causationid=row.causationid,
        traceparent=row.traceparent,
        data=registry.decode(name, version, row.data),
    )


@lru_cache(maxsize=1_000)
def parse_type(name: str) -> tuple[str, int]:
    """`goldenthread.objective.closed.v1` → (`objective.closed`, 1). Raises ValueError."""
    if not name.startswith(PREFIX):
        raise ValueError(f"event type {name!r} does not start with {PREFIX!r}")
    short, dot, version = name[len(PREFIX) :].rpartition(".v")
    if not dot or not version.isdigit():
        raise ValueError(f"event type {name!r} does not end with its version")
    return short, int(version)
