"""Texts that a spreadsheet program would keep as a number, a day or a truth value have a quote before them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goldenthread.exchange.values.formula_guards import guarded, unguarded
from goldenthread.exchange.values.text_quotes import quoted, unquoted

pieces = st.sampled_from([*"'=+-.,/:% 0123", "007", "may", "true", "\n", "a", "#N/A", "1e3"])


@given(st.text() | st.lists(pieces, max_size=6).map("".join))
def test_every_text_is_read_back_to_the_character(text: str) -> None:
    assert unquoted(quoted(text)) == text
    assert unquoted(unguarded(guarded(quoted(text)))) == text


@pytest.mark.parametrize(
    "text", ["007", "1.5", "1-2", "3/4", "12:30", "1e3", "Mai 2026", "50 %", "$ 5", "true", "#REF!"]
)
def test_what_may_become_a_value_has_a_quote(text: str) -> None:
    assert quoted(text) == f"'{text}"


@pytest.mark.parametrize(
    "text", ["", "7", "2026", "Q1 2026", "May", "Grow 5 %", "A1", "E5", "'quoted'", "FY26", "e", "H1/2026"]
)
def test_what_stays_a_text_has_none(text: str) -> None:
    assert quoted(text) == text
