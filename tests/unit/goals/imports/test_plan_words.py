"""What somebody says that the words of their sheet mean."""

from __future__ import annotations

import pytest

from goldenthread.contracts.commands import ImportPlan
from goldenthread.contracts.commands.imports import MAX_WORDS, ColumnWord, TypeWord
from goldenthread.contracts.errors import ErrorCode, Refused
from goldenthread.contracts.plan import PlanWords, RowType
from services.goals.domain.imports.plan_words import combined, words_of


def asked(columns: dict[str, str] | None = None, types: dict[str, RowType] | None = None) -> ImportPlan:
    return ImportPlan(
        content="",
        columns=[ColumnWord(heading=heading, column=column) for heading, column in (columns or {}).items()],
        types=[TypeWord(word=word, type=type) for word, type in (types or {}).items()],
    )


def refused(command: ImportPlan) -> tuple[list[str], str]:
    with pytest.raises(Refused) as caught:
        words_of(command)
    (problem,) = caught.value.problems
    assert problem.code is ErrorCode.INVALID
    return problem.path, problem.message


def test_a_column_is_named_in_any_spelling_and_none_is_not_read() -> None:
    headings = {" What we\n want ": "title", "Goal": "target_value", "Owner": " "}
    words = words_of(asked(headings, {"Epic": RowType.OBJECTIVE}))
    assert words.columns == {"What we want": "Title", "Goal": "Target Value", "Owner": ""}
    assert words.types == {"Epic": RowType.OBJECTIVE}


def test_a_column_that_does_not_exist_is_refused_with_those_that_do() -> None:
    path, message = refused(asked({"Summary": "Title", "Colour": "colour"}))
    assert path == ["columns", "1", "column"]
    assert "“colour”" in message
    assert "Target Value" in message


def test_a_word_is_said_once() -> None:
    path, message = refused(asked({"Team goal": "Title", "TEAM_GOAL": "Description"}))
    assert path == ["columns", "1", "heading"]
    assert "twice" in message
    path, _ = refused(asked(types={"Epic": RowType.WHY, "epic": RowType.OBJECTIVE}))
    assert path == ["types", "1", "word"]


@pytest.mark.parametrize("word", ["", " ", "*:", "a\0b", "x" * 201, "\ud800"], ids=repr)
def test_what_is_no_word_is_refused(word: str) -> None:
    assert refused(asked({word: "Title"}))[0] == ["columns", "0", "heading"]
    assert refused(asked(types={word: RowType.WHY}))[0] == ["types", "0", "word"]


def test_words_are_bounded() -> None:
    many = {f"heading {each}": "" for each in range(MAX_WORDS)}
    assert len(words_of(asked(many)).columns) == MAX_WORDS
    assert refused(asked(many | {"one more": ""}))[0] == ["columns"]
    assert refused(asked(many, {"Epic": RowType.WHY}))[0] == ["columns"]
    assert refused(asked(types=dict.fromkeys([*many, "one more"], RowType.WHY)))[0] == ["types"]


def test_what_is_said_now_wins_over_what_was_said_before_and_all_else_stays() -> None:
    kept = PlanWords({"Summary": "Title", "Owner": "Entity"}, {"Epic": RowType.WHY})
    found = combined(kept, PlanWords({"summary": "Description", "Goal": "Title"}, {"EPIC": RowType.OBJECTIVE}))
    assert found.columns == {"Owner": "Entity", "summary": "Description", "Goal": "Title"}
    assert found.types == {"EPIC": RowType.OBJECTIVE}
    assert combined(kept, PlanWords()) == kept


def test_words_that_are_kept_are_bounded_too() -> None:
    kept = PlanWords({f"heading {each}": "" for each in range(MAX_WORDS)})
    assert combined(kept, PlanWords({"heading 7": "Title"})).columns["heading 7"] == "Title"
    for more, path in (
        (PlanWords({"Summary": "Title"}), ["columns"]),
        (PlanWords(types={"Epic": RowType.WHY}), ["types"]),
    ):
        with pytest.raises(Refused) as caught:
            combined(kept, more)
        assert caught.value.problems[0].path == path
