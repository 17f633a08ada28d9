"""The language: every event survives the wire, and its schema changes only on purpose."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from goldenthread.contracts import registry, schema
from goldenthread.contracts.entities import Policy
from goldenthread.contracts.enums import FiscalYearName
from goldenthread.contracts.envelope import (
    Event,
    Undecodable,
    encode_data,
    events_from_json,
    events_to_json,
    from_headers,
    parse_type,
    to_headers,
)
from tests.support.entities import T0, some

types = sorted(registry.PAYLOADS)


def event(name: str, data: Any, **other: Any) -> Event:
    known: dict[str, Any] = {"sequence": 7, "previous": "id-6", "commit": 9}
    return Event(
        id="id-7",
        source=registry.SOURCE_OF_TYPE[name],
        type=name,
        time=T0,
        subject="objective_1",
        organization="org_1",
        data=data,
        **{**known, **other},
    )


@pytest.mark.parametrize("name", types)
@given(data=st.data())
@settings(max_examples=6, deadline=None)
def test_every_event_survives_kafka_and_http(name: str, data: st.DataObject) -> None:
    sent = event(name, data.draw(some(registry.PAYLOADS[name])), basis=3, actor="person_1", traceparent="00-aa-bb-01")
    assert from_headers(to_headers(sent), encode_data(sent.data)) == sent
    assert events_from_json(events_to_json([sent, sent])) == [sent, sent]


@pytest.mark.parametrize("name", types)
@given(data=st.data())
@settings(max_examples=3, deadline=None)
def test_every_event_fits_its_published_schema(name: str, data: st.DataObject) -> None:
    payload = data.draw(some(registry.PAYLOADS[name]))
    published = json.loads((schema.FOLDER / f"{name}.v1.json").read_text(encoding="utf-8"))
    jsonschema.validate(msgspec.json.decode(encode_data(payload)), published)


def test_the_checked_in_schemas_are_those_of_the_code() -> None:
    checked_in = {file.name: file.read_text(encoding="utf-8") for file in schema.FOLDER.glob("*.json")}
    assert checked_in == {name: schema.text(each) for name, each in schema.schemas().items()}, (
        "the schemas changed: run `python -m goldenthread.contracts.schema`; a breaking change needs a new version"
    )


def test_an_unknown_type_decodes_to_nothing_and_is_no_error() -> None:
    headers = [
        (k, v if k != "ce_type" else b"goldenthread.moon.landed.v1") for k, v in to_headers(event("day.closed", None))
    ]
    assert from_headers(headers, b"{}").data is None


def test_an_unknown_field_is_ignored() -> None:
    headers = to_headers(event("day.closed", None))
    assert from_headers(headers, b'{"day":"2026-01-05","mood":"good"}').data.day.isoformat() == "2026-01-05"


@pytest.mark.parametrize(
    ("spoil", "value"),
    [
        ({"ce_type": b"objective.closed.v1"}, b"{}"),
        ({"ce_type": b"goldenthread.objective.closed"}, b"{}"),
        ({"ce_sequence": b"seven"}, b'{"day":"2026-01-05"}'),
        ({"ce_time": b"\xff"}, b'{"day":"2026-01-05"}'),
        ({}, b"not json"),
        ({}, b'{"day":5}'),
    ],
)
def test_a_spoilt_record_is_undecodable_and_says_why(spoil: dict[str, bytes], value: bytes) -> None:
    headers = [(k, spoil.get(k, v)) for k, v in to_headers(event("day.closed", None))]
    with pytest.raises(Undecodable, match=r"\w+: .+"):
        from_headers(headers, value)


def test_a_type_is_its_name_and_version() -> None:
    assert parse_type("goldenthread.key-result.added.v12") == ("key-result.added", 12)


def test_a_policy_of_an_earlier_release_has_a_year_that_begins_in_january() -> None:
    old = b'{"link_policy":"RECIPROCAL","alignment_required":"WARN","grace_days":3,"handover_days":14,"reply_days":7}'
    assert msgspec.json.decode(old, type=Policy) == Policy(grace_days=3)
    assert (Policy().fiscal_year_start, Policy().fiscal_year_named_by) == (1, FiscalYearName.END)
