"""One number, whatever file it stands in."""

from __future__ import annotations

import pytest

from goldenthread.exchange.numbers.amounts import parse_amount, parse_number
from goldenthread.exchange.numbers.digits import DecimalMark

POINT, COMMA = DecimalMark.POINT, DecimalMark.COMMA


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("1.2M", 1_200_000, ""),
        ("15k", 15_000, ""),
        ("15 K", 15_000, ""),
        ("$2.5 mio", 2_500_000, "$"),
        ("2,5 Mio. €", 2_500_000, "€"),
        ("3 Mrd. EUR", 3_000_000_000, "EUR"),
        ("1.1 bn", 1_100_000_000, ""),
        ("4 Tsd.", 4_000, ""),
        ("20 TEUR", 20_000, "EUR"),
        ("20 T€", 20_000, "€"),
        ("7k€", 7_000, "€"),
        ("$5m", 5_000_000, "$"),
        ("$1.2B", 1_200_000_000, "$"),
        ("2.5 billion USD", 2_500_000_000, "USD"),
        ("1.2M users", 1_200_000, "users"),
        ("12 h", 12, "h"),
        ("1,5 Std.", 1.5, "Std."),
        ("3 days", 3, "days"),
        ("3 Tage", 3, "Tage"),
        ("12 pts", 12, "pts"),
        ("CHF 20", 20, "CHF"),
        ("EUR 5", 5, "EUR"),
        ("20 CHF", 20, "CHF"),
        ("Fr. 20", 20, "Fr."),
        ("€ 1,200.50", 1200.5, "€"),
        ("1'000'000", 1_000_000, ""),
        ("1’000.5", 1000.5, ""),
        ("1\u202f000\u00a0000,5", 1_000_000.5, ""),
        ("12,34,567", 1_234_567, ""),
        ("１２", 12, ""),
        ("５０％", 50, "%"),
        ("50 percent", 50, "%"),
        ("3 pp", 3, "pp"),
        ("-0", 0, ""),
        ("-$5", -5, "$"),
        ("$-5", -5, "$"),
        ("($1,200.00)", -1200, "$"),
        ("(12%)", -12, "%"),
        ("+5", 5, ""),
        ("5.", 5, ""),
        ("1e3", 1000, ""),
        ("1,5E+03", 1500, ""),
        ("00.500", 0.5, ""),
        ("0,500", 0.5, ""),
        ("0.500", 0.5, ""),
        ("12.3456", 12.3456, ""),
        ("1234,567", 1234.567, ""),
        ("1 234,5", 1234.5, ""),
        ("2x", 2, "x"),
        ("5 s", 5, "s"),
        ("12\u200b", 12, ""),
    ],
)
def test_what_can_be_one_number_only_is_read_in_every_file(text: str, value: float, unit: str) -> None:
    found = parse_amount(text)
    assert not found.ambiguous
    assert [found.value(mark) for mark in (POINT, COMMA, None)] == [value] * 3
    assert found.unit.written == unit
    assert str(found.value(None)) != "-0.0"


@pytest.mark.parametrize(
    ("text", "point", "comma"),
    [
        ("1.500", 1.5, 1500),
        ("1,500", 1500, 1.5),
        ("-12.500 €", -12.5, -12500),
        ("100.000", 100, 100_000),
        ("1.500k", 1500, 1_500_000),
        ("(1,234)", -1234, -1.234),
    ],
)
def test_what_can_be_two_numbers_is_read_as_its_file_writes_them(text: str, point: float, comma: float) -> None:
    found = parse_amount(text)
    assert (found.value(POINT), found.value(COMMA)) == (point, comma)
    with pytest.raises(ValueError, match=r"may be .* or .*, and the file does not tell; write"):
        found.value(None)


def test_the_remedy_for_a_number_that_can_be_two_is_none_of_them_again() -> None:
    for text, remedy in (("1.000", "write 1000 or 1$"), ("1,234", "write 1234 or 1.2340$")):
        with pytest.raises(ValueError, match=remedy):
            parse_amount(text).value(None)


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        (">= 95%", "STAY_ABOVE or STAY_BELOW"),
        ("< 5 %", "STAY_ABOVE or STAY_BELOW"),
        ("≥95", "STAY_ABOVE or STAY_BELOW"),
        ("100%+", "STAY_ABOVE or STAY_BELOW"),
        ("mindestens 5", "STAY_ABOVE or STAY_BELOW"),
        ("~40", "write the number alone"),
        ("ca. 40", "write the number alone"),
        ("50/100", "Current Value, and the second as Target Value"),
        ("5 of 10", "Current Value, and the second as Target Value"),
        ("5-10", "write one number"),
        ("10 → 20", "write one number"),
        ("#DIV/0!", "mend the formula"),
        ("#N/A", "mend the formula"),
        ("=B2/C2", "a formula without its result"),
        ("TRUE", "write 1 for yes and 0 for no"),
        ("nein", "write 1 for yes and 0 for no"),
        ("5 apples", "“apples” is no unit that is known here; write 5, and the unit in the column Measure Unit"),
        ("1,5,0", "write digits"),
        ("½", "write digits"),
        ("∞", "write digits"),
        ("NaN", "write digits"),
        ("٤٢", "write digits"),
        ("--", "write digits"),
        ("1.234.5", "write digits"),
        ("01.500.000", "write digits"),
        ("1 234 56", "write digits"),
        ("1 000'000", "write digits"),
        ("10²", "no unit"),
        ("+-5", "write digits"),
        ("-(5)", "write digits"),
        ("(-5)", "write digits"),
        ("€5€", "no unit"),
        ("1e3k", "write digits"),
        ("1e999", "write digits"),
        ("9" * 41, "write digits"),
    ],
)
def test_what_is_no_number_says_what_to_write(text: str, remedy: str) -> None:
    with pytest.raises(ValueError, match="is not a number") as refused:
        parse_amount(text)
    assert remedy in str(refused.value)


@pytest.mark.parametrize(
    ("text", "may_be"), [("5m", "minutes"), ("3 B", "bytes"), ("2T", "tonnes"), ("1 billion", "1,000")]
)
def test_a_letter_that_can_be_several_units_is_reported_with_them(text: str, may_be: str) -> None:
    with pytest.raises(ValueError, match=r"may be .*; write the number in full") as refused:
        parse_amount(text)
    assert may_be in str(refused.value)


def test_a_document_without_a_file_around_its_numbers_has_points_and_signs_only() -> None:
    """StratML: its figures are read as they were, but for thousands that begin with 0."""
    assert parse_number("1.500") == (1.5, None)
    assert parse_number("$1,234") == (1234, "$")
    assert parse_number("1.000.000") == (1_000_000, None)
    assert parse_number("0,5 %") == (0.5, "%")
    for text in ("1.2M", "12 h", "CHF 5", "50 percent"):
        with pytest.raises(ValueError, match="is not a number"):
            parse_number(text)
