"""A claim that a setting names: what is found, and that any claims of any shape are read without an error."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goldenthread.runtime.identity.claim_values import claim_texts, claim_value

CLAIMS: dict[str, Any] = {
    "groups": ["goals", 5, None, ["nested"], "admins"],
    "organization": "org_1",
    "https://example.com/organization": "org_2",
    "/odd": "found only by its pointer",
    "realm_access": {"roles": ["a", "b"], "a/b~c": {"": "deep"}},
    "number": 5,
}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda some: st.lists(some, max_size=4) | st.dictionaries(st.text(max_size=5), some, max_size=4),
)


@pytest.mark.parametrize(
    ("claim", "texts"),
    [
        ("groups", ("goals", "admins")),
        ("organization", ("org_1",)),
        ("https://example.com/organization", ("org_2",)),
        ("/organization", ("org_1",)),
        ("/~1odd", ("found only by its pointer",)),
        ("/realm_access/roles", ("a", "b")),
        ("/realm_access/a~1b~0c/", ("deep",)),
        ("realm_access", ()),
        ("realm_access.roles", ()),
        ("/groups/0", ()),
        ("/organization/0", ()),
        ("/number", ()),
        ("missing", ()),
        ("/", ()),
    ],
)
def test_a_claim_is_found_by_its_name_or_by_a_pointer_into_objects(claim: str, texts: tuple[str, ...]) -> None:
    assert claim_texts(CLAIMS, claim) == texts


@given(st.dictionaries(st.text(max_size=5), JSON, max_size=4), st.text(max_size=8) | st.just("/a/b"))
def test_of_any_claims_only_texts_are_taken(claims: dict[str, Any], claim: str) -> None:
    found = claim_texts(claims, claim)
    assert all(isinstance(each, str) for each in found)
    value = claim_value(claims, claim)
    assert found == ((value,) if isinstance(value, str) else found)
    if not isinstance(value, str | list):
        assert found == ()


def test_a_list_of_ten_thousand_is_read_whole() -> None:
    assert len(claim_texts({"groups": [str(each) for each in range(10_000)]}, "groups")) == 10_000
