"""Links that are negotiated again or moved: what is looked at again with them, and what the clock said of them."""

from __future__ import annotations

from msgspec import structs

from goldenthread.contracts.entities import Link
from goldenthread.contracts.enums import LinkState, Side
from goldenthread.contracts.events.alerts import AlertKind, AlertRaised, AlertResolved
from goldenthread.contracts.events.goals import (
    LinkAccepted,
    LinkCountered,
    LinkMoved,
    ObjectiveActivated,
    PurposeRevised,
    WhyRevised,
)
from tests.support import entities
from tests.unit.notifications.story import UNEXPLAINED, Story, overdue, proposed, told

WAITING = entities.link("link_9", "objective_9", "objective_1", None, None, LinkState.PROPOSED, turn=Side.PARENT)


def kept_waiting() -> Story:
    """A link that the clock has called overdue."""
    story = told()
    story.then(ObjectiveActivated(entities.objective("objective_9")), proposed(WAITING))
    [raised] = story.then(overdue("link_9"))
    assert (type(raised), raised.alert.kind) == (AlertRaised, AlertKind.LINK_AWAITING)
    assert "overdue:link_9" in story.kept
    return story


def over(story: Story, link: Link) -> None:
    """The link is not kept waiting any more, and what the clock said of it is forgotten."""
    assert [type(each) for each in story.then(LinkAccepted(link))] == [AlertResolved]
    assert "overdue:link_9" not in story.kept
    assert story.restored().facts.sources() == story.alerts.facts.sources()


def test_what_the_clock_said_of_a_link_is_forgotten_when_it_is_decided() -> None:
    accepted = structs.replace(WAITING, state=LinkState.ACCEPTED, accepted_order=9, turn=None)
    over(kept_waiting(), accepted)


def test_what_the_clock_said_of_a_link_is_forgotten_when_its_terms_change() -> None:
    over(kept_waiting(), structs.replace(WAITING, state=LinkState.COUNTERED, round=2, turn=Side.CHILD))


def test_a_link_whose_terms_wait_for_the_other_side_is_told_apart_from_one_that_was_never_late() -> None:
    story = kept_waiting()
    story.then(LinkCountered(structs.replace(WAITING, state=LinkState.COUNTERED, round=2, turn=Side.CHILD)))
    [raised] = story.then(overdue("link_9", 2))
    assert raised.alert.next_step == ("A: decide on the new terms of the link from “objective_9” to “objective_1”.")


def test_a_link_that_is_moved_to_a_successor_is_as_late_as_before() -> None:
    story = kept_waiting()
    story.then(ObjectiveActivated(entities.objective("objective_8")))
    assert story.then(LinkMoved(structs.replace(WAITING, child="objective_8"), WAITING)) == []
    assert [each.kind for each in story.open()] == [AlertKind.LINK_AWAITING]
    assert "overdue:link_9" in story.kept


def test_a_new_way_up_from_a_goal_ends_the_alert_of_those_below_before_the_verdict_comes() -> None:
    story = told()
    [raised] = story.then(PurposeRevised(entities.purpose(2), entities.purpose()), objective_2=UNEXPLAINED)
    assert (raised.alert.addressee, raised.alert.goals) == ("unit_root", ["objective_2"])
    nearer = LinkAccepted(entities.link("link_9", "objective_1", "purpose_1", 9, because_version=1))
    assert [type(each) for each in story.then(nearer)] == [AlertResolved]
    [again] = story.verdicts(objective_2=UNEXPLAINED)
    assert (type(again), again.alert.addressee) == (AlertRaised, "unit_a"), "the fewest hops lead another way"


def test_a_way_up_that_is_moved_to_another_goal_ends_the_alert_of_those_below() -> None:
    story = told()
    story.then(ObjectiveActivated(entities.objective("objective_9")))
    revised = WhyRevised(entities.why("why_1", 2), entities.why("why_1"))
    [raised] = story.then(revised, objective_2=UNEXPLAINED)
    link = entities.link("link_1", "objective_1", "why_1", 2)
    [resolved] = story.then(LinkMoved(structs.replace(link, child="objective_9"), link))
    assert (type(resolved), resolved.alert.id) == (AlertResolved, raised.alert.id)
