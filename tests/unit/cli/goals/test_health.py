"""Bars and sparklines say neither more nor less than the figures; the table is plain where nobody looks."""

from __future__ import annotations

import json
from datetime import date
from io import StringIO
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from goldenthread.cli.goals import goal_documents
from goldenthread.cli.goals.health import aligned_shares, bar_widths, health_bar, health_table, sparkline, table_fits
from tests.unit.cli.conftest import FakeGateway, Run

SHARES = st.floats(0, 1)
COUNTS = st.lists(st.integers(0, 10_000), min_size=1, max_size=4)


def point(on: str, aligned: int, objectives: int) -> dict[str, Any]:
    return {"on": on, "aligned": aligned, "objectives": objectives}


def health(aligned: int = 0, orphaned: int = 0, history: Any = (), **more: Any) -> dict[str, Any]:
    counts = {"aligned": aligned, "unexplained": 0, "pending": 0, "orphaned": orphaned}
    figures: dict[str, Any] = {"cascadeCoverage": 0.5, "outsideInCoverage": 1.0, "medianDepth": 1.5}
    figures |= {"medianAnswerHours": None, "medianResponseHours": 0.5}
    return {"objectives": aligned + orphaned, **counts, **figures, "history": list(history), **more}


def test_a_sparkline_has_a_step_per_day_and_a_gap_where_there_was_nothing_to_align() -> None:
    assert sparkline([]) == ""
    assert sparkline([0, 0.25, 0.5, 0.75, 1]) == "▁▂▃▅▇"
    assert sparkline([1, None, 0]) == "▇ ▁"


@given(SHARES, SHARES)
def test_a_higher_share_is_never_drawn_lower_and_only_all_of_it_is_the_highest(one: float, two: float) -> None:
    low, high = sorted((one, two))
    assert "▁▂▃▅▇".index(sparkline([low])) <= "▁▂▃▅▇".index(sparkline([high]))
    assert (sparkline([one]) == "▇") == (one == 1)


def test_shares_are_of_every_day_from_the_first_to_the_last() -> None:
    assert aligned_shares([]) == []
    days = [point("2026-02-27", 1, 2), point("2026-02-28", 0, 0), point("2026-03-02", 3, 3)]
    assert aligned_shares(days) == [0.5, None, None, 1.0]
    assert aligned_shares([point("2026-02-28", 0, 0)]) == []


@given(COUNTS, st.integers(4, 60))
def test_a_bar_is_filled_exactly_and_what_is_there_is_seen(counts: list[int], width: int) -> None:
    found = bar_widths(counts, width)
    assert sum(found) == (width if any(counts) else 0)
    assert all((part > 0) == (count > 0) for count, part in zip(counts, found, strict=True))
    assert all(
        part - count * width / sum(counts) < len(counts) for count, part in zip(counts, found, strict=True) if count
    )


def test_a_bar_can_be_read_without_colours() -> None:
    found = health_bar({"aligned": 2, "unexplained": 1, "pending": 0, "orphaned": 1}, 8)
    assert found.plain == "████▓▓░░"
    assert health_bar({"aligned": 0, "unexplained": 0, "pending": 0, "orphaned": 0}, 8).plain == ""


def test_a_terminal_of_80_columns_has_room_for_two_weeks_in_colour() -> None:
    days = [point(f"2026-01-{day:02}", day, 14) for day in range(1, 15)]
    found = health(103, 12, days, unexplained=20, medianAnswerHours=17.25, medianDepth=2.5)
    console = Console(width=80, force_terminal=True, color_system="standard", file=StringIO())
    console.print(health_table([{"name": "Customer operations north", "health": found}], date(2026, 1, 1), short=True))
    shown = console.file.getvalue()  # type: ignore[attr-defined]
    assert sparkline(aligned_shares(days)) in shown
    assert "\x1b[32m████" in shown
    assert "…" not in shown


def test_where_the_days_do_not_fit_names_and_figures_stay_whole_without_them() -> None:
    days = [point(f"2026-01-{day:02}", day, 14) for day in range(1, 15)]
    found = health(103, 12, days, unexplained=20, medianAnswerHours=17.25, medianDepth=2.5)
    console = Console(width=64, file=StringIO())
    assert not table_fits([{"health": found}], 64)
    assert table_fits([{"health": found}], 80)
    console.print(health_table([{"name": "Sales north", "health": found}], date(2026, 1, 1), short=True, days=False))
    shown = console.file.getvalue()  # type: ignore[attr-defined]
    assert {"Sales", "north", "103", "2.5", "17.2/0.5"} <= set(shown.split())
    assert "…" not in shown
    assert sparkline(aligned_shares(days)) not in shown


def page(*units: dict[str, Any], after: str | None = None) -> dict[str, Any]:
    return {"pageInfo": {"hasNextPage": after is not None, "endCursor": after}, "nodes": list(units)}


DAYS = [point("2026-01-05", 1, 4), point("2026-01-06", 4, 4)]
WHOLE: dict[str, Any] = {"organization": {"name": "Acme", "health": health(3, 1, DAYS)}}
ANSWERS = [
    {"data": WHOLE},
    {"data": {"units": page({"id": "unit_1", "name": "Sal\x1bes", "health": health(3)}, after="next")}},
    {"data": {"units": page({"id": "unit_2", "name": "Web", "health": health()})}},
]


def test_the_table_is_plain_without_a_terminal_and_has_every_unit(
    gateway: FakeGateway, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    gateway.answers = list(ANSWERS)
    assert run("health", "--since", "2026-01-05", "--url", gateway.url) == 0
    said = capsys.readouterr()
    assert said.err == ""
    assert "\x1b" not in said.out
    head, acme, sales, web = [line.rstrip() for line in said.out.splitlines()]
    assert head.split() == [
        *("aligned", "unexplained", "pending", "orphaned", "answered", "outside", "in", "depth", "hours"),
        *("since", "2026-01-05"),
    ]
    assert acme.split() == ["Acme", "(all)", "█" * 9 + "░" * 3, "3", "0", "0", "1", "50%", "100%", "1.5", "–/0.5", "▂▇"]
    assert sales.startswith("Sal␛es")
    assert web.split()[:2] == ["Web", "0"]
    assert [each["variables"].get("after") for each in gateway.asked] == [None, None, "next"]
    assert {each["variables"]["since"] for each in gateway.asked} == {"2026-01-05"}


def test_json_is_the_data_of_the_document_whole(
    gateway: FakeGateway, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    gateway.answers = list(ANSWERS)
    assert run("health", "--json", "--url", gateway.url) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["organization"] == WHOLE["organization"]
    assert [each["id"] for each in found["units"]["nodes"]] == ["unit_1", "unit_2"]
    assert [each["query"] for each in gateway.asked] == [goal_documents.HEALTH, *[goal_documents.UNITS_HEALTH] * 2]


def test_one_unit_is_named_or_given_by_id_and_must_be_there(
    gateway: FakeGateway, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    node = {"id": "unit_1", "name": "Sales", "health": health(1)}
    gateway.answers = [{"data": {"units": page({"id": "unit_1", "name": "Sales"})}}, {"data": {"node": node}}]
    assert run("health", "sales", "--url", gateway.url) == 0
    assert "Sales" in capsys.readouterr().out
    assert gateway.asked[1]["variables"]["unit"] == "unit_1"
    nothing: list[dict[str, Any] | None] = [None, {}]
    for missing in nothing:
        gateway.answers = [{"data": {"node": missing}}]
        assert run("health", "unit_9", "--url", gateway.url) == 1
        assert "unit_9 is no unit of this organization" in capsys.readouterr().err
    assert run("health", "--since", "soon", "--url", gateway.url) == 2
