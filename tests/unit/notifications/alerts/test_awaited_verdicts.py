"""What waits for its verdict: the old verdict on a new graph says nothing."""

from __future__ import annotations

from msgspec import Struct, structs

from goldenthread.contracts.events.alerts import AlertResolved, AlertState
from goldenthread.contracts.events.alignment import OrphanCause
from goldenthread.contracts.events.goals import (
    LinkAccepted,
    LinkReaffirmed,
    ObjectiveActivated,
    PurposeRevised,
    UnitChanged,
)
from goldenthread.contracts.events.goals.clock import DayClosed
from services.notifications.domain.alert_reasons import AlertKey
from tests.support import entities
from tests.support.entities import T0
from tests.unit.notifications.story import (
    ALIGNED,
    UNEXPLAINED,
    Story,
    alignment_event,
    orphaned,
    revise_why,
    told,
)

DAY = DayClosed(T0.date())


def mended_below(story: Story) -> None:
    """The purpose was revised, then the why below it, and the goal's link was reaffirmed: the verdict is awaited."""
    story.then(PurposeRevised(entities.purpose(2), entities.purpose()), objective_1=UNEXPLAINED)
    revise_why(story, "objective_1")
    mended = LinkReaffirmed(entities.link("link_1", "objective_1", "why_1", 2, because_version=2))
    assert [type(each) for each in story.then(mended)] == [AlertResolved]


def test_what_waits_for_its_verdict_and_is_mended_before_it_comes_is_never_told() -> None:
    story = told()
    mended_below(story)
    whole = LinkReaffirmed(entities.link("link_w", "why_1", "purpose_1", 1, because_version=2))
    assert story.then(whole) == []
    assert story.open() == []


def test_what_waits_for_its_verdict_joins_the_alert_of_others_with_it_after_a_restart_too() -> None:
    story = told()
    other = LinkAccepted(entities.link("link_3", "objective_3", "why_1", 9))
    story.then(ObjectiveActivated(entities.objective("objective_3")), other, objective_3=ALIGNED)
    revised = PurposeRevised(entities.purpose(2), entities.purpose())
    story.then(revised, objective_1=UNEXPLAINED, objective_3=UNEXPLAINED)
    revise_why(story, "objective_1", "objective_3")
    first, third = (
        LinkReaffirmed(entities.link(f"link_{at}", f"objective_{at}", "why_1", 9, because_version=2)) for at in (1, 3)
    )
    story.then(third, objective_3=UNEXPLAINED)
    story.then(first)
    assert [(each.subject, each.goals) for each in story.open()] == [("purpose_1", ["objective_3"])]
    restarted = story.restored()
    assert restarted.wanted() == story.alerts.wanted()
    [changed] = story.verdicts(objective_1=UNEXPLAINED)
    assert changed.alert.goals == ["objective_1", "objective_3"]
    again = restarted.apply_commit([], [alignment_event({"objective_1": UNEXPLAINED}, story.sequence)])
    assert again == [changed]


def test_a_goal_that_was_mended_and_breaks_again_before_its_verdict_waits_for_it() -> None:
    story = told()
    revise_why(story, "objective_1")
    mended = LinkReaffirmed(entities.link("link_1", "objective_1", "why_1", 2, because_version=2))
    assert [type(each) for each in story.then(mended)] == [AlertResolved]
    assert revise_why(story) == []
    [raised] = story.verdicts(objective_1=UNEXPLAINED)
    assert (raised.alert.subject, raised.alert.state) == ("why_1", AlertState.OPEN)


def searches(story: Story, *happened: Struct) -> list[str]:
    """What is searched for reasons when this happens."""
    found, search = list[str](), story.alerts._search

    def noted(source: str, *, wait: bool) -> set[AlertKey]:
        found.append(source)
        return search(source, wait=wait)

    story.alerts._search = noted  # type: ignore[method-assign]
    story.then(*happened)
    return found


def test_what_waited_for_its_verdict_is_looked_at_once() -> None:
    story = told()
    mended_below(story)
    story.verdicts(objective_1=UNEXPLAINED)
    assert searches(story, DAY) == []


def test_a_goal_that_was_mended_depends_on_nothing_any_more() -> None:
    story = told()
    story.then(DAY, objective_2=orphaned(OrphanCause.LOOP, "objective_2"))
    before = story.alerts.facts.org.units["unit_b"]
    led = structs.replace(before, lead="person_b")
    assert searches(story, UnitChanged(led, before)) == ["objective_2"]
    story.then(DAY, objective_2=ALIGNED)
    assert searches(story, UnitChanged(before, led)) == []
