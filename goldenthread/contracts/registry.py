"""Which payload an event type carries. The tables of the services that write events, joined; old versions are upcast.

`decode` ignores unknown fields and returns None for an unknown type: consumers skip what they do not know.
"""

from __future__ import annotations

from typing import Any

import msgspec

from goldenthread.contracts.events import alerts, alignment, goals
from goldenthread.contracts.topics import ALERTS, ALIGNMENT, GOALS

PAYLOADS: dict[str, type[msgspec.Struct]] = {**goals.PAYLOADS, **alignment.PAYLOADS, **alerts.PAYLOADS}
SOURCE_OF_TYPE: dict[str, str] = {
    **dict.fromkeys(goals.PAYLOADS, goals.SOURCE),
    **dict.fromkeys(alignment.PAYLOADS, alignment.SOURCE),
    **dict.fromkeys(alerts.PAYLOADS, alerts.SOURCE),
}
SOURCE_OF_TOPIC = {GOALS: goals.SOURCE, ALIGNMENT: alignment.SOURCE, ALERTS: alerts.SOURCE}
"""The one service whose events are on a topic."""
CURRENT_VERSION = 1

_decoders: dict[str, msgspec.json.Decoder[Any]] = {name: msgspec.json.Decoder(kind) for name, kind in PAYLOADS.items()}


def decode(name: str, version: int, value: bytes | msgspec.Raw) -> Any:
    """The typed payload, None for an unknown type or version. Raises ValueError when it does not fit its type."""
    decoder = _decoders.get(name)
    if decoder is None or version > CURRENT_VERSION:
        return None
    return decoder.decode(value)


def name_of(payload: msgspec.Struct) -> str:
    """The event type a payload is published under. Raises KeyError for a struct that is no payload."""
    return _NAMES[type(payload)]


_NAMES: dict[type[msgspec.Struct], str] = {kind: name for name, kind in PAYLOADS.items()}
