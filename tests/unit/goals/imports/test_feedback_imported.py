"""What customers said, as a file brings it along: kept once, linked to more later, and told where it cannot be."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from msgspec.structs import replace

from goldenthread.contracts import commands as c
from goldenthread.contracts.entities import CustomerFeedback, Id
from goldenthread.contracts.events.goals import FeedbackLinked, FeedbackReceived
from goldenthread.contracts.plan import Plan, PlanFeedback, PlanFormat
from services.goals.domain.decision import Decision
from tests.unit.goals.import_harness import ImportHarness
from tests.unit.goals.imports.plans import ROWS, told

SAID = PlanFeedback("Shop", "Good", datetime(2024, 1, 1, tzinfo=UTC))


class Heard(ImportHarness):
    """The four rows, and what customers said."""

    def hear(self, *feedback: PlanFeedback) -> Decision:
        return self.imports(Plan(PlanFormat.JSON, ROWS, feedback=list(feedback)))

    def kept(self) -> list[CustomerFeedback]:
        return list(self.org.feedback.values())

    def about(self) -> list[list[Id]]:
        return [each.about for each in self.kept()]

    def id(self, row: str) -> Id:
        id: Id = self.row(row).id
        return id


@pytest.fixture
def harness() -> Heard:
    return Heard()


def facts(decision: Decision) -> list[Any]:
    kinds = (FeedbackReceived, FeedbackLinked)
    return [fact.payload for fact in decision.facts if isinstance(fact.payload, kinds)]


def counts(decision: Decision) -> tuple[int, int, int]:
    assert decision.report is not None
    return decision.report.created, decision.report.updated, decision.report.unchanged


def test_it_is_kept_with_all_it_says_once(harness: Heard) -> None:
    said = replace(SAID, segment="Retail", about=["W", "O"])
    before = counts(harness.hear())
    decision = harness.hear(said)
    (kept,) = harness.kept()
    assert (kept.source, kept.body, kept.received_at, kept.segment) == ("Shop", "Good", SAID.received_at, "Retail")
    assert kept.about == [harness.id("W"), harness.id("O")]
    assert counts(decision) == (1, 0, before[0])
    assert counts(harness.hear(said)) == (0, 0, before[0] + 1)
    assert harness.kept() == [kept]


def test_what_was_kept_is_linked_to_what_it_was_not_about_yet(harness: Heard) -> None:
    harness.hear(SAID)
    (linked,) = facts(harness.hear(replace(SAID, about=["W"])))
    assert linked.added == [harness.id("W")]
    decision = harness.hear(replace(SAID, about=["O", "W"]))
    (linked,) = facts(decision)
    assert linked.added == [harness.id("O")]
    assert harness.about() == [[harness.id("W"), harness.id("O")]]
    assert counts(decision)[1] == 1
    assert facts(harness.hear(replace(SAID, about=["O"]))) == []


def test_a_row_that_was_not_taken_is_told_and_the_words_are_kept_without_it(harness: Heard) -> None:
    decision = harness.hear(replace(SAID, source="s" * 70, about=["X", "W"]))
    assert decision.report is not None
    (problem,) = decision.report.skipped
    assert problem.row == f"feedback of 2024-01-01 from {'s' * 60}"
    assert problem.message == "It was not linked to 'X', which was not taken."
    assert harness.about() == [[harness.id("W")]]


def test_what_is_refused_is_told_with_its_place_and_the_others_are_kept(harness: Heard) -> None:
    future = replace(SAID, body="Bad", received_at=datetime(2099, 1, 1, tzinfo=UTC))
    decision = harness.hear(future, SAID, replace(SAID, source=" "))
    assert decision.report is not None
    assert [each.row for each in decision.report.skipped] == ["feedback 1", "feedback 3"]
    assert told(decision)[0] == "This time has not come yet; name when it was received."
    assert [each.body for each in harness.kept()] == ["Good"]


def test_customers_who_say_the_same_are_as_many_as_they_are(harness: Heard) -> None:
    everybody = [replace(SAID, about=["O"]), SAID, SAID, replace(SAID, segment="Trade", about=["W"])]
    harness.hear(*everybody)
    assert len(harness.kept()) == 4
    assert facts(harness.hear(*everybody[::-1])) == [], "in whatever order they come"
    assert len(facts(harness.hear(*everybody, SAID))) == 1
    assert len(harness.kept()) == 5


def test_who_says_it_of_another_goal_is_not_taken_for_who_said_exactly_this(harness: Heard) -> None:
    harness.hear(SAID, replace(SAID, about=["W"]))
    assert facts(harness.hear(replace(SAID, about=["W"]), SAID)) == []
    (linked,) = facts(harness.hear(replace(SAID, about=["O"]), replace(SAID, about=["W"])))
    assert linked.added == [harness.id("O")]
    assert harness.about() == [[harness.id("O")], [harness.id("W")]]


def test_what_was_about_a_goal_is_about_its_successor_without_being_said_again(harness: Heard) -> None:
    said = [replace(SAID, about=["W"]), replace(SAID, about=["V"])]
    harness.hear(*said)
    before = harness.about()
    harness.do(c.RetireWhy(why=harness.id("W"), reason="r", successor=harness.id("V")))
    assert facts(harness.hear(*said)) == []
    assert harness.about() == before
    (linked,) = facts(harness.hear(*said, replace(SAID, body="New", about=["W"])))
    assert linked.feedback.about == [harness.id("V")], "what is said now is about what went on"
