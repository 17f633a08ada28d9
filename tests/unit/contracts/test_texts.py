"""What a text and a line may consist of."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goldenthread.contracts import texts

UNSEEN = [
    "", " ", "\t\n", "\u200b", "\ufeff",
    "\u00ad", "\u2060", "\u200d\u200c", "\u3164", "\u115f\u1160", "\uffa0", "\u2800",
    "\u034f", "\ufe0f", "\u180e", "\u202e", "\U000e0041", "\u00a0", "\u3000", "\u200b \ufeff",
]  # fmt: skip
CONTROL = ["\x00", "\x07", "\x1b", "\x7f", "\x9b", "\ud800", "\udfff", "\ufffe", "\uffff", "\x0b", "\x85"]
BREAKS = ["\n", "\r", "\r\n", "\u2028", "\u2029"]
SEEN = [
    "a",
    "é",
    "e\u0301",
    "日本",
    "مرحبا",
    "👩\u200d🚀",
    "🇫🇷",
    "!",
    "…",
    "5",
    "\U0001fae8",
    "\ue000",
    "a\u00a0b",
    "שלום\u200f",
]


@pytest.mark.parametrize("text", UNSEEN, ids=ascii)
@pytest.mark.parametrize("line", [True, False])
def test_a_text_of_which_nothing_is_seen_is_empty(text: str, line: bool) -> None:
    assert "empty" in (texts.wrong(text, line=line) or "")


@pytest.mark.parametrize("text", SEEN, ids=ascii)
@pytest.mark.parametrize("line", [True, False])
def test_every_script_and_sign_is_a_text(text: str, line: bool) -> None:
    assert texts.wrong(text, line=line) is None
    assert texts.wrong(f"\u200b{text}", line=line) is None


@pytest.mark.parametrize("control", CONTROL, ids=ascii)
@pytest.mark.parametrize("line", [True, False])
def test_control_characters_are_named_and_are_in_no_text(control: str, line: bool) -> None:
    said = texts.wrong(f"a{control}b", line=line) or ""
    assert f"U+{ord(control):04X}" in said or (line and "line break" in said)
    assert texts.cleaned(f"a{control}b") == "ab"


@pytest.mark.parametrize("line_break", [*BREAKS, "\t"], ids=ascii)
def test_a_text_may_have_lines_and_tabs_and_a_line_none(line_break: str) -> None:
    assert texts.wrong(f"a{line_break}b") is None
    assert texts.wrong(f"a{line_break}b", line=True)


@given(st.text())
def test_what_is_a_line_is_one_and_can_be_seen(text: str) -> None:
    if texts.wrong(text, line=True) is None:
        assert len(text.splitlines()) == 1
        assert not any(unicodedata.category(char) in ("Cc", "Cs") for char in text)
        assert text.strip()
        assert texts.wrong(text) is None
