"""What is kept of an organization gives the same alerts again; what is over is not kept."""

from __future__ import annotations

from copy import deepcopy

from goldenthread.contracts.enums import LinkState, Side
from goldenthread.contracts.events.alignment import OrphanCause
from goldenthread.contracts.events.goals import ObjectiveActivated, WhyPublished
from goldenthread.contracts.events.goals.clock import DayClosed, Grace
from services.notifications.domain.alerts import Alerts
from tests.support import entities
from tests.support.entities import T0
from tests.unit.notifications.story import NOT_JUDGED, Story, grace, orphaned, overdue, proposed, told

WAITING = entities.link("link_9", "objective_9", "objective_1", None, None, LinkState.PROPOSED, turn=Side.PARENT)
NEW = ObjectiveActivated(entities.objective("objective_9"))


def restarted(story: Story) -> Alerts:
    """The fold made anew from what a store gives back: equal, not the same."""
    story.kept = deepcopy(story.kept)
    return story.restored()


def test_a_link_that_is_kept_waiting_is_so_after_a_restart() -> None:
    story = told()
    story.then(NEW, proposed(WAITING))
    story.then(overdue("link_9"))
    assert len(story.open()) == 1
    assert restarted(story).wanted() == story.alerts.wanted()


def test_a_grace_that_has_ended_has_ended_after_a_restart() -> None:
    story = told()
    story.then(NEW, objective_9=orphaned(OrphanCause.NOT_LINKED, "objective_9"))
    story.then(grace("objective_9", Grace.LINKING), WhyPublished(entities.why("why_9")))
    story.then(grace("why_9", Grace.UPTAKE))
    assert {each.subject for each in story.open()} == {"objective_9", "why_9"}
    again = restarted(story)
    assert again.wanted() == story.alerts.wanted()
    assert again.facts.sources() == {"objective_9", "why_9"}


def test_a_grace_that_lasts_lasts_after_a_restart() -> None:
    story = told()
    story.then(NEW, objective_9=orphaned(OrphanCause.NOT_LINKED, "objective_9"))
    assert restarted(story).wanted() == {}
    story.then(grace("objective_9", Grace.LINKING))
    story.then(grace("objective_9", Grace.LINKING, ended=False))
    assert restarted(story).wanted() == {}
    assert "grace:objective_9:LINKING" not in story.kept


def test_only_a_grace_of_taking_up_is_looked_at_without_a_verdict() -> None:
    story = told()
    story.then(grace("objective_1", Grace.LINKING), grace("objective_2", Grace.HANDOVER))
    assert restarted(story).facts.sources() == set()


def test_the_verdict_on_a_goal_that_is_judged_no_more_is_not_kept() -> None:
    story = told()
    assert "standing:objective_2" in story.kept
    story.then(DayClosed(T0.date()), objective_2=NOT_JUDGED)
    assert "standing:objective_2" not in story.kept
    assert "objective_2" not in restarted(story).facts.verdicts
