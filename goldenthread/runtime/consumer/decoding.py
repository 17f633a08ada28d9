"""Decodes Kafka records for the projections and the gateway: into an event, or the reason why it cannot be decoded.
Raises no error.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Sequence

from aiokafka import ConsumerRecord

from goldenthread.contracts.envelope import from_headers
from goldenthread.contracts.registry import SOURCE_OF_TOPIC
from goldenthread.runtime.streams.upstream import Record

log = logging.getLogger(__name__)


def owned_records(
    batch: Sequence[ConsumerRecord], owns: Callable[[str], bool], types_without_data: Collection[str] = ()
) -> list[Record]:
    """The records of the organizations for which `owns` holds, each decoded as `record_of` does."""
    owned = {key for key in {each.key for each in batch} if key is None or owns(key.decode(errors="replace"))}
    found = (record_of(each, types_without_data) for each in batch if each.key in owned)
    return [record for record in found if record is not None]


def record_of(raw: ConsumerRecord, types_without_data: Collection[str] = ()) -> Record | None:
    """A record of a topic, decoded; None for one without a key, which belongs to no organization.

    The data of events of `types_without_data` is not decoded: it stays None.
    """
    if raw.key is None:
        log.warning("record %s/%s/%s has no key: it belongs to no organization", raw.topic, raw.partition, raw.offset)
        return None
    organization, source = raw.key.decode(errors="replace"), SOURCE_OF_TOPIC[raw.topic]
    value = raw.value or b""
    try:
        event = from_headers(raw.headers, value, types_without_data)
    except Exception as error:  # `Undecodable`, or an unexpected error: the batch holds others' records too
        return Record(source, organization, None, value, f"{type(error).__name__}: {error}")
    if event.organization != organization or event.source != source:
        return Record(
            SOURCE_OF_TOPIC[raw.topic], organization, None, value, "its key or source is not that of its topic"
        )
    return Record(source, organization, event)
