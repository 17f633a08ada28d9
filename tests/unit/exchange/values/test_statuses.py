"""The words of other tools for how a goal goes, and for the way a key result is to move."""

from __future__ import annotations

import pytest

from goldenthread.contracts.enums import Direction, ProgressStatus
from goldenthread.exchange.values.directions import parse_direction
from goldenthread.exchange.values.statuses import parse_status
from tests.unit.exchange.small_sheets import plan_of, told

ON_TRACK, AT_RISK, OFF_TRACK = ProgressStatus


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("On Track", ON_TRACK),
        ("on-track", ON_TRACK),
        ("ON_TRACK", ON_TRACK),
        ("Ahead", ON_TRACK),
        ("Green", ON_TRACK),
        ("🟢", ON_TRACK),
        ("🟢 On track", ON_TRACK),
        ("Auf Kurs", ON_TRACK),
        ("Planmäßig", ON_TRACK),
        ("At Risk", AT_RISK),
        ("Needs attention", AT_RISK),
        ("🟡", AT_RISK),
        ("Gefährdet", AT_RISK),
        ("Off Track", OFF_TRACK),
        ("Behind", OFF_TRACK),
        ("🔴 ", OFF_TRACK),
        ("Nicht auf Kurs", OFF_TRACK),
    ],
)
def test_a_word_that_means_a_status_is_it(text: str, expected: ProgressStatus) -> None:
    assert parse_status(text) is expected


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("Done", "a goal has ended, and an import ends none"),
        ("Completed", "a goal has ended, and an import ends none"),
        ("Cancelled", "a goal has ended, and an import ends none"),
        ("Erledigt", "a goal has ended, and an import ends none"),
        ("Not Started", "not whether it will be reached"),
        ("In-Progress", "not whether it will be reached"),
        ("Delayed", "not whether it will be reached"),
        ("Blocked", "not whether it will be reached"),
        ("on_hold", "not whether it will be reached"),
        ("In Arbeit", "not whether it will be reached"),
        ("70%", "a number is a Current Value"),
        ("0,7", "a number is a Current Value"),
        ("🟢 Off track", "write On Track, At Risk or Off Track"),
        ("🟢🔴", "write On Track, At Risk or Off Track"),
        ("🟢 splendid", "write On Track, At Risk or Off Track"),
        ("Splendid", "write On Track, At Risk or Off Track"),
        ("on track " * 5, "write On Track, At Risk or Off Track"),
    ],
)
def test_what_means_something_else_is_reported_with_what_it_means(text: str, why: str) -> None:
    with pytest.raises(ValueError, match="is not a status") as refused:
        parse_status(text)
    assert why in str(refused.value)


def test_a_word_that_is_no_status_is_told_once_where_it_stands_in_many_rows() -> None:
    rows = [["In Progress"]] * 5 + [["in-progress"], ["Done"], ["On Track"], ["Done"]]
    plan = plan_of(["Status"], *rows)
    assert [row.status for row in plan.rows] == [None] * 7 + [ON_TRACK, None]
    many, *few = told(plan)
    assert many.startswith("column Status: 6 rows (line 2, line 3, line 4, …) were taken without it: “In Progress” is")
    assert [each.partition(" is not")[0] for each in few] == [
        "line 8 (R7): taken without its Status: “Done”",
        "line 10 (R9): taken without its Status: “Done”",
    ]
    assert all("status" not in row.cells for row in plan.rows if row.status is None)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Increase", Direction.INCREASE),
        ("higher is better", Direction.INCREASE),
        ("steigern", Direction.INCREASE),
        ("DECREASE", Direction.DECREASE),
        ("Lower is better", Direction.DECREASE),
        ("senken", Direction.DECREASE),
        ("stay-above", Direction.STAY_ABOVE),
        ("mindestens", Direction.STAY_ABOVE),
        (">=", Direction.STAY_ABOVE),
        ("höchstens", Direction.STAY_BELOW),
        ("STAY_BELOW", Direction.STAY_BELOW),
    ],
)
def test_directions_are_read_in_the_words_people_use(text: str, expected: Direction) -> None:
    assert parse_direction(text) is expected


def test_a_direction_that_may_be_two_is_reported() -> None:
    for text in ("Maintain", "halten"):
        with pytest.raises(ValueError, match="may be STAY_ABOVE or STAY_BELOW; write the one that is meant"):
            parse_direction(text)
    with pytest.raises(ValueError, match="“sideways” is not one of INCREASE"):
        parse_direction("sideways")
