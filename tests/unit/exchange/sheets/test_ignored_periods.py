"""Key results have the days and the period of their objective; where a sheet says others, a person is told."""

from __future__ import annotations

import pytest

from goldenthread import exchange


def notes(objective: str, *results: str) -> list[str]:
    lines = [
        f"O,objective,Sell,,{objective}",
        *(f"K{at},key result,Sold {at},O,{each}" for at, each in enumerate(results)),
    ]
    return exchange.read("\n".join(("Row ID,Type,Title,Parent,Time Period,Start Date,End Date", *lines))).notes


@pytest.mark.parametrize(
    ("objective", "result"),
    [
        ("H1 2027,2027-01-01,2027-06-30", "Q2 2027,2027-01-01,2027-06-30"),
        ("H1 2027,2027-01-01,2027-06-30", "H1 2027,2027-01-01,2027-05-31"),
        ("H1 2027,2027-01-01,2027-06-30", ",2027-02-01,"),
        (",,", "H1 2027,,"),
        (",,", ",,2027-06-30"),
    ],
)
def test_what_a_key_result_says_otherwise_is_told(objective: str, result: str) -> None:
    assert notes(objective, result) == [
        "a key result has the days and the period of its objective; days and a period of its own were not taken: line 3"
    ]


@pytest.mark.parametrize(
    ("objective", "result"),
    [
        ("H1 2027,2027-01-01,2027-06-30", "2027-H1,2027-01-01,2027-06-30"),
        ("H1 2027,2027-01-01,2027-06-30", ",,2027-06-30"),
        ("H1 2027,2027-01-01,2027-06-30", ",,"),
        ("H1 2027,,", "h1 2027,2027-01-01,2027-06-30"),
        ("Sprint 7,2027-01-01,2027-01-14", "sprint 7,,"),
    ],
)
def test_what_it_says_as_its_objective_does_is_not(objective: str, result: str) -> None:
    assert notes(objective, result) == []


def test_many_are_told_at_once() -> None:
    (note,) = notes("H1 2027,,", *["Q1 2027,,"] * 9)
    assert note.endswith(": line 3, line 4, line 5, line 6, line 7 and 4 more")


def test_days_of_a_purpose_or_a_why_are_told() -> None:
    header = "Row ID,Type,Title,Parent,Time Period,Start Date,End Date"
    plan = exchange.read(f"{header}\nP,purpose,Help,,2027,,\nW,why,Grow,P,,,2027-06-30\nV,why,Last,P,,,\n")
    assert plan.notes == [
        "a purpose or a why lasts until it is replaced or retired; days and a period of its own were not taken: "
        "line 2, line 3"
    ]
