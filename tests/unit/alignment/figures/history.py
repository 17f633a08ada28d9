"""Any history of a small organization, in commits: what the property tests of the figures tell."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import strategies as st
from msgspec import Struct, structs

from goldenthread.contracts.entities import CustomerFeedback, FeedbackResponse, Link, Question, QuestionAnswer
from goldenthread.contracts.enums import (
    AnswerStance,
    FeedbackOutcome,
    Kept,
    LinkState,
    ObjectiveState,
    PurposeState,
    QuestionState,
    WhyState,
)
from goldenthread.contracts.events import goals
from goldenthread.contracts.events.alignment import AlignmentState, OrphanCause, Verdict
from tests.support import entities
from tests.support.entities import T0

UNITS: dict[str, list[str | None]] = {
    "unit_root": [None],
    "unit_a": ["unit_root"],
    "unit_b": ["unit_a", "unit_root"],
    "unit_c": ["unit_b", "unit_a"],
}
WHYS = ["why_1", "why_2"]
OBJECTIVES = ["objective_1", "objective_2", "objective_3"]
MEASURES = ["keyresult_1", "keyresult_2"]
KINDS = [
    "unit",
    "why",
    "answer",
    "answer",
    "objective",
    "measure",
    "feedback",
    "link",
    "link",
    "question",
    "purpose",
]
units = st.sampled_from(sorted(UNITS))
versions = st.integers(1, 2)
hours = st.integers(0, 200).map(lambda n: T0 + timedelta(hours=n))


@st.composite
def payloads(draw: st.DrawFn) -> Struct:
    match draw(st.sampled_from(KINDS)):
        case "unit":
            id = draw(units)
            made = entities.unit(id, draw(st.sampled_from(UNITS[id])))
            made = structs.replace(made, closed=draw(st.integers(0, 5)) == 0, placed_at=draw(st.none() | hours))
            return goals.UnitChanged(made, made)
        case "why":
            return goals.WhyPublished(draw(whys()))
        case "answer":
            given = entities.answer(
                draw(st.sampled_from(WHYS)),
                draw(units),
                draw(versions),
                draw(st.sampled_from(AnswerStance)),
                draw(hours),
            )
            return goals.WhyAnswered(given)
        case "objective":
            state = draw(st.sampled_from([ObjectiveState.ACTIVE, *ObjectiveState]))
            one = entities.objective(draw(st.sampled_from(OBJECTIVES)), state)
            return goals.ObjectiveActivated(structs.replace(one, owners=draw(st.lists(units, min_size=1, unique=True))))
        case "measure":
            measured = draw(st.sampled_from([*OBJECTIVES, *WHYS]))
            measure = entities.key_result(draw(st.sampled_from(MEASURES)), measured, draw(st.booleans()))
            return goals.KeyResultAdded(measure)
        case "link":
            return goals.LinkProposed(draw(links()))
        case "question":
            return goals.QuestionAsked(draw(questions()))
        case "purpose":
            return goals.PurposePublished(entities.purpose(state=draw(st.sampled_from(PurposeState))))
        case _:
            about = draw(st.lists(st.sampled_from([*OBJECTIVES, *WHYS, *MEASURES]), unique=True, max_size=2))
            said = feedback(draw(st.sampled_from(["feedback_1", "feedback_2"])), *about)
            waits = [(draw(units), draw(hours)) for _ in range(draw(st.integers(0, 2)))]
            responses = [FeedbackResponse("so", FeedbackOutcome.HEARD, None, unit, at) for unit, at in waits]
            return goals.FeedbackReceived(structs.replace(said, responses=responses))


@st.composite
def whys(draw: st.DrawFn) -> Any:
    made = entities.why(
        draw(st.sampled_from(WHYS)), draw(versions), draw(st.sampled_from([WhyState.PUBLISHED, *WhyState])), draw(units)
    )
    audience = draw(st.lists(units, unique=True))
    told = {unit: draw(hours) for unit in audience}
    return structs.replace(made, audience=audience, told=told, published_at=draw(hours))


@st.composite
def links(draw: st.DrawFn) -> Link:
    child = draw(st.sampled_from([*OBJECTIVES, *MEASURES, *WHYS]))
    parent = draw(st.sampled_from(["purpose_1", *WHYS, *OBJECTIVES]))
    state = draw(st.sampled_from([LinkState.ACCEPTED, *LinkState]))
    made = entities.link(draw(st.sampled_from(["link_1", "link_2", "link_3"])), child, parent, state=state)
    return structs.replace(made, measure=draw(st.integers(0, 5)) == 0, kept=draw(st.none() | st.sampled_from(Kept)))


@st.composite
def questions(draw: st.DrawFn) -> Question:
    state = draw(st.sampled_from([QuestionState.OPEN, *QuestionState]))
    id = draw(st.sampled_from(["question_1", "question_2"]))
    made = entities.question(id, draw(st.sampled_from(OBJECTIVES)), draw(units), draw(units), state)
    answers = [QuestionAnswer("so", None, draw(st.none() | units), draw(hours)) for _ in range(draw(st.integers(0, 2)))]
    asked_at, escalations = draw(hours), draw(st.integers(0, 2))
    return structs.replace(
        made, asked_at=asked_at, answers=answers, escalations=escalations, unheard=draw(st.booleans())
    )


@st.composite
def verdicts(draw: st.DrawFn) -> Verdict:
    state = draw(st.sampled_from(AlignmentState))
    if state is AlignmentState.ORPHANED:
        return Verdict(state, cause=draw(st.sampled_from(OrphanCause)))
    return Verdict(state, depth=None if state is AlignmentState.NOT_JUDGED else draw(st.integers(1, 4)))


commits = st.tuples(
    st.lists(payloads(), min_size=1, max_size=4), st.dictionaries(st.sampled_from(OBJECTIVES), verdicts(), max_size=2)
)


def feedback(id: str, *about: str) -> CustomerFeedback:
    return CustomerFeedback(id, "fair", "Too slow", T0, None, T0, about=list(about))


def begun() -> list[Struct]:
    """The root unit and A, B, C in a row below it."""
    org = entities.organization()
    assert org.info is not None
    rows = [entities.unit(id, above[0]) for id, above in UNITS.items()]
    return [goals.OrganizationCreated(org.info), *(goals.UnitCreated(each) for each in rows)]
