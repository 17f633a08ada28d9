"""What an idempotency key is, and by which hash a command is known again."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Struct

from goldenthread.contracts import commands as c
from goldenthread.contracts.errors import ErrorCode, Refused
from goldenthread.contracts.idempotency import idempotency_key, input_hash
from goldenthread.contracts.read_api import AcknowledgeAlert, AddWebhook
from tests.support.bad_idempotency_keys import BAD_KEYS


@pytest.mark.parametrize("key", ["a", "~", "!", "a b", "x" * 200, "3f1c0a52-1f5b-4a53-9f8c-0d3c9f1f6f0e", '"{}[]:;,"'])
def test_printable_ascii_is_a_key(key: str) -> None:
    assert idempotency_key(key) == key


@pytest.mark.parametrize("key", BAD_KEYS, ids=ascii)
def test_anything_else_is_refused_with_its_path(key: str) -> None:
    with pytest.raises(Refused) as refused:
        idempotency_key(key)
    assert (refused.value.problems[0].code, refused.value.problems[0].path) == (ErrorCode.INVALID, ["idempotencyKey"])


@given(st.text(max_size=210))
def test_a_key_survives_a_header(key: str) -> None:
    try:
        idempotency_key(key)
    except Refused:
        return
    assert key.encode("ascii").strip(b" \t").decode() == key
    assert 0 < len(key) <= 200


@pytest.mark.parametrize(
    ("command", "in_databases"),
    [
        (c.PublishPurpose(statement="Be useful"), "50edf98bdf9a232d1ff7351a0805dfd3b9919b4f92b33740addeef1c21925294"),
        (
            c.UpdatePerson(person="person_1", name="Bo"),
            "ed9a781ff3a2d0ee7a47838f91ea4791349239e81ecaa9a00b8fc7899d724908",
        ),
        (c.ImportPlan(content="Title\nSell\n"), "82224e837cb500e766beeafdad16e57d5a336d76f4f4e3796936f3bd4632bcd2"),
        (
            AcknowledgeAlert(alert="alert_1", note="Seen"),
            "6111c2ed48ff50879aa2ffa5fae7a617aecc1abb25107afa8d80950348410a55",
        ),
        (
            AddWebhook(url="https://receiver.example/"),
            "6a80c44591b586cc3682c728c2a2b2b55de6ae8b0390ea3ad2102c9eade8f671",
        ),
    ],
    ids=lambda value: type(value).__name__,
)
def test_promise_1_a_command_has_the_hash_that_is_in_databases(command: Struct, in_databases: str) -> None:
    """Another hash would refuse a command that is sent again after an upgrade (CONFLICT)."""
    assert input_hash(command).hex() == in_databases
