"""When an alert opens, whom it addresses, what it says and when it is over."""

from __future__ import annotations

import pytest
from msgspec import Struct, structs

from goldenthread.contracts.enums import LinkState, ObjectiveState, PurposeState, Side, WhyState
from goldenthread.contracts.events.alerts import (
    AlertChanged,
    AlertKind,
    AlertRaised,
    AlertResolved,
    AlertState,
)
from goldenthread.contracts.events.alignment import OrphanCause
from goldenthread.contracts.events.goals import (
    LinkAccepted,
    LinkCountered,
    LinkMoved,
    LinkReaffirmed,
    LinkWithdrawn,
    ObjectiveActivated,
    ObjectiveClosed,
    ObjectiveCreated,
    ObjectiveReopened,
    PurposeRetired,
    PurposeRevised,
    UnitChanged,
    WhyPublished,
    WhyRetired,
    WhyRevised,
)
from goldenthread.contracts.events.goals.clock import DayClosed, Grace
from tests.support import entities
from tests.support.entities import T0
from tests.unit.notifications.story import (
    ALIGNED,
    NOT_JUDGED,
    UNEXPLAINED,
    Story,
    grace,
    orphaned,
    overdue,
    proposed,
    told,
)


def withdrawn(link: str, child: str, parent: str) -> LinkWithdrawn:
    return LinkWithdrawn(entities.link(link, child, parent, 2, state=LinkState.WITHDRAWN), Side.CHILD)


def waiting(turn: Side = Side.PARENT, round: int = 1) -> Struct:
    made = entities.link("link_9", "objective_9", "objective_1", None, state=LinkState.PROPOSED, turn=turn)
    return proposed(structs.replace(made, round=round))


def retire_the_why(story: Story) -> list[AlertRaised | AlertChanged | AlertResolved]:
    broken = orphaned(OrphanCause.WHY_RETIRED, "objective_1", "why_1", "link_1")
    retired = entities.why("why_1", state=WhyState.RETIRED)
    return story.then(WhyRetired(retired, "obsolete"), objective_1=broken, objective_2=broken)


def test_nothing_is_alerted_while_every_thread_holds() -> None:
    assert told().payloads == []


def test_one_retired_why_is_one_alert_however_many_goals_hung_on_it() -> None:
    story = told()
    [raised] = retire_the_why(story)
    assert isinstance(raised, AlertRaised)
    alert = raised.alert
    assert (alert.kind, alert.subject, alert.addressee) == (AlertKind.GOAL_ORPHANED, "why_1", "unit_root")
    assert alert.goals == ["objective_1", "objective_2"]
    assert (alert.cause, alert.broken_at) == (OrphanCause.WHY_RETIRED, "objective_1")
    assert alert.opened_at == story.at()
    assert alert.message == (
        "The why “why_1” was retired; the thread of “objective_1” (and of 1 other goal) "
        "does not trace back to the purpose."
    )
    assert alert.next_step == "Root: name what follows the retired why “why_1”, so that “objective_1” can link to it."


def test_an_alert_changes_with_its_goals_and_resolves_when_none_is_left() -> None:
    story = told()
    retire_the_why(story)
    [changed] = story.then(LinkAccepted(entities.link("link_5", "objective_2", "purpose_1", 5)), objective_2=ALIGNED)
    assert isinstance(changed, AlertChanged)
    assert changed.alert.goals == ["objective_1"]
    [resolved] = story.then(LinkAccepted(entities.link("link_6", "objective_1", "purpose_1", 6)), objective_1=ALIGNED)
    assert isinstance(resolved, AlertResolved)
    assert (resolved.alert.state, resolved.alert.goals) == (AlertState.RESOLVED, [])
    assert (resolved.alert.id, resolved.alert.resolved_at) == (changed.alert.id, story.at())
    assert story.open() == []


def test_a_break_that_comes_back_opens_a_new_alert() -> None:
    story = told()
    broken = orphaned(OrphanCause.LINK_WITHDRAWN, "objective_1", None, "link_1")
    [first] = story.then(withdrawn("link_1", "objective_1", "why_1"), objective_1=broken)
    story.then(LinkAccepted(entities.link("link_1", "objective_1", "why_1", 8)), objective_1=ALIGNED)
    [second] = story.then(withdrawn("link_1", "objective_1", "why_1"), objective_1=broken)
    assert first.alert.id != second.alert.id
    assert (second.alert.subject, second.alert.addressee) == ("link_1", "unit_a")


@pytest.mark.parametrize(
    "cause", [OrphanCause.LINK_WITHDRAWN, OrphanCause.LINK_DECLINED, OrphanCause.LOOP, OrphanCause.PURPOSE_MISSING]
)
def test_a_deliberate_break_has_no_grace(cause: OrphanCause) -> None:
    story = told()
    lost = "purpose_1" if cause is OrphanCause.PURPOSE_MISSING else None
    verdict = orphaned(cause, "objective_1", lost, "link_1")
    [raised] = story.then(PurposeRetired(entities.purpose(state=PurposeState.RETIRED), "why"), objective_1=verdict)
    assert raised.alert.cause is cause
    expected = {OrphanCause.LOOP: "objective_1", OrphanCause.PURPOSE_MISSING: "purpose_1"}
    assert raised.alert.subject == expected.get(cause, "link_1")


def test_an_unlinked_goal_alerts_when_its_grace_has_ended_and_not_before() -> None:
    story = told()
    new = ObjectiveActivated(entities.objective("objective_9"))
    assert story.then(new, objective_9=orphaned(OrphanCause.NOT_LINKED, "objective_9")) == []
    [raised] = story.then(grace("objective_9", Grace.LINKING))
    assert (raised.alert.subject, raised.alert.addressee) == ("objective_9", "unit_a")
    assert raised.alert.next_step == "A: link “objective_9” to the why or objective it serves."


def test_a_grace_taken_back_takes_its_alert_back() -> None:
    story = told()
    story.then(
        ObjectiveActivated(entities.objective("objective_9")),
        objective_9=orphaned(OrphanCause.NOT_LINKED, "objective_9"),
    )
    story.then(grace("objective_9", Grace.LINKING))
    [resolved] = story.then(grace("objective_9", Grace.LINKING, ended=False))
    assert isinstance(resolved, AlertResolved)


def test_what_hung_on_an_ended_goal_alerts_when_the_handover_is_over() -> None:
    story = told()
    closed = entities.objective("objective_1", ObjectiveState.CLOSED)
    broken = orphaned(OrphanCause.PARENT_ENDED, "objective_2", "objective_1", "link_2")
    assert story.then(ObjectiveClosed(closed), objective_1=NOT_JUDGED, objective_2=broken) == []
    [raised] = story.then(grace("objective_1", Grace.HANDOVER))
    assert (raised.alert.subject, raised.alert.addressee) == ("objective_1", "unit_a")
    assert raised.alert.goals == ["objective_2"]


def test_an_ended_goal_is_in_no_alert() -> None:
    story = told()
    retire_the_why(story)
    closed = entities.objective("objective_1", ObjectiveState.CLOSED)
    [changed] = story.then(ObjectiveClosed(closed), objective_1=NOT_JUDGED)
    assert changed.alert.goals == ["objective_2"]
    reopened = ObjectiveReopened(entities.objective("objective_1"), "not done")
    [again] = story.then(reopened, objective_1=orphaned(OrphanCause.WHY_RETIRED, "objective_1", "why_1", "link_1"))
    assert again.alert.goals == ["objective_1", "objective_2"]


def test_a_link_kept_waiting_alerts_the_side_whose_turn_it_is_until_it_moves() -> None:
    story = told()
    new = ObjectiveActivated(entities.objective("objective_9", owner="unit_b"))
    pending = orphaned(OrphanCause.LINK_PENDING, "objective_9", None, "link_9")
    assert story.then(new, waiting(), objective_9=pending) == []
    raised = {each.alert.kind: each.alert for each in story.then(overdue("link_9"))}
    assert set(raised) == {AlertKind.LINK_AWAITING, AlertKind.GOAL_ORPHANED}
    assert {(alert.subject, alert.addressee) for alert in raised.values()} == {("link_9", "unit_a")}
    assert raised[AlertKind.GOAL_ORPHANED].goals == ["objective_9"]
    assert raised[AlertKind.LINK_AWAITING].next_step == (
        "A: decide on the proposed link from “objective_9” to “objective_1”."
    )
    countered = structs.replace(
        entities.link("link_9", "objective_9", "objective_1", None, state=LinkState.COUNTERED), round=2, turn=Side.CHILD
    )
    moved = story.then(LinkCountered(countered))
    assert [type(each) for each in moved] == [AlertResolved, AlertResolved]


@pytest.mark.parametrize("side", Side)
def test_nobody_is_reminded_of_a_link_that_was_withdrawn_because_a_goal_ended(side: Side) -> None:
    story = told()
    pending = orphaned(OrphanCause.LINK_PENDING, "objective_9", None, "link_9")
    story.then(ObjectiveActivated(entities.objective("objective_9", owner="unit_b")), waiting(), objective_9=pending)
    assert len(story.then(overdue("link_9"))) == 2
    over = entities.link(
        "link_9", "objective_9", "objective_1", None, state=LinkState.WITHDRAWN, reason="It was closed."
    )
    ended = "objective_9" if side is Side.CHILD else "objective_1"
    broken = orphaned(OrphanCause.LINK_WITHDRAWN, "objective_9", None, "link_9")
    closed = ObjectiveClosed(entities.objective(ended, ObjectiveState.CLOSED))
    mine, theirs = (NOT_JUDGED, ALIGNED) if side is Side.CHILD else (broken, NOT_JUDGED)
    said = story.then(LinkWithdrawn(over, side), closed, objective_9=mine, objective_1=theirs)
    assert {each.alert.kind for each in said if isinstance(each, AlertResolved)} >= {AlertKind.LINK_AWAITING}
    assert not [each for each in story.open() if each.kind is AlertKind.LINK_AWAITING]
    orphans = [each for each in story.open() if each.kind is AlertKind.GOAL_ORPHANED]
    assert [each.cause for each in orphans] == ([] if side is Side.CHILD else [OrphanCause.LINK_WITHDRAWN])


@pytest.mark.parametrize("other", [1, 3])
def test_another_round_overdue_says_nothing_of_the_current_one(other: int) -> None:
    story = told()
    pending = orphaned(OrphanCause.LINK_PENDING, "objective_9", None, "link_9")
    story.then(ObjectiveActivated(entities.objective("objective_9")), waiting(round=2), objective_9=pending)
    assert story.then(overdue("link_9", other)) == []
    raised = {each.alert.kind for each in story.then(overdue("link_9", 2))}
    assert raised == {AlertKind.LINK_AWAITING, AlertKind.GOAL_ORPHANED}


def revise_the_why(story: Story) -> list[AlertRaised | AlertChanged | AlertResolved]:
    revised = WhyRevised(entities.why("why_1", 2), entities.why("why_1", 1))
    return story.then(revised, objective_1=UNEXPLAINED, objective_2=UNEXPLAINED)


def test_a_revised_parent_alerts_the_unit_that_must_say_why_again() -> None:
    story = told()
    [raised] = revise_the_why(story)
    alert = raised.alert
    assert (alert.kind, alert.subject, alert.addressee) == (AlertKind.GOAL_UNEXPLAINED, "why_1", "unit_a")
    assert alert.goals == ["objective_1", "objective_2"]
    assert alert.next_step == "A: say (or reaffirm) why “objective_1” serves “why_1”."
    reaffirmed = LinkReaffirmed(entities.link("link_1", "objective_1", "why_1", 2, because_version=2))
    [resolved] = story.then(reaffirmed, objective_1=ALIGNED, objective_2=ALIGNED)
    assert isinstance(resolved, AlertResolved)


def test_a_goal_that_was_never_aligned_raises_no_unexplained_alert() -> None:
    story = told()
    new = ObjectiveActivated(entities.objective("objective_9"))
    link = LinkAccepted(entities.link("link_9", "objective_9", "why_1", 9, because_version=None))
    assert story.then(new, link, objective_9=UNEXPLAINED) == []


def copied(story: Story, *, explained: bool) -> list[AlertRaised | AlertChanged | AlertResolved]:
    """objective_2 goes on as objective_9, whose label comes after that of what it continues."""
    made = structs.replace(entities.objective("objective_9", owner="unit_b"), continues="objective_2")
    link = entities.link("link_2", "objective_2", "objective_1", 3)
    moved = LinkMoved(structs.replace(link, child="objective_9", because_version=1 if explained else None), link)
    closed = ObjectiveClosed(entities.objective("objective_2", ObjectiveState.CLOSED, owner="unit_b"))
    facts = (ObjectiveCreated(made), moved, ObjectiveActivated(made), closed)
    return story.then(*facts, objective_2=NOT_JUDGED, objective_9=UNEXPLAINED)


def test_a_copy_of_a_goal_that_lost_its_explanation_is_in_the_alert_in_its_place() -> None:
    story = told()
    revise_the_why(story)
    [changed] = copied(story, explained=True)
    assert (type(changed), changed.alert.goals) == (AlertChanged, ["objective_1", "objective_9"])
    assert story.restored().wanted() == story.alerts.wanted()


def test_a_copy_with_another_title_is_to_be_reaffirmed_and_raises_no_alert() -> None:
    assert copied(told(), explained=False) == []


def test_a_copy_of_a_goal_that_was_never_explained_raises_no_alert() -> None:
    story = told()
    again = ObjectiveActivated(entities.objective("objective_2", owner="unit_b"))
    story.then(again, objective_2=NOT_JUDGED)
    story.then(again, objective_2=UNEXPLAINED)
    assert copied(story, explained=False) == []


def test_a_published_why_that_nobody_linked_to_alerts_its_unit() -> None:
    story = told()
    assert story.then(WhyPublished(entities.why("why_9", owner="unit_b"))) == []
    [raised] = story.then(grace("why_9", Grace.UPTAKE))
    alert = raised.alert
    assert (alert.kind, alert.subject, alert.addressee) == (AlertKind.WHY_UNLINKED, "why_9", "unit_a")
    [resolved] = story.then(LinkAccepted(entities.link("link_9", "objective_1", "why_9", 9)))
    assert isinstance(resolved, AlertResolved)
    closed = ObjectiveClosed(entities.objective("objective_1", ObjectiveState.CLOSED))
    assert [type(each) for each in story.then(closed, objective_1=NOT_JUDGED)] == [AlertRaised]
    retired = WhyRetired(entities.why("why_9", state=WhyState.RETIRED, owner="unit_b"), "over")
    assert [type(each) for each in story.then(retired)] == [AlertResolved]


def test_a_linked_why_raises_nothing_when_its_grace_ends() -> None:
    story = told()
    assert story.then(grace("why_1", Grace.UPTAKE)) == []


def test_an_alert_moves_to_the_unit_that_hears_when_a_lead_comes_or_goes() -> None:
    story = told()
    broken = orphaned(OrphanCause.LINK_WITHDRAWN, "objective_2", None, "link_2")
    [raised] = story.then(withdrawn("link_2", "objective_2", "objective_1"), objective_2=broken)
    assert raised.alert.addressee == "unit_a"
    led = entities.unit("unit_b", "unit_a", "person_b")
    moved = story.then(UnitChanged(led, entities.unit("unit_b", "unit_a")))
    assert {(type(each), each.alert.addressee) for each in moved} == {
        (AlertResolved, "unit_a"),
        (AlertRaised, "unit_b"),
    }


def test_a_duplicate_commit_changes_nothing() -> None:
    story = told()
    retire_the_why(story)
    before = dict(story.alerts.open)
    for goals, alignment in story.commits:
        assert story.alerts.apply_commit(goals, alignment) == []
    assert story.alerts.open == before


def test_mending_one_of_two_breaks_raises_nothing_about_the_other_while_the_verdict_is_awaited() -> None:
    story = told()
    other = LinkAccepted(entities.link("link_3", "objective_1", "why_2", 4))
    story.then(WhyPublished(entities.why("why_2")), other)
    revise_the_why(story)
    story.then(WhyRevised(entities.why("why_2", 2), entities.why("why_2", 1)))
    mended = LinkReaffirmed(entities.link("link_1", "objective_1", "why_1", 2, because_version=2))
    assert [type(each) for each in story.then(mended)] == [AlertResolved]
    assert story.verdicts(objective_1=ALIGNED, objective_2=ALIGNED) == []


def test_the_break_behind_one_that_was_mended_is_raised_with_the_verdict_or_the_next_commit() -> None:
    for verdict_comes in (True, False):
        story = told()
        revised = PurposeRevised(entities.purpose(2), entities.purpose())
        story.then(revised, objective_1=UNEXPLAINED, objective_2=UNEXPLAINED)
        revise_the_why(story)
        assert [each.subject for each in story.open()] == ["why_1"]
        mended = LinkReaffirmed(entities.link("link_1", "objective_1", "why_1", 2, because_version=2))
        assert [type(each) for each in story.then(mended)] == [AlertResolved]
        assert story.restored().wanted() == {}, "what waits for the verdict waits after a restart, too"
        assert story.alerts.apply_commit(*story.commits[-1]) == [], "the same commit again is not the next one"
        day = DayClosed(T0.date())
        [raised] = story.verdicts(objective_1=UNEXPLAINED) if verdict_comes else story.then(day)
        assert (type(raised), raised.alert.subject) == (AlertRaised, "purpose_1")


def test_what_was_waited_for_is_raised_when_the_verdict_or_the_next_commit_has_come() -> None:
    story = told()
    broken = orphaned(OrphanCause.LOOP, "objective_1", None, "link_1")
    assert story.then(withdrawn("link_1", "objective_1", "why_1")) == []
    [raised] = story.verdicts(objective_1=broken)
    assert raised.alert.opened_at == story.at()


def test_a_grace_that_ended_before_its_why_was_known_still_counts() -> None:
    story = told()
    assert story.then(grace("why_9", Grace.UPTAKE)) == []
    [raised] = story.then(WhyPublished(entities.why("why_9")))
    assert raised.alert.kind is AlertKind.WHY_UNLINKED
