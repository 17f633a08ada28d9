"""What a broker holds, as the projections and the gateway take it: an event, or why there is none."""

from __future__ import annotations

import logging
from collections.abc import Collection

from aiokafka import ConsumerRecord

from goldenthread.contracts.envelope import from_headers
from goldenthread.contracts.events import alerts, alignment, goals
from goldenthread.contracts.topics import ALERTS, ALIGNMENT, GOALS
from goldenthread.runtime.streams.upstream import Record

log = logging.getLogger(__name__)

SOURCES = {GOALS: goals.SOURCE, ALIGNMENT: alignment.SOURCE, ALERTS: alerts.SOURCE}
TOPIC_OF = {source: topic for topic, source in SOURCES.items()}


def record_of(raw: ConsumerRecord, unread: Collection[str] = ()) -> Record | None:
    """A broker's record; None for one without a key, which is nobody's. Events of the types `unread` have no data."""
    if raw.key is None:
        log.warning("record %s/%s/%s has no key and is nobody's", raw.topic, raw.partition, raw.offset)
        return None
    organization = raw.key.decode(errors="replace")
    value = raw.value or b""
    try:
        event = from_headers(raw.headers, value, unread)
    except Exception as error:  # `Undecodable`, or what nobody thought of: the batch holds others' records too
        return Record(SOURCES[raw.topic], organization, None, value, f"{type(error).__name__}: {error}")
    if event.organization != organization or event.source != SOURCES[raw.topic]:
        return Record(SOURCES[raw.topic], organization, None, value, "its key or source is not that of its topic")
    return Record(SOURCES[raw.topic], organization, event)
