"""Which organizations metrics show separately, and that what is shown adds up to the whole."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.alignment.domain.shown_organizations import (
    OTHER,
    OrganizationFigures,
    choose,
    figures_to_show,
    label,
)

_IDS = st.text(alphabet="abcdefgh", min_size=1, max_size=2).map(lambda each: f"org_{each}")
_SIZES = st.dictionaries(_IDS, st.integers(0, 40) | st.integers(0, 1_000_000))
_STATES = ("aligned", "unexplained", "pending", "orphaned")
_NUMBERS = st.integers(0, 10**9)


@st.composite
def _some_figures(draw: st.DrawFn) -> OrganizationFigures:
    asked = draw(_NUMBERS)
    aligned, unexplained, pending, orphaned = (draw(_NUMBERS) for _ in _STATES)
    return OrganizationFigures(aligned, unexplained, pending, orphaned, asked, draw(st.integers(0, asked)))


@given(_SIZES, st.sets(_IDS), st.integers(0, 12))
def test_as_many_are_shown_as_may_be_none_is_much_smaller_than_another_and_the_choice_stays(
    sizes: dict[str, int], before: set[str], limit: int
) -> None:
    chosen = choose(before, sizes, limit)
    assert len(chosen) == len(set(chosen)) == min(limit, len(sizes))
    assert [sizes[each] for each in chosen] == sorted((sizes[each] for each in chosen), reverse=True)
    hidden = [size for each, size in sizes.items() if each not in chosen]
    if chosen and hidden:
        assert max(hidden) <= 1.25 * sizes[chosen[-1]]
    assert choose(chosen, sizes, limit) == chosen


@given(_SIZES, st.integers(0, 12), st.data())
def test_small_changes_change_no_choice(sizes: dict[str, int], limit: int, data: st.DataObject) -> None:
    chosen = choose((), sizes, limit)
    changed = {each: size * data.draw(st.integers(900, 1_100)) for each, size in sizes.items()}
    assert set(choose(chosen, changed, limit)) == set(chosen)


@given(_SIZES, st.sets(_IDS), st.integers(0, 12))
def test_an_organization_loses_its_place_only_to_a_larger_one(
    sizes: dict[str, int], before: set[str], limit: int
) -> None:
    chosen = choose(before, sizes, limit)
    lost = [sizes[each] for each in before & sizes.keys() - set(chosen)]
    came = [sizes[each] for each in chosen if each not in before]
    assert max(lost, default=0) <= min(came, default=max(lost, default=0))
    assert max(lost, default=0) <= min((sizes[each] for each in chosen), default=max(lost, default=0))


@given(st.dictionaries(_IDS, _some_figures()), st.data())
def test_what_is_shown_adds_up_to_the_whole(figures: dict[str, OrganizationFigures], data: st.DataObject) -> None:
    chosen = {each: one for each, one in figures.items() if data.draw(st.booleans(), label=each)}
    total = OrganizationFigures(*(sum(column) for column in zip(OrganizationFigures(), *figures.values(), strict=True)))
    shown = figures_to_show(total, chosen, {})
    assert len(shown.objectives) == 4 * (len(chosen) + 1)
    for place, state in enumerate(_STATES):
        assert sum(number for (_, each), number in shown.objectives.items() if each == state) == total[place]
        assert all(shown.objectives[id, state] == one[place] for id, one in chosen.items())
    assert all(0 <= each <= 1 for each in shown.coverage.values())
    others = [one for id, one in figures.items() if id not in chosen]
    asked, answered = sum(one.asked for one in others), sum(one.answered for one in others)
    assert shown.coverage.get((OTHER,)) == (answered / asked if asked else None)
    assert {id for id, _ in shown.info} == {*chosen, OTHER}


def test_an_organization_of_which_nothing_was_asked_has_answered_all_as_in_graphql() -> None:
    shown = figures_to_show(OrganizationFigures(), {"org_a": OrganizationFigures()}, {})
    assert shown.coverage == {("org_a",): 1}


def test_an_organization_is_shown_by_its_name_where_that_is_known_else_by_its_id() -> None:
    chosen = {"org_a": OrganizationFigures(1), "org_b": OrganizationFigures(1), "org_c": OrganizationFigures(1)}
    shown = figures_to_show(OrganizationFigures(3), chosen, {"org_a": "Acme\nLtd", "org_b": "\t"})
    assert set(shown.info) == {
        ("org_a", "Acme Ltd"),
        ("org_b", "org_b"),
        ("org_c", "org_c"),
        (OTHER, "other organizations"),
    }


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("  Bäckerei \u00a0 Müller ", "Bäckerei Müller"),
        ("a\x00b\u2028c\u202ed", "a b c d"),
        ('"quoted" \\ {x="y"} 1', '"quoted" \\ {x="y"} 1'),
        ("x" * 300, "x" * 100),
    ],
)
def test_a_name_is_one_line_of_printable_characters(name: str, expected: str) -> None:
    assert label(name) == expected
