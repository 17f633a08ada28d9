"""The facts that alerts are made of: what is kept, what is looked at again, and what has no part in it."""

from __future__ import annotations

from copy import deepcopy

import pytest
from msgspec import Struct, structs

from goldenthread.contracts.entities import CheckIn
from goldenthread.contracts.enums import ObjectiveState
from goldenthread.contracts.events.alerts import AlertKind, AlertRaised
from goldenthread.contracts.events.alignment import Cause, GoalOrphaned, GoalUnexplained, OrphanCause
from goldenthread.contracts.events.goals import (
    CheckInAcknowledged,
    KeyResultAdded,
    LinkAccepted,
    ObjectiveActivated,
    ObjectiveChanged,
    ObjectiveClosed,
    WhyPublished,
    WhyRevised,
)
from goldenthread.contracts.events.goals.clock import DayClosed, WhyAnswerOverdue
from services.notifications.domain.alert_facts import FactChanges
from tests.support import entities
from tests.support.entities import T0
from tests.unit.notifications.story import (
    ALIGNED,
    NOT_JUDGED,
    UNEXPLAINED,
    Story,
    goals_event,
    orphaned,
    told,
)

CAUSE = Cause("goals-1", 1, "why.revised")


def folded(story: Story, *payloads: Struct) -> FactChanges:
    """What the facts of a story say of a commit."""
    return story.alerts.facts.apply(
        [goals_event(each, story.sequence + 1, story.sequence + 1) for each in payloads], []
    )


def test_no_alert_depends_on_readings_so_none_are_kept() -> None:
    story = told()
    story.then(KeyResultAdded(entities.key_result("keyresult_1", "objective_1")))
    changes = folded(story, CheckInAcknowledged(CheckIn("checkin_1", "keyresult_1", 1.0, T0, None)))
    assert (changes.facts, changes.ids, story.alerts.facts.org.check_ins) == ({}, set(), {})


def test_a_goal_that_is_called_something_else_is_kept_and_nothing_is_looked_at_again() -> None:
    story = told()
    before = story.alerts.facts.org.objectives["objective_1"]
    named = structs.replace(before, title="Another name")
    changes = folded(story, ObjectiveChanged(named, before, editorial=True))
    assert changes.facts == {"entity:objective_1": named}
    assert (changes.ids, changes.sources, changes.graph) == (set(), set(), False)


def test_only_verdicts_on_objectives_are_kept() -> None:
    story = told()
    story.then(KeyResultAdded(entities.key_result("keyresult_1", "objective_1")))
    broken = orphaned(OrphanCause.LOOP, "objective_1")
    assert story.then(DayClosed(T0.date()), keyresult_1=broken, why_1=broken) == []
    assert not {"standing:keyresult_1", "standing:why_1"} & story.kept.keys()
    assert not {"keyresult_1", "why_1"} & story.alerts.facts.sources()


@pytest.mark.parametrize(("kind", "alert"), [(GoalUnexplained, "GOAL_UNEXPLAINED"), (GoalOrphaned, "GOAL_ORPHANED")])
def test_a_transition_says_as_much_as_a_label(kind: type[GoalUnexplained | GoalOrphaned], alert: str) -> None:
    story = told()
    verdict = UNEXPLAINED if kind is GoalUnexplained else orphaned(OrphanCause.LOOP, "objective_1")
    revised = WhyRevised(entities.why("why_1", 2), entities.why("why_1"))
    [raised] = story.then(revised, said=[kind("objective_1", verdict, CAUSE)])
    assert (raised.alert.kind, raised.alert.goals) == (AlertKind(alert), ["objective_1"])


def copied() -> list[Struct]:
    """objective_9 continues objective_2, with a because that is yet to be said."""
    made = structs.replace(entities.objective("objective_9", owner="unit_b"), continues="objective_2")
    link = entities.link("link_9", "objective_9", "objective_1", 9, because_version=None)
    closed = ObjectiveClosed(entities.objective("objective_2", ObjectiveState.CLOSED, owner="unit_b"))
    return [ObjectiveActivated(made), LinkAccepted(link), closed]


def test_a_copy_of_a_goal_that_was_aligned_has_a_new_because_and_no_alert_after_a_restart_either() -> None:
    story = told()
    story.kept = deepcopy(story.kept)  # a store gives back what is equal, not the same
    story.alerts = story.restored()
    assert story.then(*copied(), objective_2=NOT_JUDGED, objective_9=UNEXPLAINED) == []


def test_a_copy_that_has_been_aligned_itself_loses_its_explanation_as_any_goal_does() -> None:
    story = told()
    story.then(*copied(), objective_2=NOT_JUDGED, objective_9=ALIGNED)
    [raised] = story.then(DayClosed(T0.date()), objective_9=UNEXPLAINED)
    assert (type(raised), raised.alert.goals) == (AlertRaised, ["objective_9"])


def owing() -> Story:
    """unit_a owes an answer for longer than it has time."""
    story = told()
    story.then(WhyPublished(structs.replace(entities.why("why_9"), audience=["unit_a"])))
    story.then(WhyAnswerOverdue("why_9", "unit_a", 1, entities.T0.replace(day=12)))
    return story


def test_an_answer_that_is_owed_is_owed_after_a_restart() -> None:
    story = owing()
    assert [each.kind for each in story.open()] == [AlertKind.WHY_UNANSWERED]
    assert story.restored().wanted() == story.alerts.wanted() != {}
    assert "why_9 unit_a" in story.restored().facts.sources()


def test_what_the_clock_said_of_an_answer_is_forgotten_with_the_debt() -> None:
    story = owing()
    assert "debt:why_9 unit_a" in story.kept
    nobody = structs.replace(entities.why("why_9", 2), audience=[])
    story.then(WhyRevised(nobody, entities.why("why_9")))
    assert "debt:why_9 unit_a" not in story.kept
    assert story.alerts.facts.sources() == story.restored().facts.sources() == set()
