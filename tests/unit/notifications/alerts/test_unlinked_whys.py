"""What counts as linked to a why whose time to be taken up is over, and what does not."""

from __future__ import annotations

import pytest
from msgspec import Struct

from goldenthread.contracts.enums import LinkState, ObjectiveState, Side
from goldenthread.contracts.events.alerts import AlertKind, AlertRaised, AlertResolved
from goldenthread.contracts.events.goals import (
    KeyResultAdded,
    LinkAccepted,
    LinkMoved,
    ObjectiveActivated,
    ObjectiveCreated,
    WhyPublished,
)
from goldenthread.contracts.events.goals.clock import Grace
from tests.support import entities
from tests.unit.notifications.story import Story, grace, proposed, told

DRAFT = ObjectiveCreated(entities.objective("objective_9", ObjectiveState.DRAFT))
ACTIVE = ObjectiveActivated(entities.objective("objective_9"))


def published() -> Story:
    """A why with a key result; its time to be taken up is not over yet."""
    story = told()
    measured = entities.link("link_m", "keyresult_1", "why_9", 8, measure=True)
    added = KeyResultAdded(entities.key_result("keyresult_1", "why_9"))
    story.then(WhyPublished(entities.why("why_9")), added, LinkAccepted(measured))
    return story


def linked(parent: str, state: LinkState = LinkState.ACCEPTED, child: str = "objective_9") -> Struct:
    turn = Side.PARENT if state is LinkState.PROPOSED else None
    return proposed(entities.link("link_9", child, parent, 9, state=state, turn=turn))


def unlinked(story: Story) -> bool:
    """Whether the why raises its alert when its time is over."""
    return [each.alert.kind for each in story.then(grace("why_9", Grace.UPTAKE))] == [AlertKind.WHY_UNLINKED]


@pytest.mark.parametrize("parent", ["why_9", "keyresult_1"])
@pytest.mark.parametrize("state", LinkState)
def test_a_link_of_a_live_goal_counts_once_it_is_accepted(parent: str, state: LinkState) -> None:
    story = published()
    story.then(ACTIVE, linked(parent, state))
    assert unlinked(story) == (state is not LinkState.ACCEPTED)


@pytest.mark.parametrize("parent", ["why_9", "keyresult_1"])
def test_an_accepted_link_of_a_draft_counts_from_the_day_on_that_it_is_active(parent: str) -> None:
    story = published()
    story.then(DRAFT, linked(parent))
    assert unlinked(story)
    assert [type(each) for each in story.then(ACTIVE)] == [AlertResolved]
    closed = ObjectiveActivated(entities.objective("objective_9", ObjectiveState.CLOSED))
    assert [type(each) for each in story.then(closed)] == [AlertRaised]


def test_a_key_result_that_nobody_links_to_serves_nothing() -> None:
    assert unlinked(published())


def test_what_is_linked_to_a_key_result_that_was_removed_does_not_count() -> None:
    story = published()
    story.then(ACTIVE, linked("keyresult_1"))
    assert not unlinked(story)
    removed = KeyResultAdded(entities.key_result("keyresult_1", "why_9", removed=True))
    [raised] = story.then(removed)
    assert (type(raised), raised.alert.subject) == (AlertRaised, "why_9")


def test_a_key_result_of_a_goal_may_be_what_serves_the_why() -> None:
    story = published()
    story.then(DRAFT, KeyResultAdded(entities.key_result("keyresult_9", "objective_9")))
    story.then(linked("why_9", child="keyresult_9"))
    assert unlinked(story)
    assert [type(each) for each in story.then(ACTIVE)] == [AlertResolved]


@pytest.mark.parametrize("parent", ["why_9", "keyresult_1"])
def test_a_link_that_is_moved_to_the_why_counts_there_and_no_more_when_it_is_moved_away(parent: str) -> None:
    story = published()
    assert unlinked(story)
    here, elsewhere = (entities.link("link_2", "objective_2", each, 3) for each in (parent, "objective_1"))
    assert [type(each) for each in story.then(LinkMoved(here, elsewhere))] == [AlertResolved]
    assert [type(each) for each in story.then(LinkMoved(elsewhere, here))] == [AlertRaised]
