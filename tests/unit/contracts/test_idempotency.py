"""What an idempotency key is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goldenthread.contracts.errors import ErrorCode, Refused
from goldenthread.contracts.idempotency import idempotency_key
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
