"""The edges of the why cascade: who is addressed, from when an answer is owed, and what old events do not say."""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec.structs import replace

from goldenthread.contracts.entities import Why
from goldenthread.contracts.enums import AnswerState, WhyState
from goldenthread.organization import why_cascade
from goldenthread.organization.organization import Organization
from goldenthread.organization.why_cascade import Addressed, CascadeRole
from tests.support import entities
from tests.support.entities import T0

LATER = T0 + timedelta(days=3)


def told(**when: object) -> Why:
    """The root's why, told to these units."""
    made = replace(entities.why("why_1"), audience=list(when), published_at=T0)
    return replace(made, told=when)


def organization(why: Why, *more: object) -> Organization:
    """The root, A below it and B below A."""
    return entities.organization(entities.unit("unit_b", "unit_a"), why, *more)


def part(org: Organization, unit: str) -> Addressed | None:
    found = why_cascade.addressed_unit(org, org.whys["why_1"], unit)
    whole = {each.unit: each for each in why_cascade.cascade(org, org.whys["why_1"])}
    assert whole.get(unit) == found, "one unit's part is its place in the whole"
    return found


def test_an_audience_unit_below_another_owes_from_when_it_was_told_itself() -> None:
    org = organization(told(unit_a=T0, unit_b=LATER))
    below = part(org, "unit_b")
    assert below is not None
    assert (below.part, below.since, below.held_up_by) == (CascadeRole.OWES, LATER, None)


def test_of_a_why_whose_event_does_not_say_who_was_told_all_were_when_it_was_published() -> None:
    org = organization(replace(told(unit_a=LATER, unit_b=LATER), told={}))
    for unit in ("unit_a", "unit_b"):
        found = part(org, unit)
        assert found is not None
        assert (found.part, found.since) == (CascadeRole.OWES, T0)


def test_a_unit_that_the_audience_lost_is_addressed_no_more() -> None:
    org = organization(replace(told(unit_a=T0), audience=["unit_a"]))
    assert part(org, "unit_root") is None
    waits = part(org, "unit_b")
    assert waits is not None
    assert (waits.part, waits.since, waits.held_up_by) == (CascadeRole.WAITS, None, "unit_a")
    assert why_cascade.due_at(org, waits) is None


def test_who_came_later_owes_from_then_and_who_was_there_from_when_it_was_told() -> None:
    came = replace(entities.unit("unit_a", "unit_root", "person_a"), placed_at=LATER)
    found = part(organization(told(unit_a=T0), came), "unit_a")
    assert found is not None
    assert found.since == LATER
    was = replace(came, placed_at=T0)
    found = part(organization(told(unit_a=LATER), was), "unit_a")
    assert found is not None
    assert found.since == LATER


def test_closed_units_and_those_below_them_are_not_addressed() -> None:
    closed = replace(entities.unit("unit_a", "unit_root", "person_a"), closed=True)
    org = organization(told(unit_a=T0, unit_b=T0), closed)
    assert part(org, "unit_a") is None
    assert part(org, "unit_b") is None
    assert part(org, "unit_nowhere") is None


def test_a_why_that_was_retired_addresses_nobody() -> None:
    org = organization(replace(told(unit_a=T0), state=WhyState.RETIRED))
    assert list(why_cascade.cascade(org, org.whys["why_1"])) == []
    assert part(org, "unit_a") is None


@pytest.mark.parametrize("days", [None, 3])
def test_an_answer_is_due_a_week_after_it_is_owed_unless_the_policy_says_otherwise(days: int | None) -> None:
    org = organization(told(unit_a=T0))
    found = part(org, "unit_a")
    assert found is not None
    assert org.info is not None
    if days is None:
        bare = Organization()
        assert why_cascade.due_at(bare, found) == T0 + timedelta(days=7)
        assert list(why_cascade.cascade(bare, told(unit_a=T0))) == []
    else:
        org.put(replace(org.info, policy=replace(org.info.policy, reply_days=days)))
        assert why_cascade.due_at(org, found) == T0 + timedelta(days=days)
        assert why_cascade.due_at(org, found._replace(since=None)) is None
        assert why_cascade.due_at(org, found._replace(part=CascadeRole.ANSWERED)) is None


def test_an_answer_to_what_is_not_known_is_out_of_date() -> None:
    assert why_cascade.state_of(Organization(), entities.answer("why_1", "unit_a")) is AnswerState.STALE
