"""Before a break is alerted, whoever can mend it has a grace: whose grace it is, and who is not reminded at all."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec import structs

from goldenthread.contracts.entities import Link
from goldenthread.contracts.enums import LinkState, ObjectiveState, Side
from goldenthread.contracts.events.alerts import AlertKind, AlertResolved
from goldenthread.contracts.events.alignment import OrphanCause
from goldenthread.contracts.events.goals import (
    KeyResultAdded,
    LinkAccepted,
    ObjectiveActivated,
    ObjectiveClosed,
    ObjectiveCreated,
    WhyPublished,
)
from goldenthread.contracts.events.goals.clock import Grace
from tests.support import entities
from tests.unit.notifications.story import NOT_JUDGED, grace, orphaned, overdue, proposed, told


def waiting(child: str, turn: Side = Side.PARENT) -> Link:
    return entities.link("link_9", child, "objective_1", None, None, LinkState.PROPOSED, turn=turn)


def test_a_goal_below_one_that_is_not_linked_waits_for_the_grace_of_that_one() -> None:
    story = told()
    broken = orphaned(OrphanCause.NOT_LINKED, "objective_8")
    below = LinkAccepted(entities.link("link_9", "objective_9", "objective_8", 9))
    new = [ObjectiveActivated(entities.objective(id)) for id in ("objective_8", "objective_9")]
    assert story.then(*new, below, objective_8=broken, objective_9=broken) == []
    assert story.then(grace("objective_9", Grace.LINKING)) == [], "it is linked; its own grace says nothing"
    [raised] = story.then(grace("objective_8", Grace.LINKING))
    assert (raised.alert.subject, raised.alert.goals) == ("objective_8", ["objective_8", "objective_9"])


def test_a_goal_below_a_why_that_is_not_linked_has_its_own_grace() -> None:
    story = told()
    new = [WhyPublished(entities.why("why_9")), ObjectiveActivated(entities.objective("objective_9"))]
    link = LinkAccepted(entities.link("link_9", "objective_9", "why_9", 9))
    assert story.then(*new, link, objective_9=orphaned(OrphanCause.NOT_LINKED, "why_9")) == []
    [raised] = story.then(grace("objective_9", Grace.LINKING))
    assert (raised.alert.subject, raised.alert.addressee) == ("why_9", "unit_root")


def test_a_goal_whose_link_is_not_known_waits_for_nobody() -> None:
    story = told()
    pending = orphaned(OrphanCause.LINK_PENDING, "objective_9", None, "link_gone")
    [raised] = story.then(ObjectiveActivated(entities.objective("objective_9")), objective_9=pending)
    assert (raised.alert.subject, raised.alert.addressee) == ("link_gone", "unit_a")


@pytest.mark.parametrize("side", Side)
def test_nobody_is_reminded_of_a_link_of_which_one_end_has_ended(side: Side) -> None:
    story = told()
    story.then(ObjectiveActivated(entities.objective("objective_9")), proposed(waiting("objective_9")))
    [raised] = story.then(overdue("link_9"))
    assert raised.alert.kind is AlertKind.LINK_AWAITING
    ended = "objective_9" if side is Side.CHILD else "objective_1"
    closed = ObjectiveClosed(entities.objective(ended, ObjectiveState.CLOSED))
    over: dict[str, Any] = {ended: NOT_JUDGED}
    [resolved] = story.then(closed, **over)
    assert (type(resolved), resolved.alert.id) == (AlertResolved, raised.alert.id)


def test_a_draft_may_propose_a_link_and_its_other_side_is_reminded() -> None:
    story = told()
    draft = ObjectiveCreated(entities.objective("objective_9", ObjectiveState.DRAFT, owner="unit_b"))
    assert story.then(draft, proposed(waiting("objective_9"))) == []
    [raised] = story.then(overdue("link_9"))
    assert (raised.alert.kind, raised.alert.subject, raised.alert.addressee) == (
        AlertKind.LINK_AWAITING,
        "link_9",
        "unit_a",
    )


def test_a_key_result_of_a_draft_may_propose_a_link_and_its_other_side_is_reminded() -> None:
    story = told()
    draft = ObjectiveCreated(entities.objective("objective_9", ObjectiveState.DRAFT, owner="unit_b"))
    measured = KeyResultAdded(entities.key_result("keyresult_9", "objective_9"))
    assert story.then(draft, measured, proposed(waiting("keyresult_9"))) == []
    [raised] = story.then(overdue("link_9"))
    assert (raised.alert.kind, raised.alert.addressee) == (AlertKind.LINK_AWAITING, "unit_a")
    removed = KeyResultAdded(entities.key_result("keyresult_9", "objective_9", removed=True))
    assert [type(each) for each in story.then(removed)] == [AlertResolved]


def test_the_clock_says_nothing_of_a_link_that_was_decided() -> None:
    story = told()
    assert story.then(overdue("link_1")) == []


def test_a_round_that_the_clock_has_called_overdue_before_it_was_known_is_overdue() -> None:
    story = told()
    story.then(ObjectiveActivated(entities.objective("objective_9")), proposed(waiting("objective_9")))
    assert story.then(overdue("link_9", 2)) == []
    [raised] = story.then(proposed(structs.replace(waiting("objective_9", Side.CHILD), round=2)))
    assert raised.alert.kind is AlertKind.LINK_AWAITING
