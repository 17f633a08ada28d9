"""Whose words a sheet may be read with, and what a person is told of them."""

from __future__ import annotations

from goldenthread.contracts.plan import PlanWords, RowType
from goldenthread.exchange.tables.table import Line, Table
from services.goals.domain.imports.kept_plan_words import TRIED, candidates, texts_of, used

SHEET = Table(
    [
        Line(1, ["Plan of 2026"]),
        Line(3, ["Nr", "Promise", "Sort", 2026]),
        *(
            Line(number, [number, f"Goal {number}", "epic" if number == 500 else "objective", 1.5])
            for number in range(4, 900)
        ),
    ]
)
TEXTS = texts_of(SHEET)
PROMISE, MOOD = PlanWords({"PROMISE": "Title"}), PlanWords({"Mood": "Title"})


def test_headings_stand_in_the_first_lines_and_words_anywhere() -> None:
    texts = texts_of(SHEET)
    assert {"promise", "2026", "plan_of_2026"} <= texts.first
    assert "epic" not in texts.first
    assert {"promise", "epic"} <= texts.all


def test_a_source_whose_headings_are_not_there_has_other_words() -> None:
    assert candidates({"a": MOOD, "b": PROMISE}, "plan", TEXTS) == ["b"]
    assert candidates({"a": PlanWords({"Promise": "Title", "Mood": "Type"})}, "plan", TEXTS) == []
    assert candidates({"a": PlanWords({"Promise": "Title", "Mood": ""})}, "plan", TEXTS) == ["a"], "it is not read"
    assert candidates({"a": PlanWords(types={"Epic": RowType.WHY})}, "plan", TEXTS) == ["a"]
    assert candidates({"a": PlanWords(types={"Story": RowType.WHY})}, "plan", TEXTS) == []


def test_the_source_of_the_files_name_is_first_then_those_with_most_words_and_they_are_few() -> None:
    kept = {f"s{number}": PROMISE for number in range(5)}
    more = {"most": PlanWords({"Promise": "Title", "Sort": "Type"}), "plan": MOOD}
    assert candidates({**kept, **more}, "plan", TEXTS) == ["plan", "most", "s0"]
    assert len(candidates(kept, "plan", TEXTS)) == TRIED


def test_words_for_types_count_as_much_as_headings() -> None:
    both = PlanWords({"Promise": "Title"}, {"Epic": RowType.OBJECTIVE, "Objective": RowType.WHY, "Story": RowType.WHY})
    two = PlanWords({"Promise": "Title", "Sort": "Type"})
    assert candidates({"two": two, "both": both}, "plan", TEXTS) == ["both", "two"]


def test_a_person_is_told_of_words_that_were_said_before_and_that_are_there() -> None:
    kept = PlanWords(
        {"Promise": "Title", "Nr": "", "Mood": "Status"}, {"Epic": RowType.OBJECTIVE, "Story": RowType.WHY}
    )
    assert used(kept, PlanWords(), TEXTS) == (
        "As was said before: “Promise” was read as Title, “Nr” was not read, “Epic” was read as the type objective."
    )
    assert used(kept, PlanWords({"promise": "Title", "NR": "Row ID"}, {"EPIC": RowType.WHY}), TEXTS) is None
    assert used(MOOD, PlanWords(), TEXTS) is None


def test_of_many_words_some_are_told() -> None:
    headings = [f"heading {number}" for number in range(30)]
    texts = texts_of(Table([Line(1, [*headings])]))
    told = used(PlanWords(dict.fromkeys(headings, "")), PlanWords(), texts)
    assert told is not None
    assert told.endswith("“heading 9” was not read, 20 more words as they were.")
    ten = used(PlanWords(dict.fromkeys(headings[:10], "")), PlanWords(), texts)
    assert ten is not None
    assert ten.endswith("“heading 9” was not read.")
