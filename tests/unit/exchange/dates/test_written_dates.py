"""Days: one by one, and as a file writes them."""

from __future__ import annotations

import random
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goldenthread import exchange
from goldenthread.contracts.plan import Plan
from goldenthread.exchange.dates.month_names import MONTHS
from goldenthread.exchange.dates.written_dates import DateOrder, date_order, parse_day, possible_days
from goldenthread.exchange.tables.table import Line, Table
from tests.unit.exchange.small_sheets import plan_of, told

DATES = ("Start Date", "End Date")
LAST_DAY = date(2026, 12, 31)


def sheet(*rows: tuple[str, str]) -> Plan:
    return plan_of(DATES, *rows, type="objective", delimiter=";")


def days(*rows: tuple[str, str]) -> list[tuple[date | None, date | None]]:
    return [(row.starts_on, row.ends_on) for row in sheet(*rows).rows]


@pytest.mark.parametrize(
    "text",
    [
        "2026-12-31",
        "2026/12/31",
        "2026.12.31",
        "20261231",
        "2026-12-31 00:00:00",
        "2026-12-31T23:00:00Z",
        "2026-12-31T22:00:00+02:00",
        "31.12.2026",
        "31. 12. 2026",
        "31.12.26",
        "31.12.2026 08:00",
        "31/12/2026",
        "31/12/26",
        "12/31/2026",
        "12/31/26",
        "12/31/2026 0:00",
        "12/31/26 5:30 PM",
        "31-Dec-26",
        "31-Dec-2026",
        "2026-Dec-31",
        "Dec 31, 2026",
        "December 31st, 2026",
        "the 31st of December 2026",
        "Thursday, December 31, 2026",
        "Thu 31 Dec 2026",
        "31. Dezember 2026",
        "31. Dez. 26",
        "Donnerstag, 31. Dezember 2026",
        "31 décembre 2026",
        "31 déc. 2026",
        "31 de diciembre de 2026",
        "31 dic 2026",
        "31 dicembre 2026",
        "31 december 2026",
        "31 de dezembro de 2026",
        "2026年12月31日",
        "２０２６/１２/３１",
    ],
)
def test_a_day_that_can_be_one_only_is_read_in_every_file(text: str) -> None:
    for known in (None, DateOrder.DAY_FIRST, DateOrder.MONTH_FIRST):
        assert parse_day(text, known) == LAST_DAY


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        ("Q4 2026", "it is a period"),
        ("FY26", "it is a period"),
        ("H2/2026", "it is a period"),
        ("4. Quartal 2026", "it is a period"),
        ("Dec-26", "no day, or no year"),
        ("26-Dec", "no day, or no year"),
        ("Dezember 2026", "no day, or no year"),
        ("12/2026", "is not a date"),
        ("2026", "is not a date"),
        ("2026-02-30", "is not a date"),
        ("31/11/2026", "is not a date"),
        ("12.31.2026", "is not a date"),
        ("0000-00-00", "is not a date"),
        ("Friday, December 31, 2026", "is not a date"),
        ("32 December 2026", "is not a date"),
        ("31 Dec 202", "is not a date"),
        ("令和8年12月31日", "is not a date"),
        ("١٢/٣١/٢٠٢٦", "is not a date"),
        ("31122026", "is not a date"),
        ("46387", "is not a date"),
        ("31.12.99", "its year 99 may be 1999 or 2099"),
        ("31-Dec-50", "its year 50 may be 1950 or 2050"),
        ("3/4/26", "may be 2026-04-03 or 2026-03-04"),
        ("31-12-26", "may be 2026-12-31 or 2031-12-26"),
    ],
)
def test_what_is_no_day_or_may_be_two_says_so(text: str, remedy: str) -> None:
    with pytest.raises(ValueError, match=r"“.*write") as refused:
        parse_day(text)
    assert remedy in str(refused.value)


def test_no_name_of_a_month_is_another_month_in_another_language() -> None:
    assert {word: at for word, at in MONTHS.items() if word[:3] in ("jan", "dec", "dez", "dic")} == {
        **dict.fromkeys(("january", "jan", "januar", "janner", "janvier", "janv", "januari", "janeiro"), 1),
        **dict.fromkeys(("december", "dec", "dezember", "dez", "decembre", "diciembre", "dic", "dicembre"), 12),
        **dict.fromkeys(("dezembro",), 12),
    }


def test_the_order_of_days_and_months_is_decided_by_all_dates_of_the_file() -> None:
    ambiguous = ("3/4/26", "")
    assert days(ambiguous, ("12/31/26", ""))[0][0] == date(2026, 3, 4)
    assert days(ambiguous, ("", "31/12/2026"))[0][0] == date(2026, 4, 3)
    assert days(ambiguous, ("31-12-2026", ""))[0][0] == date(2026, 4, 3)
    assert days(("31-12-26", ""), ("31/12/2026", ""))[0][0] == LAST_DAY
    reading = plan_of([*DATES, "Readings"], ["3/4/2026", "", "12/31/25 4"])
    assert reading.rows[0].starts_on == date(2026, 3, 4)
    assert reading.rows[0].readings[0].on == date(2025, 12, 31)


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        ([("26-01-05", "26-03-31")], [(date(2026, 1, 5), date(2026, 3, 31))]),
        ([("05-01-26", "31-03-26")], [(date(2026, 1, 5), date(2026, 3, 31))]),
        ([("5-1-26", "31-12-26")], [(date(2026, 1, 5), LAST_DAY)]),
        ([("26-12-31", ""), ("", "2026-06-30")], [(LAST_DAY, None), (None, date(2026, 6, 30))]),
        ([("", "30-06-26"), ("", "31-12-26")], [(None, date(2026, 6, 30)), (None, LAST_DAY)]),
        ([("26-01-27", "26-12-28")], [(date(2026, 1, 27), date(2026, 12, 28))]),
        ([("", "31-12-26")], [(None, None)]),
        ([("27-01-26", "26-02-27")], [(None, None)]),
    ],
)
def test_a_short_year_that_may_stand_first_or_last_is_decided_by_all_years_of_the_file(
    rows: list[tuple[str, str]], found: list[tuple[date | None, date | None]]
) -> None:
    assert days(*rows) == found
    assert bool(told(sheet(*rows))) is ((None, None) in found or found[0] == (None, None))


def test_dates_that_contradict_leave_open_what_only_they_would_tell() -> None:
    plan = sheet(("01/04/2026", "30/06/2026"), ("04/01/2026", "06/30/2026"), ("04/01/2026", "05/05/2026"))
    assert [(row.starts_on, row.ends_on) for row in plan.rows] == [
        (None, date(2026, 6, 30)),
        (None, date(2026, 6, 30)),
        (None, date(2026, 5, 5)),
    ]
    assert len(plan.problems) == 3
    assert told(plan)[0] == (
        "line 2 (R1): taken without its Start Date: “01/04/2026” may be 2026-04-01 or 2026-01-04; "
        "write the one that is meant"
    )


def test_dots_and_years_that_come_first_tell_nothing_of_slashes() -> None:
    assert (
        date_order(["31.12.2026", "2026-12-31", "31-12-26", "5/5/2026", "x" * 100], year_first=False)
        is DateOrder.DAY_FIRST
    )
    assert date_order(["31.12.2026", "2026-12-31", "31-12-26", "5/5/2026", "99/99/2026", "x" * 100]) is None
    assert date_order(["31.12.2026", "2026-12-31", "5/5/2026", "99/99/2026", "x" * 100]) is None


@pytest.mark.parametrize("text", ["46387", "46387.75"])
def test_what_a_spreadsheet_counts_is_a_day_in_columns_of_dates_and_said_once(text: str) -> None:
    plan = sheet(("", text), ("46023", ""))
    assert [(row.starts_on, row.ends_on) for row in plan.rows] == [(None, LAST_DAY), (date(2026, 1, 1), None)]
    assert plan.notes == [f"numbers in columns of dates are days as spreadsheets count them: {text} is 2026-12-31"]
    assert sheet(("", "2026-12-31")).notes == []


def test_a_day_that_a_workbook_keeps_as_a_number_is_read_alike() -> None:
    lines = [Line(1, ["Type", "Title", "End Date"]), Line(2, ["objective", "o", 46387.0])]
    assert exchange.read(Table(lines, place="row")).rows[0].ends_on == LAST_DAY


@pytest.mark.parametrize("text", ["20000", "99999", "4638", "463870", "-46387", "1899-12-30", "9999-12-31"])
def test_what_is_no_day_of_a_plan_is_reported(text: str) -> None:
    plan = sheet(("", text))
    assert plan.rows[0].ends_on is None
    assert "taken without its End Date" in told(plan)[0]


# -- what holds for any file -------------------------------------------------------------------------------------------

forms = st.sampled_from(["%Y-%m-%d", "%d.%m.%Y", "%d.%m.%y", "%d %B %Y", "%d-%b-%y", "%B %d, %Y", "%Y%m%d"])
numeric = {DateOrder.DAY_FIRST: ("%d/%m/%Y", "%d/%m/%y", "%d-%m-%Y"), DateOrder.MONTH_FIRST: ("%m/%d/%Y", "%m/%d/%y")}
of_plans = st.dates(date(2000, 1, 1), date(2049, 12, 31))


@given(of_plans, forms)
def test_every_day_is_read_in_every_form_that_is_certain(found: date, form: str) -> None:
    assert parse_day(found.strftime(form)) == found


@given(st.lists(of_plans, min_size=1, max_size=5), st.sampled_from(list(numeric)), st.data())
def test_every_day_is_read_in_a_file_that_shows_its_order(
    found: list[date], first: DateOrder, data: st.DataObject
) -> None:
    form = data.draw(st.sampled_from(numeric[first]))
    evidence = LAST_DAY.strftime(numeric[first][0])
    assert days(*[(each.strftime(form), "") for each in found], ("", evidence)) == [
        *[(each, None) for each in found],
        (None, LAST_DAY),
    ]


cells = st.sampled_from(
    ["", "3/4/26", "4/3/2026", "12/31/26", "31/12/26", "31-12-26", "31.12.26", "46387", "Dec-26", "Q4 2026", "soon"]
)


@given(st.lists(st.tuples(cells, cells), min_size=1, max_size=6), st.randoms(use_true_random=False))
def test_which_days_are_read_never_depends_on_the_order_of_rows(
    rows: list[tuple[str, str]], chance: random.Random
) -> None:
    places = list(range(len(rows)))
    chance.shuffle(places)
    found = days(*rows)
    assert [found[at] for at in places] == days(*[rows[at] for at in places])


@given(st.text(max_size=45))
def test_any_text_is_a_day_or_refused_in_words(text: str) -> None:
    try:
        found = possible_days(text)
    except ValueError as error:
        words = str(error)
    else:
        words = f"“{min(found.values())}”"
    assert words.startswith("“")
