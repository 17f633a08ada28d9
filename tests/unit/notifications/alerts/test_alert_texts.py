"""What an alert says, word for word: every kind, every cause, and what is said of things that are gone."""

from __future__ import annotations

from typing import Any

import pytest

from goldenthread.contracts.entities import Entity
from goldenthread.contracts.enums import LinkState, Side
from goldenthread.contracts.events.alerts import AlertKind
from goldenthread.contracts.events.alignment import OrphanCause, SiloEvidence, SiloKind, UnitSiloed
from services.notifications.domain import alert_texts
from services.notifications.domain.alert_facts import AlertFacts, ObjectiveVerdict
from services.notifications.domain.alert_reasons import AlertKey, AlertReason
from tests.support import entities
from tests.support.entities import T0
from tests.unit.notifications.story import UNEXPLAINED, told

GONE = "a goal that is gone"
HOP = "The link from “objective_2” to “objective_1”"


def facts(*more: Entity) -> AlertFacts:
    """Purpose ← why_1 ← objective_1 (A) ← objective_2 (B), and more."""
    made = told().alerts.facts
    for each in (entities.objective("objective_3"), entities.objective("objective_4"), *more):
        made.org.put(each)
    return made


def reason(kind: AlertKind, subject: str, addressee: str = "unit_a", **more: Any) -> AlertReason:
    return AlertReason(AlertKey(kind, subject, addressee), **more)


def orphan(cause: OrphanCause, lost: str | None = None, link: str | None = None) -> AlertReason:
    more: dict[str, Any] = {"cause": cause, "broken_at": "objective_2", "lost_parent": lost, "link": link}
    return reason(AlertKind.GOAL_ORPHANED, link or lost or "objective_2", **more)


def message(given: AlertReason, goals: int = 1, units: int = 0) -> str:
    """What is said where so many goals lost their thread, and so many units owe an answer."""
    more = [entities.unit(f"unit_{letter}", "unit_root") for letter in "cd"]
    named = [f"objective_{at + 1}" for at in range(goals)]
    return alert_texts.message(facts(*more), given, named, ["unit_b", "unit_c", "unit_d"][:units])


def step(given: AlertReason, units: int = 0, *more: Entity) -> str:
    """The next step of an alert about objective_1, where so many units owe an answer."""
    known = facts(*more)
    known.verdicts["objective_1"] = ObjectiveVerdict(UNEXPLAINED, True)
    return alert_texts.step(known, given, ["objective_1"], ["unit_b", "unit_a"][:units])


@pytest.mark.parametrize(
    ("cause", "lost", "link", "happened"),
    [
        (OrphanCause.LINK_PENDING, None, "link_2", f"{HOP} is still undecided"),
        (OrphanCause.LINK_WITHDRAWN, None, "link_2", f"{HOP} was withdrawn"),
        (OrphanCause.LINK_DECLINED, None, "link_2", f"{HOP} was declined"),
        (OrphanCause.LINK_DECLINED, "objective_1", "link_x", f"{HOP} was declined"),
        (OrphanCause.LINK_DECLINED, "objective_1", None, f"{HOP} was declined"),
        (OrphanCause.WHY_RETIRED, "why_1", None, "The why “why_1” was retired"),
        (OrphanCause.PARENT_ENDED, "objective_1", None, "“objective_1” has ended"),
        (OrphanCause.PARENT_ENDED, "objective_x", None, "A goal that is gone has ended"),
        (OrphanCause.PURPOSE_MISSING, "purpose_1", None, "No purpose is published"),
        (OrphanCause.NOT_LINKED, None, None, "“objective_2” is linked to nothing"),
        (OrphanCause.LOOP, None, "link_2", "“objective_2” hangs on itself: every way up from it returns"),
    ],
)  # fmt: skip
def test_a_goal_that_lost_its_way_up_is_told_what_happened(
    cause: OrphanCause, lost: str | None, link: str | None, happened: str
) -> None:
    thread = "the thread of “objective_1” does not trace back to the purpose."
    assert message(orphan(cause, lost, link)) == f"{happened}; {thread}"


@pytest.mark.parametrize(
    ("goals", "thread"),
    [
        (1, "the thread of “objective_1” has lost"),
        (2, "the thread of “objective_1” (and of 1 other goal) has lost"),
        (3, "the thread of “objective_1” (and of 2 other goals) has lost"),
        (4, "the thread of “objective_1” (and of 3 other goals) has lost"),
    ],
)
def test_the_first_goal_is_named_and_the_others_are_counted(goals: int, thread: str) -> None:
    lost = reason(AlertKind.GOAL_UNEXPLAINED, "why_1", link="link_1")
    why = "“why_1” changed, and why “objective_1” still serves it is not said; "
    assert message(lost, goals) == f"{why}{thread} its explanation."


def test_a_link_that_is_gone_is_told_by_the_break() -> None:
    lost = reason(AlertKind.LINK_AWAITING, "objective_2", link="link_x")
    waiting = "has been waiting for A for too long; “objective_2” hangs on it."
    assert message(lost) == f"The link from “objective_2” to {GONE} {waiting}"


def test_a_link_that_is_kept_waiting_names_its_ends_and_whose_move_it_is() -> None:
    given = reason(AlertKind.LINK_AWAITING, "link_2", link="link_2")
    assert message(given) == (
        "The link from “objective_2” to “objective_1” has been waiting for A for too long; “objective_2” hangs on it."
    )
    for turn, whose in ((Side.PARENT, "the proposed link"), (Side.CHILD, "the new terms of the link")):
        waiting = entities.link("link_2", "objective_2", "objective_1", None, None, LinkState.COUNTERED, turn=turn)
        assert step(given, 0, waiting) == f"A: decide on {whose} from “objective_2” to “objective_1”."


def test_the_next_step_of_a_lost_explanation_is_to_say_it() -> None:
    given = reason(AlertKind.GOAL_UNEXPLAINED, "why_1", "unit_root", link="link_1")
    revised = entities.why("why_1", 2)
    assert step(given, 0, revised) == "A: say (or reaffirm) why “objective_1” serves “why_1”."
    assert step(given) == "Root: say (or reaffirm) why “objective_1” serves “why_1”.", "nothing is known to be missing"


@pytest.mark.parametrize(("units", "owing"), [(1, "B"), (2, "B and 1 other unit"), (3, "B and 2 other units")])
def test_the_first_unit_that_owes_is_named_and_the_others_are_counted(units: int, owing: str) -> None:
    said = "The why “why_1” has waited too long for an answer from {}; until then it goes no further down."
    assert message(reason(AlertKind.WHY_UNANSWERED, "why_1"), units=units) == said.format(owing)


def test_units_that_owe_are_in_the_order_of_their_names() -> None:
    given = reason(AlertKind.WHY_UNANSWERED, "why_1")
    assert step(given, 2) == "A: say what “why_1” means for A and 1 other unit, or that there is no part in it."


def test_a_why_that_nobody_took_up_is_told_so() -> None:
    given = reason(AlertKind.WHY_UNLINKED, "why_1")
    assert message(given) == "Nothing is linked to “why_1”; its thread ends before any work."
    assert step(given) == "A: ask the units that “why_1” addresses to link what serves it, or retire it."


def test_a_silo_is_told_what_shows_it_and_what_the_addressee_can_mend() -> None:
    kinds = (SiloKind.UNANSWERED, SiloKind.ORPHANED, SiloKind.UNTOLD)
    silo = UnitSiloed("unit_a", T0, [SiloEvidence(kind, T0) for kind in kinds])
    given = reason(AlertKind.SILO, "unit_a", silo=silo)
    assert message(given) == (
        "A has become a silo: it owes an answer to a why, none of its objectives traces back to the purpose, "
        "and no why has been passed on to it."
    )
    assert step(given) == "A: say what the why means for A, and link an objective of A to a why."


def test_a_question_names_what_it_is_about() -> None:
    given = reason(AlertKind.QUESTION_OVERDUE, "question_1")
    for about, named in (("purpose_1", "the purpose"), ("objective_x", GONE)):
        asked = entities.question("question_1", about)
        assert step(given, 0, asked) == f"A: answer the question about {named}."
