"""A planning period is read in whatever way people write it, or not at all; its days follow from when a year begins."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goldenthread.contracts.enums import FiscalYearName
from goldenthread.exchange.dates.periods import Period, YearKind, parse_period, period_days, whole_months

END, START = FiscalYearName.END, FiscalYearName.START
years, starts, named_by = st.integers(1990, 2100), st.integers(1, 12), st.sampled_from(FiscalYearName)
short_years = st.integers(1990, 2089)
EN = [
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
]
DE = [
    *("Januar", "Februar", "März", "April", "Mai", "Juni"),
    *("Juli", "August", "September", "Oktober", "November", "Dezember"),
]


def lasts(text: str, starts: int = 1, named_by: FiscalYearName = END) -> tuple[str, str] | None:
    period = parse_period(text)
    found = None if period is None else period_days(period, starts, named_by)
    return None if found is None else (str(found[0]), str(found[1]))


def one(texts: list[str]) -> Period:
    """The one period that all these texts are."""
    found = {text: parse_period(text) for text in texts}
    assert None not in found.values(), found
    (period,) = {each for each in found.values() if each is not None}
    return period


@given(years, st.integers(1, 4))
def test_every_spelling_of_a_quarter_is_that_quarter(year: int, n: int) -> None:
    roman, nth = ("I", "II", "III", "IV")[n - 1], ("st", "nd", "rd", "th")[n - 1]
    word, wort = ("First", "Second", "Third", "Fourth")[n - 1], ("erstes", "zweites", "drittes", "viertes")[n - 1]
    texts = [
        *(f"Q{n} {year}", f"q{n}  {year} ", f"Q{n}/{year}", f"Q{n}-{year}", f"Q{n}.{year}", f"Q{n}, {year}"),
        *(f"{year}-Q{n}", f"{year} Q{n}", f"{year}/Q{n}", f"{year}Q{n}", f"Q {n} {year}", f"Q{n}\u00a0{year}"),
        *(f"{n}Q {year}", f"{n}Q{year}", f"Qtr {n} {year}", f"Quarter {n}, {year}", f"Q{n} of {year}"),
        *(f"{n}. Quartal {year}", f"{n}.Quartal {year}", f"{n}. QUARTAL/{year}", f"Quartal {n}/{year}"),
        *(f"{roman}. Quartal {year}", f"{wort} Quartal {year}", f"{year}, {n}. Quartal", f"{n}. Quartal des {year}"),
        *(
            f"{n}{nth} quarter {year}",
            f"{n}{nth} quarter of {year}",
            f"{word} Quarter {year}",
            f"{year} {word} quarter",
        ),
        *(f"Q{n}_{year}", f"Q{n}–{year}", f"Q{n} – {year}"),
    ]
    if year <= 2089:
        yy = f"{year % 100:02}"
        texts += [f"Q{n} {yy}", f"Q{n}'{yy}", f"Q{n} ’{yy}", f"Q{n}/{yy}", f"{n}Q{yy}", f"{yy}Q{n}", f"'{yy} Q{n}"]
    first = year * 12 + 3 * (n - 1)
    assert one(texts) == Period(YearKind.UNSTATED, first, first + 2)


@given(short_years, st.integers(1, 4))
def test_every_spelling_of_a_quarter_of_a_fiscal_year_is_that_quarter(year: int, n: int) -> None:
    yy = f"{year % 100:02}"
    texts = [
        *(f"FY{yy} Q{n}", f"FY{year} Q{n}", f"Q{n} FY{yy}", f"Q{n} FY {year}", f"FY{yy}Q{n}", f"Q{n}FY{yy}"),
        *(f"FY'{yy} Q{n}", f"FY{yy}/Q{n}", f"FY{year}-Q{n}", f"Q{n}/FY{yy}", f"fy{yy} q{n}", f"Fiscal Q{n} {year}"),
        *(f"Q{n} GJ {year}", f"GJ{yy} Q{n}", f"{n}. Quartal GJ {year}", f"{n}. Quartal Geschäftsjahr {year}"),
        *(
            f"Fiscal Year {year} Q{n}",
            f"fiscal year {year}, quarter {n}",
            f"Financial year {year} Q{n}",
            f"FY-{yy} Q{n}",
        ),
    ]
    first = year * 12 + 3 * (n - 1)
    assert one(texts) == Period(YearKind.FISCAL, first, first + 2)


@given(st.integers(1990, 2088), st.integers(1, 2))
def test_every_spelling_of_a_half_of_a_year_with_two_numbers_is_that_half(year: int, n: int) -> None:
    a, b = f"{year % 100:02}", f"{(year + 1) % 100:02}"
    texts = [
        *(f"H{n} {year}/{b}", f"H{n} {year}-{b}", f"H{n} {year}/{year + 1}", f"{year}/{b} H{n}", f"H{n} {a}/{b}"),
        *(f"FY{a}/{b} H{n}", f"H{n} FY{year}/{b}", f"{n}. Halbjahr GJ {year}/{b}", f"{n}. Halbjahr {year}/{year + 1}"),
        *(f"{n}H {year}/{b}", f"FY {year}-{year + 1} H{n}", f"{n}. Hj. {year}/{b}", f"Half {n} {year}/{b}"),
    ]
    first = year * 12 + 6 * (n - 1)
    assert one(texts) == Period(YearKind.STARTING, first, first + 5)


@given(years, st.integers(0, 11), st.integers(0, 11))
def test_months_are_those_of_the_calendar_in_english_and_german(year: int, one_month: int, other: int) -> None:
    first, last = sorted((one_month, other))
    begins, ends = year * 12 + first, year * 12 + last
    a, b = EN[first], EN[last]
    texts = [f"{a} - {b} {year}", f"{a}-{b} {year}", f"{a[:3]}–{b[:3]} {year}", f"{a} to {b} {year}", f"{year} {a}-{b}"]
    texts += [f"{DE[first]} bis {DE[last]} {year}", f"{a} {year} - {b} {year}", f"{a[:3]}. - {b[:3]}. {year}"]
    texts.append(f"{a[:3]} {year} – {b}")
    if all((year + 1) % 100 != month + 1 for month in (first, last)):  # 2010-11 is a month, or a fiscal year.
        texts.append(f"{year}-{first + 1:02} - {year}-{last + 1:02}")
    assert one(texts) == Period(YearKind.CALENDAR, begins, ends)
    single = [f"{a} {year}", f"{a[:3]} {year}", f"{DE[first]} {year}", f"{a[:3]}. {year}", f"{a[:3]}-{year}"]
    single += [f"{year} {a}", f"{a}/{year}"]
    single += [f"{a} '{year % 100:02}"] if year < 2090 else []
    single += [f"{year}-{first + 1:02}"] if (year + 1) % 100 != first + 1 else []
    assert one(single) == Period(YearKind.CALENDAR, begins, begins)


@pytest.mark.parametrize(
    ("text", "period"),
    [
        ("2026", ("2026-01-01", "2026-12-31")),
        ("FY2026", ("2026-01-01", "2026-12-31")),
        ("H1 2026", ("2026-01-01", "2026-06-30")),
        ("2. Halbjahr 2026", ("2026-07-01", "2026-12-31")),
        ("1H26", ("2026-01-01", "2026-06-30")),
        ("Half-year 2 2026", ("2026-07-01", "2026-12-31")),
        ("1er trimestre 2026", ("2026-01-01", "2026-03-31")),
        ("2. Tertial 2026", ("2026-05-01", "2026-08-31")),
        ("Q1-Q3 2026", ("2026-01-01", "2026-09-30")),
        ("Q4 2025 - Q1 2026", ("2025-10-01", "2026-03-31")),
        ("Dec 2025 - Feb 2026", ("2025-12-01", "2026-02-28")),
        ("Dez. 2023 bis Feb. 2024", ("2023-12-01", "2024-02-29")),
        ("Jan - Mar 26", ("2026-01-01", "2026-03-31")),
        ("2024 - 2026", ("2024-01-01", "2026-12-31")),
        ("2025 to 2026", ("2025-01-01", "2026-12-31")),
        ("FY25 - FY27", ("2025-01-01", "2027-12-31")),
        ("CY2026 Q1", ("2026-01-01", "2026-03-31")),
        ("Q1 98", ("1998-01-01", "1998-03-31")),
    ],
)
def test_the_days_of_a_period_where_years_begin_in_january(text: str, period: tuple[str, str]) -> None:
    assert lasts(text) == period


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "Q1", "H1", "Jan", "Sprint 7", "ongoing", "tbd", "PI 26.1", "Week 3 2026", "KW 3 2026"),
        *("Q5 2026", "Q0 2026", "H3 2026", "4. Tertial 2026", "Q1 1989", "Q1 2101", "1000", "2999", "20266", "Q1 202"),
        *("S1 2026", "T1 2026", "P1 2026", "K1 2026", "M1 2026", "1/2026", "01/2026", "2026/01", "1. 2026"),
        *("Jan 26", "Jan-26", "26 Jan", "Jan 26 - Mar 26", "Jan 5 - Mar 27", "2026-01-01", "1.1.2026 - 31.3.2026"),
        *("26", "25/26", "2010-11", "2010/11", "2025-2026", "2026-13", "2025/27", "FY26/28", "FY25/27 Q1", "CY25/26"),
        *("Nov - Feb 2026", "Q3 - Q1 2026", "2026 - 2025", "Jan - Q2 2026", "FY26 Q1 - Q2 2026", "Jan FY26"),
        *("Q1 2026 Q2 2026", "Q1 2026, Q2 2026", "Q1 + Q2 2026", "2026 -", "- 2026", "Q1 2026 - ", "Q1 Q2"),
        *("FY", "FY Q1", "FY CY 2026", "Q1 2026 (draft)", "²026", "Q² 2026", "Q१ 2026", "٢٠٢٦"),
        *("Q" * 500, "Q1 " * 30 + "2026", "1 - 2 - 3 - " * 5, "\ud800 2026"),
    ],
)  # fmt: skip
def test_what_is_no_period_or_could_be_two_is_none(text: str) -> None:
    assert parse_period(text) is None


@given(st.text(max_size=80) | st.text("QH1234FY 2026/-.' JanMr", max_size=20))
def test_any_text_is_read_or_not_and_what_is_read_has_days(text: str) -> None:
    period = parse_period(text)
    if period is not None:
        for starts in range(1, 13):
            for name in FiscalYearName:
                found = period_days(period, starts, name)
                assert found is None or (found[0] <= found[1] and whole_months(*found) == period.months)


@given(years, starts, named_by, st.sampled_from([("Q", 4), ("H", 2), ("Tertial ", 3)]))
def test_the_parts_of_a_year_follow_each_other_and_are_the_year(
    year: int, starts: int, named_by: FiscalYearName, parts: tuple[str, int]
) -> None:
    for mark in ("", "FY"):
        found = [period_days(one([f"{parts[0]}{n} {mark}{year}"]), starts, named_by) for n in range(1, parts[1] + 1)]
        spans = [each for each in found if each is not None]
        for (_, ends), (begins, _) in pairwise(spans):
            assert begins == ends + timedelta(days=1)
        assert (spans[0][0], spans[-1][1]) == period_days(one([f"{mark}{year}"]), starts, named_by)


@given(st.integers(1990, 2099), starts, named_by)
def test_a_year_begins_in_its_month_and_is_called_after_the_year_it_ends_or_starts_in(
    year: int, starts: int, named_by: FiscalYearName
) -> None:
    span = period_days(one([f"FY{year}"]), starts, named_by)
    assert span is not None
    assert (span[0].month, span[0].day) == (starts, 1)
    assert (span[1] if named_by is END else span[0]).year == year
    both = period_days(
        one([f"{year}/{(year + 1) % 100:02}"] if year % 100 > 11 else [f"FY{year}/{year + 1}"]), starts, named_by
    )
    assert both == (None if starts == 1 else (date(year, starts, 1), date(year + 1, starts, 1) - timedelta(days=1)))


def test_a_plain_quarter_is_one_of_the_organizations_year_and_months_and_cy_are_of_the_calendar() -> None:
    assert lasts("Q1 2026", 4, START) == lasts("FY26 Q1", 4, START) == ("2026-04-01", "2026-06-30")
    assert lasts("Q1 2026", 4, END) == lasts("FY26 Q1", 4, END) == ("2025-04-01", "2025-06-30")
    assert lasts("2026", 10, END) == ("2025-10-01", "2026-09-30")
    assert lasts("Q1 CY26", 4, END) == lasts("Jan - Mar 2026", 4, END) == ("2026-01-01", "2026-03-31")


def test_months_are_whole_from_a_first_to_a_last_day() -> None:
    assert whole_months(date(2026, 4, 1), date(2026, 6, 30)) == 3
    assert whole_months(date(2025, 11, 1), date(2026, 2, 28)) == 4
    assert whole_months(date(2026, 4, 1), date(2026, 6, 29)) is None
    assert whole_months(date(2026, 4, 2), date(2026, 6, 30)) is None
