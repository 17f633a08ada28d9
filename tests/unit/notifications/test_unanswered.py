"""When nobody listens: a why that was not answered, a question that was not heard."""

from __future__ import annotations

from datetime import timedelta

from msgspec import structs

from goldenthread.contracts.entities import Question
from goldenthread.contracts.enums import AnswerStance, QuestionState, WhyState
from goldenthread.contracts.events.alerts import Alert, AlertChanged, AlertKind, AlertRaised, AlertResolved
from goldenthread.contracts.events.alignment import SiloEvidence, SiloKind, UnitConnected, UnitSiloed
from goldenthread.contracts.events.goals import (
    PolicyChanged,
    QuestionAnswered,
    QuestionAsked,
    QuestionWithdrawn,
    UnitChanged,
    UnitCreated,
    UnitMoved,
    WhyAnswered,
    WhyPublished,
    WhyRetired,
    WhyRevised,
)
from goldenthread.contracts.events.goals.clock import QuestionEscalated, WhyAnswerOverdue
from services.notifications.domain.alerts import AlertPayload
from tests.support import entities
from tests.support.entities import T0
from tests.unit.notifications.story import Story, told

WHY = structs.replace(entities.why("why_9"), audience=["unit_a"])


def addressed() -> Story:
    """A why of the root unit, told to A; B is below A and has no lead."""
    story = told()
    story.then(WhyPublished(WHY))
    return story


def late(unit: str, version: int = 1) -> WhyAnswerOverdue:
    return WhyAnswerOverdue("why_9", unit, version, T0 + timedelta(days=7))


def only(payloads: list[AlertPayload], kind: type[AlertPayload]) -> Alert:
    [payload] = payloads
    assert isinstance(payload, kind)
    return payload.alert


def test_an_answer_that_is_overdue_alerts_the_unit_that_owes_it_until_it_is_given() -> None:
    story = addressed()
    alert = only(story.then(late("unit_a")), AlertRaised)
    assert (alert.kind, alert.subject, alert.addressee) == (AlertKind.WHY_UNANSWERED, "why_9", "unit_a")
    assert (alert.units, alert.goals, alert.opened_at) == (["unit_a"], [], story.at())
    assert alert.message == (
        "The why “why_9” has waited too long for an answer from A; until then it goes no further down."
    )
    assert alert.next_step == "A: say what “why_9” means for A, or that there is no part in it."
    given = WhyAnswered(entities.answer("why_9", "unit_a"))
    assert only(story.then(given), AlertResolved).id == alert.id
    assert story.then(late("unit_a")) == [], "what was answered is not owed"


def test_units_without_a_lead_that_owe_are_one_alert_to_the_unit_that_hears_for_them() -> None:
    story = addressed()
    story.then(UnitCreated(entities.unit("unit_c", "unit_a")), WhyAnswered(entities.answer("why_9", "unit_a")))
    assert only(story.then(late("unit_b")), AlertRaised).units == ["unit_b"]
    both = only(story.then(late("unit_c")), AlertChanged)
    assert (both.addressee, both.units) == ("unit_a", ["unit_b", "unit_c"])
    assert "B and 1 other unit" in both.message
    left = only(story.then(WhyAnswered(entities.answer("why_9", "unit_b"))), AlertChanged)
    assert left.units == ["unit_c"]
    assert left.next_step == "A: say what “why_9” means for C, or that there is no part in it."


def test_an_answer_that_is_due_later_than_the_clock_said_is_not_overdue_until_it_speaks_again() -> None:
    story = addressed()
    story.then(late("unit_a"))
    info = story.alerts.facts.org.info
    assert info is not None
    patient = structs.replace(info, policy=structs.replace(info.policy, reply_days=10))
    only(story.then(PolicyChanged(patient, info.policy)), AlertResolved)
    assert story.then(late("unit_a")) == [], "what the clock says of the old day is overtaken"
    only(story.then(WhyAnswerOverdue("why_9", "unit_a", 1, T0 + timedelta(days=10))), AlertRaised)
    placed = structs.replace(entities.unit("unit_a", "unit_root", "person_a"), placed_at=T0 + timedelta(days=5))
    only(story.then(UnitMoved(placed, story.alerts.facts.org.units["unit_a"])), AlertResolved)


def test_a_debt_ends_when_a_unit_above_has_no_part() -> None:
    story = addressed()
    story.then(WhyAnswered(entities.answer("why_9", "unit_a")))
    story.then(late("unit_b"))
    excused = WhyAnswered(entities.answer("why_9", "unit_a", stance=AnswerStance.NO_PART))
    only(story.then(excused), AlertResolved)


def test_a_debt_ends_when_the_why_is_revised_or_retired() -> None:
    story = addressed()
    assert story.then(late("unit_a", 2)) == [], "the clock speaks of a version that is not there"
    story.then(late("unit_a"))
    revised = structs.replace(WHY, version=2)
    only(story.then(WhyRevised(revised, WHY)), AlertResolved)
    assert story.then(late("unit_a")) == [], "the clock speaks of a version that moved on"
    only(story.then(late("unit_a", 2)), AlertRaised)
    retired = structs.replace(revised, state=WhyState.RETIRED)
    only(story.then(WhyRetired(retired, "over")), AlertResolved)


def test_a_unit_moved_out_owes_no_more_and_moved_in_again_owes_from_then() -> None:
    story = addressed()
    story.then(WhyAnswered(entities.answer("why_9", "unit_a")))
    story.then(late("unit_b"))
    below_a, below_root = entities.unit("unit_b", "unit_a"), entities.unit("unit_b", "unit_root")
    only(story.then(UnitMoved(below_root, below_a)), AlertResolved)
    assert story.then(UnitMoved(below_a, below_root)) == []
    only(story.then(late("unit_b")), AlertRaised)


def test_a_unit_that_is_addressed_no_more_owes_no_more() -> None:
    story = addressed()
    story.then(late("unit_a"))
    only(story.then(WhyRevised(structs.replace(WHY, audience=[]), WHY)), AlertResolved)


def asked() -> tuple[Story, Question]:
    """B asks A about the root unit's why."""
    story, question = told(), entities.question("question_1", "why_1")
    assert story.then(QuestionAsked(question)) == []
    return story, question


def escalated(question: Question) -> Question:
    return structs.replace(question, state=QuestionState.ESCALATED, asked="unit_root", escalations=1)


def test_a_question_passed_up_alerts_who_is_asked_now_until_it_is_answered() -> None:
    story, question = asked()
    alert = only(story.then(QuestionEscalated(escalated(question), question)), AlertRaised)
    assert (alert.kind, alert.subject, alert.addressee) == (AlertKind.QUESTION_OVERDUE, "question_1", "unit_root")
    assert alert.message == "Nobody answered the question about “why_1” in time; Root is asked now."
    assert alert.next_step == "Root: answer the question about “why_1”."
    answered = structs.replace(escalated(question), state=QuestionState.ANSWERED, awaiting="unit_b")
    assert only(story.then(QuestionAnswered(answered)), AlertResolved).id == alert.id


def test_a_question_unheard_at_the_top_stays_open_until_it_is_withdrawn() -> None:
    story, question = asked()
    story.then(QuestionEscalated(escalated(question), question))
    unheard = structs.replace(escalated(question), unheard=True)
    assert story.then(QuestionEscalated(unheard, escalated(question))) == []
    assert [alert.kind for alert in story.open()] == [AlertKind.QUESTION_OVERDUE]
    withdrawn = structs.replace(unheard, state=QuestionState.WITHDRAWN)
    only(story.then(QuestionWithdrawn(withdrawn)), AlertResolved)


def test_a_question_passed_up_again_is_an_alert_to_the_next_unit() -> None:
    story = told()
    question = entities.question("question_1", "answer_why_1_unit_b", unit="unit_root", asked="unit_b")
    story.then(WhyAnswered(entities.answer("why_1", "unit_b")), QuestionAsked(question))
    once = structs.replace(question, state=QuestionState.ESCALATED, asked="unit_a", escalations=1)
    alert = only(story.then(QuestionEscalated(once, question)), AlertRaised)
    assert alert.next_step == "A: answer the question about what B says to “why_1”."
    twice = structs.replace(once, asked="unit_root", escalations=2)
    moved = story.then(QuestionEscalated(twice, once))
    assert {(type(each), each.alert.addressee) for each in moved} == {
        (AlertResolved, "unit_a"),
        (AlertRaised, "unit_root"),
    }


def test_a_question_about_a_link_names_both_ends() -> None:
    story, question = told(), entities.question("question_1", "link_1")
    alert = only(story.then(QuestionEscalated(escalated(question), question)), AlertRaised)
    assert alert.next_step == "Root: answer the question about the link from “objective_1” to “why_1”."


def silo(*kinds: SiloKind, unit: str = "unit_a") -> UnitSiloed:
    return UnitSiloed(unit, T0, [SiloEvidence(kind, T0) for kind in kinds])


def test_a_silo_alerts_the_unit_and_those_above_each_with_what_they_can_mend_until_it_heals() -> None:
    story = told()
    both = story.judged(silo(SiloKind.UNTOLD, SiloKind.ISOLATED))
    above, own = (each.alert for each in sorted(both, key=lambda each: each.alert.addressee or "", reverse=True))
    assert (above.kind, above.subject, above.addressee) == (AlertKind.SILO, "unit_a", "unit_root")
    assert above.next_step == "Root: pass a why on to A."
    assert own.addressee == "unit_a"
    assert own.next_step == "A: agree with a unit elsewhere on what A does for it, or it for A."
    assert (
        own.message
        == above.message
        == (
            "A has become a silo: no why has been passed on to it, "
            "and no link connects it with a unit that is neither above nor below it."
        )
    )
    assert story.restored().wanted() == story.alerts.wanted()
    changed = story.judged(silo(SiloKind.ISOLATED, SiloKind.ORPHANED))
    assert {type(each) for each in changed} == {AlertResolved, AlertChanged}
    later = [SiloEvidence(kind, T0 + timedelta(days=1)) for kind in (SiloKind.ISOLATED, SiloKind.ORPHANED)]
    assert story.judged(UnitSiloed("unit_a", T0, later)) == [], "the same words are no news"
    assert only(story.judged(UnitConnected("unit_a", T0)), AlertResolved).addressee == "unit_a"
    assert not story.open()


def test_a_question_that_found_no_answer_is_for_who_is_asked_now() -> None:
    story = told()
    question = entities.question("question_9", "objective_1", "unit_b", "unit_a")
    story.then(QuestionAsked(question))
    evidence = [SiloEvidence(SiloKind.UNHEARD, T0, "question_9"), SiloEvidence(SiloKind.UNTOLD, T0)]
    alert = only(story.judged(UnitSiloed("unit_b", T0, evidence)), AlertRaised)
    assert (alert.addressee, alert.next_step) == ("unit_a", "A: answer what B asked, and pass a why on to B.")
    moved = structs.replace(question, state=QuestionState.ESCALATED, asked="unit_root")
    payloads = story.then(QuestionEscalated(moved, question))
    found = {each.alert.addressee: each.alert for each in payloads if each.alert.kind is AlertKind.SILO}
    assert found["unit_root"].next_step == "Root: answer what B asked."
    assert found["unit_a"].next_step == "A: pass a why on to B."


def test_a_silo_without_a_lead_is_one_alert_to_the_unit_that_hears_for_it() -> None:
    story = told()
    alert = only(story.judged(silo(SiloKind.UNTOLD, SiloKind.ISOLATED, unit="unit_b")), AlertRaised)
    assert (alert.subject, alert.addressee) == ("unit_b", "unit_a")
    assert alert.next_step == (
        "A: pass a why on to B, and agree with a unit elsewhere on what B does for it, or it for B."
    )
    led = structs.replace(entities.unit("unit_b", "unit_a"), lead="person_b")
    moved = story.then(UnitChanged(led, entities.unit("unit_b", "unit_a")))
    assert {(type(each), each.alert.addressee) for each in moved} == {
        (AlertChanged, "unit_a"),
        (AlertRaised, "unit_b"),
    }
