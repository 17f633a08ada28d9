"""Feedback from a sheet: every row comes in as it is written, or the sheet is refused with every line and column."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goldenthread.contracts.enums import Sentiment
from goldenthread.contracts.errors import Refused
from goldenthread.exchange import feedback_csv
from goldenthread.exchange.feedback_csv import COLUMNS, MAX_ITEMS, FeedbackRow

HEADER = "source,segment,body,sentiment,received at,about\n"


def refusals(content: str | bytes) -> list[str]:
    with pytest.raises(Refused) as refused:
        feedback_csv.read(content)
    return [each.message for each in refused.value.problems]


def test_a_row_says_all_there_is_to_say() -> None:
    (item,) = feedback_csv.read(
        HEADER
        + 'Hotline,Commuters,"It was late,\nagain",negative,2026-03-01T09:30:00+01:00,"why_1\nBe on time | why_1"\n'
    )
    at = datetime(2026, 3, 1, 9, 30, tzinfo=timezone(timedelta(hours=1)))
    about = ["why_1", "Be on time"]
    assert item == FeedbackRow(2, "Hotline", "It was late,\nagain", "Commuters", Sentiment.NEGATIVE, at, about)


def test_only_source_and_body_are_needed_and_a_day_is_its_first_moment() -> None:
    assert feedback_csv.read("Body;Source\nFine;Shop\n") == [FeedbackRow(2, "Shop", "Fine")]
    (item,) = feedback_csv.read("source,body,received_at\nShop,Fine,31.12.2025\n")
    assert item.received_at == datetime(2025, 12, 31, tzinfo=UTC)


def test_a_first_line_may_say_the_delimiter() -> None:
    assert feedback_csv.read("sep=;\nBody;Source\nFine, really;Shop\n") == [FeedbackRow(3, "Shop", "Fine, really")]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_any_delimiter_and_mark_read_the_same(delimiter: str, mark: str) -> None:
    text = HEADER + "Shop,,Fine,Positive,,A goal\n"
    assert feedback_csv.read((mark + text.replace(",", delimiter)).encode()) == feedback_csv.read(text)


def test_every_cell_that_makes_no_sense_is_named_with_line_and_column_at_once() -> None:
    told = refusals(
        HEADER
        + ",,Something,,,\n"
        + "Shop,,,,,\n"
        + "Shop,,Fine,splendid,,\n"
        + "Shop,,Fine,,soon,\n"
        + "Shop,,Fine,,2026-01-01T10:00:00,\n"
        + "Shop,,Fine,,2026-10-25 02:30,\n"
        + "Shop,,Fine,,25/10/2026 02:30,\n"
        + "Shop,,Fine,gut,,\n"
        + "Shop,,Fine,,03/04/2026,\n"
        + "Shop,,Fine,,,goal,and more\n"
    )
    assert [each.partition(":")[0] for each in told] == [
        "line 2, column source",
        "line 3, column body",
        "line 4, column sentiment",
        "line 5, column received at",
        "line 6, column received at",
        "line 7, column received at",
        "line 8, column received at",
        "line 9, column sentiment",
        "line 10, column received at",
        "line 11, column about",
    ]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "the file is empty"),
        (HEADER, "a header and no rows"),
        ("source,body,mood\nShop,Fine,good\n", "“mood” is no column"),
        ("source\nShop\n", "no column body"),
        ("source,body,Source\nShop,Fine,x\n", "column source appears twice"),
        ('source,body\nShop,"never closed\n', "line 2: not a sheet"),
        (b"source,body\nShop,\xff\n", "line 2: not valid UTF-8"),
        ("source,body\n" + "Shop,Fine\n" * (MAX_ITEMS + 1), f"line {MAX_ITEMS + 2}: more than 1,000 rows"),
    ],
)
def test_what_is_no_sheet_of_feedback_is_refused_with_the_reason(content: str | bytes, reason: str) -> None:
    assert any(reason in each for each in refusals(content))


cells = st.text(max_size=12) | st.sampled_from(["", "POSITIVE", "2026-01-01", "why_1", "a|b", "x" * 50])


@given(st.lists(st.lists(cells, max_size=7), max_size=4), st.permutations(COLUMNS))
def test_garbage_is_never_anything_but_refused(rows: list[list[str]], header: list[str]) -> None:
    text = "\n".join(",".join(row) for row in [header, *rows])
    try:
        found = feedback_csv.read(text)
    except Refused:
        return
    assert found
