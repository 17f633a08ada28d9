"""The one fold: putting is idempotent, indexes follow, and a rollback leaves no trace."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from goldenthread.contracts.entities import Entity, Objective
from goldenthread.contracts.enums import LinkState, ObjectiveState, PurposeState
from goldenthread.organization.organization import Organization
from tests.support.entities import key_result, link, objective, organization, purpose, unit, why

ids = st.sampled_from(["objective_1", "objective_2", "why_1", "keyresult_1", "purpose_1"])
entities: st.SearchStrategy[Entity] = st.one_of(
    st.builds(unit, st.sampled_from(["unit_a", "unit_b"]), st.sampled_from([None, "unit_root", "unit_b"])),
    st.builds(why, st.sampled_from(["why_1", "why_2"]), st.integers(1, 3)),
    st.builds(objective, st.sampled_from(["objective_1", "objective_2"]), st.sampled_from(ObjectiveState)),
    st.builds(key_result, st.sampled_from(["keyresult_1", "keyresult_2"]), ids, st.booleans()),
    st.builds(
        link, st.sampled_from(["link_1", "link_2"]), ids, ids, st.integers(1, 9), state=st.sampled_from(LinkState)
    ),
    st.builds(purpose, st.integers(1, 3), st.sampled_from(PurposeState)),
)


def seen(org: Organization) -> dict[str, object]:
    sets = {
        name: {k: set(v) for k, v in getattr(org, name).items()}
        for name in ("up", "down", "measures_of", "check_ins_of", "units_below")
    }
    return {"entities": {each.id: each for each in org.entities()}, **sets}


@given(st.lists(entities), st.lists(entities))
@settings(deadline=None)
def test_a_rollback_leaves_no_trace(kept: list[Entity], taken_back: list[Entity]) -> None:
    org = organization(*kept)
    before = seen(org)
    org.begin()
    for each in taken_back:
        org.put(each)
    org.rollback()
    assert seen(org) == before


@given(st.lists(entities))
@settings(deadline=None)
def test_an_organization_is_equal_to_one_made_of_its_entities(changes: list[Entity]) -> None:
    org = organization()
    org.begin()
    for each in changes:
        org.put(each)
    changed = org.commit()
    assert seen(Organization.of(org.entities())) == seen(org)
    assert {each.id: each for each in changed} == {each.id: each for each in changes}


def test_two_changes_at_once_are_refused() -> None:
    org = organization()
    org.begin()
    with pytest.raises(RuntimeError, match="under way"):
        org.begin()


def test_a_key_result_lives_as_long_as_what_it_measures() -> None:
    org = organization(objective("objective_1"), key_result("keyresult_1", "objective_1"))
    assert org.live("keyresult_1")
    org.put(objective("objective_1", ObjectiveState.CLOSED))
    assert not org.live("keyresult_1")


def test_key_results_that_measure_each_other_are_not_live() -> None:
    org = organization(key_result("keyresult_1", "keyresult_2"), key_result("keyresult_2", "keyresult_1"))
    assert not org.live("keyresult_1")


def test_the_oldest_accepted_link_comes_first() -> None:
    org = organization(link("link_2", "objective_1", "why_1", 9), link("link_1", "objective_1", "why_2", 4))
    assert [each.id for each in org.parents("objective_1")] == ["link_1", "link_2"]


def test_a_link_is_explained_against_the_parents_current_version() -> None:
    made = link("link_1", "objective_1", "why_1", because_version=1)
    org = organization(why("why_1"), objective("objective_1"), made)
    assert org.explained(made)
    org.put(why("why_1", version=2))
    assert not org.explained(made)


def test_owners_of_a_key_result_are_those_of_what_it_measures() -> None:
    org = organization(objective("objective_1", owner="unit_b"), key_result("keyresult_1", "objective_1"))
    assert org.owners("keyresult_1") == ["unit_b"]
    assert org.owners("purpose_1") == []


def test_nobody_owns_key_results_that_measure_each_other() -> None:
    pairs = (("keyresult_1", "keyresult_2"), ("keyresult_2", "keyresult_1"))
    org = organization(*(key_result(id, measures) for id, measures in pairs))
    assert org.owners("keyresult_1") == []


def test_units_are_walked_up_and_down() -> None:
    org = organization(unit("unit_c", "unit_a"))
    assert [each.id for each in org.ancestors("unit_c")] == ["unit_c", "unit_a", "unit_root"]
    assert list(org.subunits("unit_root")) == ["unit_root", "unit_a", "unit_b", "unit_c"]


def test_ids_tell_what_they_name() -> None:
    org = organization(objective("objective_1"), purpose())
    assert isinstance(org.get("objective_1"), Objective)
    assert org.get("purpose_1") is org.purpose
    assert org.get("moon_1") is None
    assert org.node("unit_a") is None
