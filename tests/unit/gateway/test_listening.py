"""Answers, questions and what customers say, as the API shows them, and whom a change of them concerns."""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec import Struct, structs

from gateway.views.tree_changes import changed_nodes
from goldenthread.contracts.entities import (
    CustomerFeedback,
    FeedbackResponse,
    Question,
    QuestionAnswer,
    Settlement,
    WhyAnswer,
)
from goldenthread.contracts.enums import AnswerStance, FeedbackOutcome, QuestionState, Sentiment, SettlementKind
from goldenthread.contracts.events import goals
from tests.support.entities import T0, link, objective, purpose, why
from tests.unit.gateway.fakes import Client
from tests.unit.gateway.world import World

ANSWER = WhyAnswer("answer_1", "why_1", "unit_a", 1, AnswerStance.TAKES_PART, "we will", "person_a", T0, T0)
OPEN = Question("question_1", "why_1", "By when?", "person_a", "unit_a", "unit_root", QuestionState.OPEN, T0,
                "unit_root", T0 + timedelta(days=7))  # fmt: skip
SETTLED = structs.replace(
    OPEN, id="question_2", about="answer_1", state=QuestionState.SETTLED, awaiting=None, due_at=None,
    answers=[QuestionAnswer("By spring.", "person_root", "unit_root", T0)],
    settlement=Settlement(SettlementKind.DISAGREE_AND_COMMIT, "Too late, but so be it.", "person_a", T0),
    asked_at=T0 + timedelta(days=1),
)  # fmt: skip
SAID = CustomerFeedback(
    "feedback_1", "A customer", "Too loud.", T0, "person_a", T0, "Schools", Sentiment.NEGATIVE, ["objective_1"],
    [FeedbackResponse("We heard it.", FeedbackOutcome.HEARD, "person_a", "unit_a", T0)],
)  # fmt: skip
UNLINKED = structs.replace(SAID, id="feedback_2", about=[], responses=[])


def world() -> World:
    """A why told to A, which answered; one open question about the why, one settled about the answer; one customer."""
    told = structs.replace(why("why_1"), audience=["unit_a"], told={"unit_a": T0})
    invited = structs.replace(objective("objective_1"), invited=["unit_b"])
    return World(
        purpose(), told, invited, objective("objective_2"), ANSWER, OPEN, SETTLED, SAID, UNLINKED,
        link("link_1", "why_1", "purpose_1"), link("link_2", "objective_1", "why_1", 2),
    )  # fmt: skip


async def test_a_why_shows_what_units_said_and_how_far_it_has_come() -> None:
    data = await Client(world()).ask(
        """{ node(id: "why_1") { ... on Why { cascade { addressed answered confirmed overdue
        byLevel { depth addressed answered } silent { stage } }
        answers(states: [CURRENT]) { nodes { id stance state version statement unit { name } by { name } why { id }
          questions { nodes { id } } confirmedBy { id } } } stale: answers(states: [STALE]) { totalCount } } } }"""
    )
    found = data["node"]
    assert found["cascade"] == {
        "addressed": 1, "answered": 1, "confirmed": 0, "overdue": 0,
        "byLevel": [{"depth": 1, "addressed": 1, "answered": 1}], "silent": [],
    }  # fmt: skip
    assert found["answers"]["nodes"] == [
        {"id": "answer_1", "stance": "TAKES_PART", "state": "CURRENT", "version": 1, "statement": "we will",
         "unit": {"name": "A"}, "by": {"name": "Ada Alpha"}, "why": {"id": "why_1"},
         "questions": {"nodes": [{"id": "question_2"}]}, "confirmedBy": None}
    ]  # fmt: skip
    assert found["stale"]["totalCount"] == 0


async def test_each_hop_of_a_thread_says_what_the_unit_below_said_it_means() -> None:
    data = await Client(world()).ask(
        """{ node(id: "objective_1") { ... on Objective { invited { name }
        alignment { lineOfSight { answer { statement } } } } } }"""
    )
    assert data["node"]["invited"] == [{"name": "B"}]
    sight = data["node"]["alignment"]["lineOfSight"]
    assert [hop["answer"] for hop in sight] == [None, {"statement": "we will"}, None]


async def test_questions_are_kept_with_their_answers_and_how_they_ended() -> None:
    client = Client(world())
    data = await client.ask(
        """{ questions { nodes { id about { id } body state awaiting { id } dueAt askedBy { name } unit { id } unheard
          escalations answers { body by { name } unit { id } } settlement { kind note by { name } resultingVersion } } }
        open: questions(states: [OPEN], unit: "unit_root") { nodes { id } }
        others: questions(unit: "unit_b") { totalCount }
        node(id: "why_1") { ... on GoalNode { questions { nodes { id } } } } }"""
    )
    settled, asked = data["questions"]["nodes"]
    assert (asked["id"], asked["awaiting"], asked["settlement"]) == ("question_1", {"id": "unit_root"}, None)
    assert settled["about"] == {"id": "answer_1"}
    assert settled["answers"] == [{"body": "By spring.", "by": {"name": "Rita Root"}, "unit": {"id": "unit_root"}}]
    assert settled["settlement"] == {
        "kind": "DISAGREE_AND_COMMIT", "note": "Too late, but so be it.", "by": {"name": "Ada Alpha"},
        "resultingVersion": None,
    }  # fmt: skip
    assert data["open"]["nodes"] == [{"id": "question_1"}]
    assert data["others"]["totalCount"] == 0
    assert data["node"]["questions"]["nodes"] == [{"id": "question_1"}]


async def test_what_customers_say_is_listed_linked_or_not_and_goals_without_it_too() -> None:
    data = await Client(world()).ask(
        """{ feedback(linked: true) { nodes { id source segment body sentiment receivedAt about { id }
          responses { body outcome by { name } unit { name } } } } loose: feedback(linked: false) { nodes { id } }
        node(id: "objective_1") { ... on GoalNode { feedback { totalCount } } }
        below: feedback(unit: "unit_root") { nodes { id } } a: feedback(unit: "unit_a") { nodes { id } }
        nobody: feedback(unit: "unit_b") { nodes { id } }
        objectives(filter: {withoutEvidence: true}) { nodes { id } }
        heard: objectives(filter: {withoutEvidence: false}) { nodes { id } }
        whys(withoutEvidence: true) { nodes { id } } }"""
    )
    (said,) = data["feedback"]["nodes"]
    assert (said["segment"], said["sentiment"], said["about"]) == ("Schools", "NEGATIVE", [{"id": "objective_1"}])
    assert said["responses"] == [
        {"body": "We heard it.", "outcome": "HEARD", "by": {"name": "Ada Alpha"}, "unit": {"name": "A"}}
    ]
    assert data["loose"]["nodes"] == [{"id": "feedback_2"}]
    assert [data[name]["nodes"] for name in ("below", "a", "nobody")] == [[{"id": "feedback_1"}]] * 2 + [[]]
    assert data["node"]["feedback"]["totalCount"] == 1
    assert data["objectives"]["nodes"] == [{"id": "objective_2"}]
    assert data["heard"]["nodes"] == [{"id": "objective_1"}]
    assert data["whys"]["nodes"] == [{"id": "why_1"}]


@pytest.mark.parametrize("id", ["answer_1", "question_1", "feedback_1"])
async def test_answers_questions_and_feedback_are_nodes(id: str) -> None:
    assert await Client(world()).ask("query($id: ID!) { node(id: $id) { id } }", id=id) == {"node": {"id": id}}


@pytest.mark.parametrize(
    ("payload", "nodes", "links"),
    [
        (goals.WhyAnswered(ANSWER), ["why_1"], []),
        (goals.QuestionAsked(OPEN), ["why_1"], []),
        (goals.QuestionSettled(SETTLED), ["why_1"], []),
        (goals.QuestionAsked(structs.replace(OPEN, about="link_2")), [], ["link_2"]),
        (goals.FeedbackReceived(SAID), ["objective_1"], []),
        (goals.FeedbackUnlinked(UNLINKED, ["objective_1"]), ["objective_1"], []),
        (goals.FeedbackReceived(UNLINKED), [], []),
    ],
)
def test_what_is_said_about_a_node_changes_it(payload: Struct, nodes: list[str], links: list[str]) -> None:
    found = changed_nodes(world().org, payload)
    assert (found.nodes, found.links) == (nodes, links)
