"""The values that commands and files may have: their limits, and what is said of others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from goldenthread.contracts.entities import Cycle, Objective, OrgUnit
from goldenthread.contracts.errors import ErrorCode, Refused
from goldenthread.organization.organization import Organization
from services.goals.domain import validation as v
from tests.unit.goals.import_harness import ImportHarness


def refusal(rule: Callable[..., Any], *args: Any, **other: Any) -> Refused:
    with pytest.raises(Refused) as found:
        rule(*args, **other)
    return found.value


@pytest.mark.parametrize(
    ("rule", "least", "most", "below", "above", "words"),
    [
        (v.share, 0.0, 1.0, -0.001, 1.001, "it lies between 0 and 1"),
        (v.days, 0, v.DAYS, -1, v.DAYS + 1, f"it lies between 0 and {v.DAYS} days"),
        (v.month, 1, 12, 0, 13, "it is a month from 1 to 12"),
    ],
)
def test_numbers_have_limits_that_belong_to_them(
    rule: Callable[..., Any], least: float, most: float, below: float, above: float, words: str
) -> None:
    assert (rule(least, "input", "field"), rule(most, "input", "field")) == (least, most)
    for value in (below, above):
        refused = refusal(rule, value, "input", "field")
        assert str(refused) == f"field is {value:g}; {words}."
        assert [(each.code, each.path) for each in refused.problems] == [(ErrorCode.INVALID, ["input", "field"])]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_a_number_is_finite(value: float) -> None:
    assert str(refusal(v.number, value, "input", "field")) == "field is not a finite number; give a plain number."
    assert v.number(3, "input", "field") == 3.0


def test_a_bulk_has_one_id_at_least_none_twice_and_no_more_than_a_command_takes() -> None:
    many = [f"link_{at}" for at in range(v.BULK)]
    assert v.bulk([*many, *many], "input", "links") == many
    assert str(refusal(v.bulk, [], "input", "links")) == "links is empty; name at least one."
    refused = refusal(v.bulk, [*many, "link_more"], "input", "links")
    assert str(refused) == f"links names {v.BULK + 1}; send at most {v.BULK} at a time."


def test_blank_is_none_where_a_text_is_optional() -> None:
    for rule in (v.optional, v.optional_line):
        assert (rule(None, "field"), rule("  ", "field"), rule(" so ", "field")) == (None, None, "so")


def test_a_text_that_is_refused_is_named_by_its_field() -> None:
    assert str(refusal(v.title, "", "input", "title")).startswith("title ")
    assert str(refusal(v.title, "x" * (v.TITLE + 1))) == f"text has {v.TITLE + 1} characters; at most {v.TITLE} fit."


@pytest.mark.parametrize(
    ("value", "title"), [("a  b", "a  b"), (" a\tb ", "a b"), ("a\nb", "a b"), (" a\r\n  b ", "a b")]
)
def test_a_title_of_several_lines_is_its_words_and_blanks_of_one_stay(value: str, title: str) -> None:
    assert v.tidied_title(value, "title") == title


@pytest.mark.parametrize("length", [5, 59, 60, 61, 500])
def test_a_long_id_is_told_by_its_beginning(length: int) -> None:
    id = "x" * length
    shown = id if length <= 60 else "x" * 57 + "…"
    assert str(refusal(v.find, Organization(), OrgUnit, id)) == f"There is no unit {shown} here; check the id."


def test_an_id_of_another_kind_is_told_with_what_it_is() -> None:
    org = ImportHarness().org
    (unit,) = org.units
    message = f"{unit} is a unit, not an objective; name an objective."
    assert str(refusal(v.find, org, Objective, unit)) == message
    assert str(refusal(v.find, org, Cycle, unit)) == f"{unit} is a unit, not a cycle; name a cycle."
