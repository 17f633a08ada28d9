"""Records: whatever a topic holds becomes an event, or a record that says why it is none; nothing is raised."""

from __future__ import annotations

from typing import Any

from aiokafka import ConsumerRecord
from hypothesis import given
from hypothesis import strategies as st

from goldenthread.contracts.entities import Person
from goldenthread.contracts.envelope import Event, encode_data, to_headers
from goldenthread.contracts.events import goals
from goldenthread.contracts.topics import GOALS
from goldenthread.runtime.consumer.decoding import record_of
from tests.support.entities import T0

GOOD = Event(
    id="e1",
    source=goals.SOURCE,
    type="person.joined",
    time=T0,
    subject="person_1",
    organization="org_1",
    sequence=1,
    previous=None,
    commit=1,
    data=goals.PersonJoined(Person("person_1", [])),
)


def raw(value: bytes | None = None, key: bytes | None = b"org_1", headers: Any = None) -> ConsumerRecord:
    value = encode_data(GOOD.data) if value is None else value
    headers = to_headers(GOOD) if headers is None else headers
    return ConsumerRecord(GOALS, 0, 0, 0, 0, key, value, None, len(key or b""), len(value), tuple(headers))


def test_an_event_is_read() -> None:
    found = record_of(raw())
    assert found is not None
    assert found.event == GOOD


def test_an_event_of_a_type_without_data_has_all_but_its_data() -> None:
    found = record_of(raw(), types_without_data={"person.joined"})
    assert found is not None
    assert found.event is not None
    assert found.event.data is None
    assert (found.event.id, found.event.sequence, found.event.commit) == (GOOD.id, GOOD.sequence, GOOD.commit)
    other = record_of(raw(), types_without_data={"person.left"})
    assert other is not None
    assert other.event == GOOD


def test_a_record_without_a_key_belongs_to_no_organization() -> None:
    assert record_of(raw(key=None)) is None


def test_a_record_with_the_key_of_somebody_else_is_no_event() -> None:
    found = record_of(raw(key=b"org_2"))
    assert found is not None
    assert (found.organization, found.event) == ("org_2", None)


def test_json_nested_without_end_is_no_event() -> None:
    found = record_of(raw(value=b'{"person": ' + b"[" * 100_000))
    assert found is not None
    assert found.event is None
    assert found.reason


@given(
    value=st.binary(max_size=50),
    key=st.binary(max_size=10),
    changed=st.dictionaries(
        st.sampled_from([name for name, _ in to_headers(GOOD)]), st.one_of(st.none(), st.binary(max_size=20))
    ),
    left_out=st.sets(st.sampled_from([name for name, _ in to_headers(GOOD)])),
)
def test_anything_is_an_event_or_says_why_it_is_none(
    value: bytes, key: bytes, changed: dict[str, bytes | None], left_out: set[str]
) -> None:
    headers = [(name, changed.get(name, was)) for name, was in to_headers(GOOD) if name not in left_out]
    found = record_of(raw(value, key, headers))
    assert found is not None
    assert found.event is not None or found.reason
