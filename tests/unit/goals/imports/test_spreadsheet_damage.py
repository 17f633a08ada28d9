"""What a program that saves an export again leaves of a number or a text, and what only looks like it."""

from __future__ import annotations

import pytest

from services.goals.domain.imports.spreadsheet_damage import is_damaged

LONG = "0.30000000000000004"


@pytest.mark.parametrize("name", ["start_value", "target_value", "current_value", "confidence"])
def test_a_number_with_fewer_digits_is_what_a_program_left_of_the_one_that_was_exported(name: str) -> None:
    assert is_damaged(name, LONG, "0.3", "0.3")
    assert not is_damaged("weight", LONG, "0.3", "0.3")


@pytest.mark.parametrize(
    ("base", "theirs", "damaged"),
    [
        (LONG, "0.300000001", True),
        (LONG, "0.300000002", False),
        (LONG, "0.299999999", True),
        (LONG, "0.29", False),
        ("-0.30000000000000004", "-0.3", True),
        ("-0.30000000000000004", "0.3", False),
        ("0.3", "0.3000000000001", False),
        ("0.1234567891", "0.1234567892", False),
        ("1.0000000001", "1.0", True),
        ("1234567.891", "1234567.89", True),
        ("1.0000000001e-05", "1e-05", True),
    ],
)
def test_a_program_shows_nine_digits_of_a_number_or_more(base: str, theirs: str, damaged: bool) -> None:
    assert is_damaged("target_value", base, theirs, theirs) is damaged


@pytest.mark.parametrize(
    ("base", "text", "damaged"),
    [
        ("123456789012.0", "1.23457E+11", True),
        ("123456789012.0", "1.23457e11", True),
        ("123456789012.0", " 1.23457E+11 ", True),
        ("-123456789012.0", "-1.23457E+11", True),
        ("123456789012.0", "123457000000", False),
        ("123456789012.0", "1.2346E+11", False),
        ("1.23456789e-07", "1.23457E-07", True),
        ("1.23456789e-07", "0.000000123457", False),
        ("100000000001.0", "1E+11", True),
        ("99999999999.0", "1E+11", False),
        ("-99999999999.0", "-1E+11", False),
    ],
)
def test_a_program_that_writes_powers_of_ten_shows_six_digits_and_whole_numbers_whole(
    base: str, text: str, damaged: bool
) -> None:
    assert is_damaged("target_value", base, repr(float(text)), text) is damaged


@pytest.mark.parametrize(
    ("base", "text", "theirs", "damaged"),
    [
        ("1125.0", "1.125", "1.125", True),
        ("1.125", "1,125", "1125.0", True),
        ("-1.125", " -1,125 ", "-1125.0", True),
        ("1125.0", "1.126", "1.126", False),
        ("12500.0", "12,5", "12.5", False),
        ("0.125", "0,125", "125.0", False),
        ("1125.0", None, "1.125", False),
    ],
)
def test_a_text_that_may_be_two_numbers_is_the_one_that_was_exported(
    base: str, text: str | None, theirs: str, damaged: bool
) -> None:
    assert is_damaged("target_value", base, theirs, text) is damaged


@pytest.mark.parametrize(
    ("base", "theirs", "damaged"),
    [
        ("Жук", "???", True),
        ("Жук", "??????", True),
        ("Жук", "??", False),
        ("Жук", "???????", False),
        ("Ж", "??", True),
        ("Öl → Gas", "Öl ? Gas", True),
        ("Öl → Gas", "Öl ?? Gas", True),
        ("Öl → Gas", "Öl ? Gas?", False),
        ("Öl → Gas", "?l ? Gas", False),
        ("Öl → Gas", "Öl → Gas?", False),
        ("a → b?", "a ? b?", True),
        ("a → b?", "a ? b??", False),
        ("→?", "??", True),
        ("→?", "???", True),
        ("→?", "????", False),
        ("→?", "?", False),
        ("a.c → d", "abc ? d", False),
    ],
)
def test_a_sign_that_an_encoding_has_not_is_one_question_mark_or_two_and_all_others_stay(
    base: str, theirs: str, damaged: bool
) -> None:
    assert is_damaged("title", base, theirs, theirs) is damaged


@pytest.mark.parametrize("name", ["title", "target_value"])
def test_what_was_empty_or_is_emptied_was_edited(name: str) -> None:
    assert not is_damaged(name, "", "1?", "1?")
    assert not is_damaged(name, LONG, "", "")
