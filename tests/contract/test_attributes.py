"""An event's attributes are the same on the wire, in the outbox and in a replay."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from aiokafka.partitioner import DefaultPartitioner
from hypothesis import given
from hypothesis import strategies as st

from goldenthread.contracts.envelope import Event, attributes, encode_attributes, events_from_json, to_headers
from goldenthread.runtime.kafka.clients import partition_of
from goldenthread.runtime.outbox.batch_publisher import headers_of
from tests.contract import examples

TEXTS = examples.texts()
zones = st.sampled_from([UTC, timezone(timedelta(hours=5, minutes=30)), timezone(-timedelta(hours=8))])
sometimes = st.none() | st.text(max_size=10)


@pytest.mark.parametrize("name", TEXTS)
def test_what_the_outbox_keeps_is_sent_as_the_headers_of_the_event(name: str) -> None:
    (event,) = events_from_json(f"[{TEXTS[name]}]".encode())
    assert headers_of(encode_attributes(event)) == to_headers(event)


@given(
    time=st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1), timezones=zones),
    basis=st.none() | st.integers(0),
    more=st.fixed_dictionaries(dict.fromkeys(["actor", "correlationid", "causationid", "previous"], sometimes)),
    subject=st.text(max_size=10),
    traceparent=st.none() | st.text("0123456789abcdef-", min_size=1),
)
def test_attributes_are_strings_in_one_order_and_absent_ones_are_left_out(
    time: datetime, basis: int | None, more: dict[str, Any], subject: str, traceparent: str | None
) -> None:
    event = Event(
        id="1",
        source="/goldenthread/goals",
        type="any",
        time=time,
        subject=subject,
        organization="org",
        sequence=3,
        commit=4,
        data=None,
        basis=basis,
        traceparent=traceparent,
        **more,
    )
    expected = {
        "specversion": "1.0",
        "id": "1",
        "source": "/goldenthread/goals",
        "type": "goldenthread.any.v1",
        "time": time.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "subject": subject,
        "organization": "org",
        "partitionkey": "org",
        "sequence": "3",
        "commit": "4",
        "basis": None if basis is None else str(basis),
        "actor": more["actor"],
        "correlationid": more["correlationid"],
        "causationid": more["causationid"],
        "traceparent": traceparent,
        "previous": more["previous"],
    }
    present = [(name, value) for name, value in expected.items() if value is not None]
    assert list(attributes(event).items()) == present
    assert list(json.loads(encode_attributes(event)).items()) == present
    assert headers_of(encode_attributes(event)) == to_headers(event)


@given(st.text(min_size=1, max_size=40), st.integers(1, 50))
def test_a_partition_is_the_one_that_kafkas_default_partitioner_gives(organization: str, partitions: int) -> None:
    every = list(range(partitions))
    assert partition_of(organization, partitions) == DefaultPartitioner()(organization.encode(), every, every)
