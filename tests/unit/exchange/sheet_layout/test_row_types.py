"""What a row is: types in the words of people and of other tools; those that nobody knows are reported once a word."""

from __future__ import annotations

import time

import pytest

from goldenthread import exchange
from goldenthread.contracts.plan import Plan, PlanWords, RowType


def types(*words: str, said: dict[str, RowType] | None = None) -> Plan:
    rows = "".join(f"{at},{word},title {at}\n" for at, word in enumerate(words))
    return exchange.read("Row ID,Type,Title\n" + rows, words=PlanWords(types=said or {}))


WORDS = {
    RowType.PURPOSE: ["purpose", "Vision", "MISSION", "Vision Statement", "Ultimate Goal", "Zweck", "Leitbild"],
    RowType.WHY: [
        "why",
        "Strategic Pillar",
        "Pillars",
        "Theme",
        "Strategies",
        "Säulen",
        "Strategic Themes",
        "Strategy",
        "Strategie",
        "Stossrichtung",
    ],
    RowType.OBJECTIVE: [
        *(
            "objective",
            "Goal",
            "Goals",
            "Company Objective",
            "Team goal",
            "Sub-Goal",
            "Strategic Objective",
            "Ziel",
            "Ziele",
        ),
        *(
            "Unternehmensziel",
            "Individual Goal",
            "annual company objective",
            "Objective (Team)",
            "Objective 1",
            "O1",
            "🎯 Goal",
            "Committed Objective",
        ),
    ],
    RowType.KEY_RESULT: [
        *(
            "key_result",
            "Key-Result",
            "KR",
            "KRs",
            "KPI",
            "Metric",
            "Team Key Result",
            "KR 2",
            "KR1.2",
            "- KPI",
            "Schlüsselergebnis",
        ),
        *("Schlüsselergebnisse", "Kennzahl", "Messgröße"),
    ],
}
CASES = [(type, word) for type, words in WORDS.items() for word in words]


@pytest.mark.parametrize(("type", "word"), CASES, ids=[word for _, word in CASES])
def test_a_word_that_means_one_thing_everywhere_is_known(type: RowType, word: str) -> None:
    plan = types(word)
    assert [row.type for row in plan.rows] == [type]
    assert plan.problems == []


@pytest.mark.parametrize(
    "word",
    [
        "Initiative",
        "Project",
        "Milestone",
        "Task",
        "Epic",
        "Maßnahme",
        "Team",
        "Team Purpose",
        "Strategic",
        "s",
        "e",
        "1",
        "(Goal)",
        "OKR",
    ],
)
def test_a_word_that_means_other_things_elsewhere_is_asked_about(word: str) -> None:
    plan = types(word)
    assert plan.rows == []
    (problem,) = plan.problems
    assert problem.row == "line 2 (0)"
    assert problem.message == (
        f"not taken: its type “{word}” is not one of purpose, why, objective, key_result; "
        f'--type "{word}=key_result", for example, says what it is'
    )


def test_what_somebody_said_of_a_word_holds_for_all_its_spellings() -> None:
    plan = types("Milestone", "mile-stone", "GOAL", said={"milestone": RowType.KEY_RESULT, "Goal": RowType.WHY})
    assert [row.type for row in plan.rows] == [RowType.KEY_RESULT, RowType.WHY]
    assert [problem.row for problem in plan.problems] == ["line 3 (1)"]


def test_a_thousand_rows_of_one_word_are_one_problem() -> None:
    plan = types("why", *["Milestone"] * 1_000, "Epic", *["milestone"] * 7)
    assert len(plan.problems) == 2
    problem = plan.problems[0]
    assert problem.row == "line 3 (1)"
    assert problem.message.startswith(
        "1007 rows were not taken (lines 3, 4, 5, 6, 7 and 1002 more): their type “Milestone” is not one of"
    )


def test_what_hangs_on_rows_that_were_not_taken_is_named() -> None:
    plan = exchange.read(
        "Row ID,Type,Title,Parent\n"
        "O,objective,o,\n"
        "M,Milestone,First station,O\n"
        "A,kr,a,M\n"
        "B,kr,b,first  STATION\n"
        "C,kr,c,O\n"
    )
    assert [row.row for row in plan.rows] == ["O", "A", "B", "C"]
    (problem,) = plan.problems
    assert problem.message.endswith("; line 4, line 5 hang on it, and so on nothing")


def test_rows_without_a_type_are_one_problem() -> None:
    plan = exchange.read("Row ID,Type,Title\nA,why,a\nB,,b\nC,,c\n")
    assert [(problem.row, problem.message) for problem in plan.problems] == [
        ("line 3 (B)", "2 rows were not taken (lines 3, 4): no type")
    ]


# In an outline


def above(plan: Plan) -> dict[str, list[str]]:
    return {row.row: [parent.row for parent in row.parents] for row in plan.rows}


def test_a_row_of_an_outline_that_names_only_an_owner_keeps_the_thread_of_what_is_below() -> None:
    plan = exchange.read(
        "Order,Type,Title,Owner\n1,Why,a,Ops\n1.1,,,Ops\n1.1.1,Objective,b,Ops\n1.2,,,Sales\n1.2.1,Objective,c,\n2,,,IT\n"
    )
    assert above(plan) == {"1": [], "1.1.1": ["1"], "1.2.1": ["1"]}
    assert plan.problems[0].row == "line 3 (1.1)"
    assert plan.problems[0].message == (
        "3 rows were not taken (lines 3, 5, 7): they say only who owns them; "
        "what is below hangs on the row above: line 4, line 6"
    )


def test_what_is_below_a_row_of_unknown_type_hangs_on_the_row_above_and_that_is_said() -> None:
    plan = exchange.read("#,Type,Title\n1,Goal,a\n1.1,Epic,b\n1.1.1,KR,c\n1.2,Epic,d\n")
    assert above(plan)["1.1.1"] == ["1"]
    assert plan.problems[0].message.endswith("; what is below them hangs on the row above: line 4")


def test_rows_of_an_outline_whose_depth_would_say_what_they_are_are_only_reported() -> None:
    plan = exchange.read("#,Type,Title\n1,Objective,a\n1.1,,b\n1.2,,c\n1.2.1,KR,d\n")
    assert [row.row for row in plan.rows] == ["1", "1.2.1"]
    assert plan.problems[0].message.startswith("2 rows were not taken (lines 3, 4): no type")


def test_an_outline_of_another_tool_is_read_as_far_as_it_is_clear() -> None:
    plan = exchange.read(
        "Order,Type,Summary,Status,Period,Owner,Target value\n"
        "1,Objective,Be the first choice,On track,Q1 2026,Rail,\n"
        "1.1,Objective,Explain every delay,At risk,Q1 2026,Ops,\n"
        "1.1.1,Key result,Delays explained,On track,Q1 2026,Ops,15\n"
    )
    assert above(plan) == {"1": [], "1.1": ["1"], "1.1.1": ["1.1"]}
    assert [(row.unit, row.cycle) for row in plan.rows] == [("Rail", "Q1 2026"), ("Ops", "Q1 2026"), ("Ops", "Q1 2026")]
    assert plan.notes == []


def test_types_that_nobody_knows_take_no_quadratic_time() -> None:
    """A sheet of 100,000 rows, half of them of a type each, took hours."""
    began, many = time.process_time(), 10_000
    unknown = [f"U{at},kind {at},u,\n" for at in range(many)]
    plan = exchange.read(
        "Row ID,Type,Title,Parent\n"
        + "".join(unknown)
        + "".join(f"O{at},objective,o {at},U{at}\n" for at in range(many))
    )
    assert (len(plan.rows), len(plan.problems)) == (many, many)
    assert f"line {many + 2} hangs on it" in plan.problems[0].message
    assert time.process_time() - began < 20
