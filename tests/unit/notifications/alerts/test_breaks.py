"""Whose break it is: what an alert is about, whom it addresses, and what must not change unnoticed for that."""

from __future__ import annotations

import pytest
from msgspec import structs

from goldenthread.contracts.entities import OrgUnit
from goldenthread.contracts.enums import LinkState, ObjectiveState, PurposeState, Side
from goldenthread.contracts.events.alerts import AlertKind, AlertRaised, AlertResolved
from goldenthread.contracts.events.alignment import OrphanCause
from goldenthread.contracts.events.goals import (
    KeyResultAdded,
    LinkAccepted,
    ObjectiveActivated,
    ObjectiveClosed,
    PurposeRetired,
    UnitChanged,
    UnitCreated,
    WhyPublished,
)
from goldenthread.contracts.events.goals.clock import DayClosed, Grace
from services.notifications.domain.alert_reasons import find_reason
from services.notifications.domain.alerts import AlertPayload
from tests.support import entities
from tests.support.entities import T0
from tests.unit.notifications.story import UNEXPLAINED, Story, grace, orphaned, overdue, proposed, told


def leads(story: Story, unit: str, lead: str | None, closed: bool = False) -> list[AlertPayload]:
    """The unit has another lead, or none."""
    before: OrgUnit = story.alerts.facts.org.units[unit]
    return story.then(UnitChanged(structs.replace(before, lead=lead, closed=closed), before))


def moves(payloads: list[AlertPayload], kind: AlertKind) -> dict[type[AlertPayload], str | None]:
    return {type(each): each.alert.addressee for each in payloads if each.alert.kind is kind}


@pytest.mark.parametrize("cause", [OrphanCause.LINK_WITHDRAWN, OrphanCause.LINK_DECLINED])
def test_the_break_of_a_link_is_the_link_even_when_it_is_known_what_was_lost(cause: OrphanCause) -> None:
    story = told()
    broken = orphaned(cause, "objective_1", "why_1", "link_1")
    [raised] = story.then(DayClosed(T0.date()), objective_1=broken)
    assert raised.alert.subject == "link_1"


@pytest.mark.parametrize("cause", [OrphanCause.WHY_RETIRED, OrphanCause.PARENT_ENDED, OrphanCause.LINK_WITHDRAWN])
def test_the_break_is_where_the_thread_ends_when_what_was_lost_is_not_known(cause: OrphanCause) -> None:
    story = told()
    broken = orphaned(cause, "objective_1")
    [raised] = story.then(DayClosed(T0.date()), objective_1=broken, objective_2=broken)
    assert (raised.alert.subject, raised.alert.goals) == ("objective_1", ["objective_1", "objective_2"])


def test_a_verdict_that_does_not_say_where_the_thread_ends_is_about_the_goal() -> None:
    story = told()
    broken = structs.replace(orphaned(OrphanCause.LOOP, ""), broken_at=None)
    [raised] = story.then(DayClosed(T0.date()), objective_2=broken)
    assert (raised.alert.subject, raised.alert.addressee) == ("objective_2", "unit_root")


def test_a_goal_that_was_closed_is_in_no_alert_even_before_the_verdict_says_so() -> None:
    story = told()
    [raised] = story.then(DayClosed(T0.date()), objective_2=orphaned(OrphanCause.LOOP, "objective_2"))
    closed = ObjectiveClosed(entities.objective("objective_2", ObjectiveState.CLOSED, owner="unit_b"))
    [resolved] = story.then(closed)
    assert (type(resolved), resolved.alert.id) == (AlertResolved, raised.alert.id)


def test_who_must_say_why_again_is_found_anew_when_a_lead_comes() -> None:
    story = told()
    revised = ObjectiveActivated(entities.objective("objective_1", version=2))
    [raised] = story.then(revised, objective_2=UNEXPLAINED)
    assert (raised.alert.subject, raised.alert.addressee) == ("objective_1", "unit_a")
    moved = leads(story, "unit_b", "person_b")
    assert moves(moved, AlertKind.GOAL_UNEXPLAINED) == {AlertResolved: "unit_a", AlertRaised: "unit_b"}


def test_who_keeps_a_link_waiting_is_found_anew_when_its_lead_goes() -> None:
    story = told()
    elsewhere = UnitCreated(entities.unit("unit_c", "unit_root", "person_c"))
    story.then(elsewhere, ObjectiveActivated(entities.objective("objective_7", owner="unit_c")))
    state, turn = LinkState.PROPOSED, Side.PARENT
    waiting = entities.link("link_9", "objective_2", "objective_7", None, None, state, turn=turn)
    pending = orphaned(OrphanCause.LINK_PENDING, "objective_2", None, "link_9")
    story.then(proposed(waiting), objective_2=pending)
    raised = story.then(overdue("link_9"))
    assert {each.alert.addressee for each in raised} == {"unit_c"}
    moved = leads(story, "unit_c", None)
    for kind in (AlertKind.GOAL_ORPHANED, AlertKind.LINK_AWAITING):
        assert moves(moved, kind) == {AlertResolved: "unit_c", AlertRaised: "unit_root"}


@pytest.mark.parametrize("closed", [False, True])
def test_the_unit_that_hears_for_units_below_is_found_anew_when_its_lead_goes(closed: bool) -> None:
    story = told()
    leads(story, "unit_b", "person_b" if closed else None, closed)
    story.then(WhyPublished(entities.why("why_9", owner="unit_b")))
    [raised] = story.then(grace("why_9", Grace.UPTAKE))
    assert raised.alert.addressee == "unit_a", "nobody hears in a closed unit, or in one without a lead"
    moved = leads(story, "unit_a", None)
    assert moves(moved, AlertKind.WHY_UNLINKED) == {AlertResolved: "unit_a", AlertRaised: "unit_root"}


def test_a_reason_depends_on_the_units_up_to_the_one_that_hears_and_on_none_above() -> None:
    story = told()
    story.then(WhyPublished(entities.why("why_9", owner="unit_b")))
    story.then(grace("why_9", Grace.UPTAKE))
    assert find_reason(story.alerts.facts, "why_9").reads == {"why_9", "unit_b", "unit_a"}


def test_what_the_executives_must_mend_depends_on_which_unit_is_the_root() -> None:
    story = told()
    retired = PurposeRetired(entities.purpose(state=PurposeState.RETIRED), "over")
    [raised] = story.then(retired, objective_1=orphaned(OrphanCause.PURPOSE_MISSING, "objective_1", "purpose_1"))
    assert (raised.alert.subject, raised.alert.addressee) == ("purpose_1", "unit_root")
    reads = find_reason(story.alerts.facts, "objective_1").reads
    assert reads == {"objective_1", "unit_a", "purpose_1", "org_1", "unit_root"}


def test_key_results_that_measure_in_a_circle_are_looked_at_once() -> None:
    story = told()
    one, other = (entities.key_result(f"keyresult_{a}", f"keyresult_{b}") for a, b in (("1", "2"), ("2", "1")))
    link = LinkAccepted(entities.link("link_9", "objective_2", "keyresult_1", 9))
    broken = orphaned(OrphanCause.PARENT_ENDED, "objective_2", "keyresult_1", "link_9")
    story.then(KeyResultAdded(one), KeyResultAdded(other), link, objective_2=broken)
    assert {"keyresult_1", "keyresult_2"} <= find_reason(story.alerts.facts, "objective_2").reads
