"""Commit by commit: which commits are known, at what time, in which order, and what is news."""

from __future__ import annotations

from datetime import timedelta

from msgspec import structs

from goldenthread.contracts.enums import PurposeState
from goldenthread.contracts.events.alerts import AlertChanged, AlertRaised
from goldenthread.contracts.events.alignment import OrphanCause, SiloEvidence, SiloKind, UnitSiloed
from goldenthread.contracts.events.goals import (
    LinkAccepted,
    LinkMoved,
    ObjectiveActivated,
    PurposeRetired,
    PurposeRevised,
    QuestionAsked,
    UnitCreated,
)
from goldenthread.contracts.events.goals.clock import DayClosed
from tests.support import entities
from tests.support.entities import T0
from tests.unit.notifications.story import (
    ALIGNED,
    UNEXPLAINED,
    alignment_event,
    orphaned,
    revise_why,
    told,
)

DAY = DayClosed(T0.date())


def test_a_commit_that_was_folded_before_a_restart_changes_nothing_after_it() -> None:
    story = told()
    revise_why(story, "objective_1")
    again = story.restored()
    assert again.basis == story.sequence
    for goals, alignment in story.commits:
        assert again.apply_commit(goals, alignment) == []


def test_the_number_of_an_alignment_commit_says_nothing_of_goals_commits() -> None:
    story = told()
    story.then(DAY)
    verdict = structs.replace(alignment_event({"objective_1": UNEXPLAINED}, story.sequence), commit=99)
    story.alerts.apply_commit([], [verdict])
    assert story.alerts.basis == story.sequence
    assert [type(each) for each in revise_why(story, "objective_1")] == [AlertRaised]


def test_an_alert_has_the_time_of_the_last_event_of_its_commit() -> None:
    story = told()
    revised = PurposeRevised(entities.purpose(2), entities.purpose())
    [raised] = story.then(revised, DAY, objective_1=UNEXPLAINED)
    assert raised.alert.opened_at == story.at(story.sequence)
    story.then(DAY)
    first = alignment_event({"objective_1": ALIGNED}, story.sequence)
    last = structs.replace(alignment_event({"objective_2": UNEXPLAINED}, story.sequence), time=T0 + timedelta(days=9))
    assert {each.alert.goals[0] for each in story.alerts.apply_commit([], [first, last])} == {"objective_2"}
    story.then(DAY)
    second = structs.replace(alignment_event({"objective_2": ALIGNED}, story.sequence), time=T0 + timedelta(days=9))
    [resolved] = story.alerts.apply_commit([], [alignment_event({}, story.sequence), second])
    assert resolved.alert.resolved_at == T0 + timedelta(days=9)


def test_alerts_come_by_kind_then_by_break_then_by_addressee() -> None:
    story, evidence = told(), [SiloEvidence(kind, T0, None) for kind in (SiloKind.ISOLATED, SiloKind.UNTOLD)]
    units = [f"unit_{letter}" for letter in "cdefghi"]
    story.then(*(UnitCreated(entities.unit(unit, "unit_root", "person_x")) for unit in units))
    for unit in units:
        story.then(QuestionAsked(entities.question(f"question_{unit}", "objective_1", unit, "unit_a")))
    asked = {unit: SiloEvidence(SiloKind.UNHEARD, T0, f"question_{unit}") for unit in units}
    said = [UnitSiloed(unit, T0, [*evidence, asked[unit]]) for unit in reversed(units)]
    payloads = story.then(DAY, said=said, objective_1=orphaned(OrphanCause.LOOP, "objective_1"))
    order = [(each.alert.kind, each.alert.subject, each.alert.addressee) for each in payloads]
    silos = [("SILO", unit, each) for unit in units for each in ("unit_a", unit, "unit_root")]
    assert len({each.alert.id for each in payloads}) == len(order)
    assert order == [("GOAL_ORPHANED", "objective_1", "unit_a"), *silos]


def test_every_kind_of_evidence_counts_whatever_comes_first() -> None:
    story = told()
    kinds = (SiloKind.ISOLATED, SiloKind.ORPHANED, SiloKind.UNTOLD)
    payloads = story.judged(UnitSiloed("unit_a", T0, [SiloEvidence(kind, T0) for kind in kinds]))
    steps = {each.alert.addressee: each.alert.next_step for each in payloads}
    assert steps["unit_root"] == "Root: pass a why on to A."
    assert steps["unit_a"].startswith("A: agree with a unit elsewhere")


def test_the_words_are_those_of_the_first_goal() -> None:
    story = told()
    other = LinkAccepted(entities.link("link_3", "objective_3", "why_1", 9))
    story.then(ObjectiveActivated(entities.objective("objective_3")), other, objective_3=ALIGNED)
    [raised] = revise_why(story, "objective_1", "objective_3")
    assert raised.alert.message == (
        "“why_1” changed, and why “objective_1” still serves it is not said; "
        "the thread of “objective_1” (and of 1 other goal) has lost its explanation."
    )


def test_another_title_alone_is_no_news() -> None:
    story = told()
    retired = PurposeRetired(entities.purpose(state=PurposeState.RETIRED), "over")
    story.then(retired, objective_1=orphaned(OrphanCause.PURPOSE_MISSING, "why_1", "purpose_1"))
    named = structs.replace(entities.objective("objective_1"), title="Another name")
    assert story.then(ObjectiveActivated(named)) == []


def test_a_goal_whose_thread_leads_another_way_to_the_same_break_is_told_the_new_step() -> None:
    story = told()
    other = LinkAccepted(entities.link("link_3", "objective_3", "why_1", 9))
    story.then(ObjectiveActivated(entities.objective("objective_3")), other, objective_3=ALIGNED)
    [raised] = revise_why(story, "objective_2")
    assert raised.alert.next_step == "A: say (or reaffirm) why “objective_1” serves “why_1”."
    before = story.alerts.facts.org.links["link_2"]
    [changed] = story.then(LinkMoved(structs.replace(before, parent="objective_3"), before))
    assert (type(changed), changed.alert.id) == (AlertChanged, raised.alert.id)
    assert changed.alert.next_step == "A: say (or reaffirm) why “objective_3” serves “why_1”."
