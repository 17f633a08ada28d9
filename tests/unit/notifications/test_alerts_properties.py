"""Whatever happens in whatever order: the alerts are those a look at the whole organization would give."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Struct, structs

from goldenthread.contracts.entities import Person
from goldenthread.contracts.enums import (
    AnswerStance,
    LinkState,
    ObjectiveState,
    PurposeState,
    QuestionState,
    Side,
    WhyState,
)
from goldenthread.contracts.events.alerts import AlertChanged, AlertRaised, AlertResolved
from goldenthread.contracts.events.alignment import (
    AlignmentState,
    OrphanCause,
    SiloEvidence,
    SiloKind,
    UnitConnected,
    UnitSiloed,
    Verdict,
)
from goldenthread.contracts.events.goals import (
    KeyResultAdded,
    LinkAccepted,
    ObjectiveActivated,
    PersonLeft,
    PurposeRevised,
    QuestionAsked,
    UnitChanged,
    WhyAnswered,
    WhyPublished,
)
from goldenthread.contracts.events.goals.clock import Grace, WhyAnswerOverdue
from services.notifications.domain.alert_reasons import AlertKey
from services.notifications.domain.alerts import AlertPayload, Alerts, key_of
from tests.support import entities
from tests.unit.notifications.story import ORG, Story, grace, overdue, told

OBJECTIVES = ["objective_1", "objective_2", "objective_3"]
WHYS = ["why_1", "why_2"]
KEY_RESULTS = ["keyresult_1", "keyresult_2"]
LINKS = ["link_1", "link_2", "link_3", "link_4"]
UNITS = ["unit_root", "unit_a", "unit_b"]
NODES = [*OBJECTIVES, *WHYS, *KEY_RESULTS, "purpose_1"]

versions = st.integers(1, 3)
leads = st.sampled_from([None, "person_a"])


@st.composite
def links(draw: st.DrawFn) -> Struct:
    state = draw(st.sampled_from(LinkState))
    made = entities.link(
        draw(st.sampled_from(LINKS)),
        draw(st.sampled_from([*OBJECTIVES, *WHYS, *KEY_RESULTS])),
        draw(st.sampled_from(NODES)),
        draw(st.integers(1, 9)) if state is LinkState.ACCEPTED else None,
        draw(st.one_of(st.none(), versions)),
        state,
        turn=draw(st.sampled_from(Side)) if state in (LinkState.PROPOSED, LinkState.COUNTERED) else None,
        measure=draw(st.booleans()),
    )
    return LinkAccepted(structs.replace(made, round=draw(st.integers(1, 2))))


@st.composite
def listening(draw: st.DrawFn) -> Struct:
    why, unit = draw(st.sampled_from(WHYS)), draw(st.sampled_from(UNITS))
    match draw(st.sampled_from(["answer", "late", "late", "question"])):
        case "answer":
            return WhyAnswered(entities.answer(why, unit, draw(versions), draw(st.sampled_from(AnswerStance))))
        case "late":
            return WhyAnswerOverdue(why, unit, draw(versions), entities.T0 + timedelta(days=draw(st.integers(5, 20))))
        case _:
            about, state = (
                draw(st.sampled_from([*NODES, *LINKS, f"answer_{why}_{unit}"])),
                st.sampled_from(QuestionState),
            )
            id = draw(st.sampled_from(["question_1", "question_2"]))
            return QuestionAsked(entities.question(id, about, asked=unit, state=draw(state)))


@st.composite
def goals_payloads(draw: st.DrawFn) -> Struct:
    if draw(st.integers(0, 2)) == 0:
        return draw(listening())
    match draw(st.sampled_from(["link", "link", "unit", "objective", "why", "measure", "purpose", "grace", "overdue"])):
        case "link":
            return draw(links())
        case "unit":
            id = draw(st.sampled_from(UNITS))
            parent = None if id == "unit_root" else draw(st.sampled_from(UNITS))
            made = structs.replace(entities.unit(id, parent, draw(leads)), closed=draw(st.booleans()))
            return UnitChanged(made, made)
        case "objective":
            owner, state = draw(st.sampled_from(UNITS)), draw(st.sampled_from(ObjectiveState))
            return ObjectiveActivated(
                entities.objective(draw(st.sampled_from(OBJECTIVES)), state, draw(versions), owner)
            )
        case "why":
            state_, owner = draw(st.sampled_from(WhyState)), draw(st.sampled_from(UNITS))
            why = entities.why(draw(st.sampled_from(WHYS)), draw(versions), state_, owner)
            return WhyPublished(structs.replace(why, audience=draw(st.lists(st.sampled_from(UNITS), unique=True))))
        case "measure":
            measured = draw(st.sampled_from([*OBJECTIVES, *WHYS]))
            return KeyResultAdded(
                entities.key_result(draw(st.sampled_from(KEY_RESULTS)), measured, draw(st.booleans()))
            )
        case "purpose":
            made_ = entities.purpose(draw(versions), draw(st.sampled_from(PurposeState)))
            return PurposeRevised(made_, made_)
        case "grace":
            return grace(draw(st.sampled_from(NODES)), draw(st.sampled_from(Grace)), draw(st.booleans()))
        case _:
            return overdue(draw(st.sampled_from(LINKS)), draw(st.integers(1, 2)))


@st.composite
def verdicts(draw: st.DrawFn) -> Verdict:
    state = draw(st.sampled_from(AlignmentState))
    if state is not AlignmentState.ORPHANED:
        return Verdict(state, depth=1)
    nodes, maybe = st.sampled_from(NODES), st.one_of(st.none(), st.sampled_from(NODES))
    cause, link = draw(st.sampled_from(OrphanCause)), draw(st.one_of(st.none(), st.sampled_from(LINKS)))
    return Verdict(state, cause=cause, broken_at=draw(nodes), lost_parent=draw(maybe), link=link)


@st.composite
def silos(draw: st.DrawFn) -> Struct:
    """Alignment says so of units that are there, below the root, and not closed; the root it never calls a silo."""
    unit = draw(st.sampled_from(["unit_a", "unit_b"]))
    if draw(st.booleans()):
        return UnitConnected(unit, entities.T0)
    kinds = draw(st.lists(st.sampled_from(SiloKind), min_size=2, unique=True))
    abouts = {SiloKind.UNHEARD: "question_1", SiloKind.UNANSWERED: "why_1"}
    return UnitSiloed(unit, entities.T0, [SiloEvidence(kind, entities.T0, abouts.get(kind)) for kind in kinds])


commits = st.tuples(
    st.lists(goals_payloads(), min_size=1, max_size=3),
    st.lists(silos(), max_size=1),
    st.dictionaries(st.sampled_from(OBJECTIVES), verdicts(), max_size=2),
)
histories = st.lists(commits, max_size=14)


def opened(alerts: Alerts) -> dict[AlertKey, list[str]]:
    return {key: alert.goals for key, alert in alerts.open.items()}


def check(story: Story) -> None:
    """The open alerts are what a look at everything, from what was kept, wants."""
    fresh = story.restored()
    assert opened(story.alerts) == story.alerts.wanted() == fresh.wanted()
    assert all(key_of(alert) == key for key, alert in story.alerts.open.items())
    assert fresh.facts.sources() == story.alerts.facts.sources()


@given(histories)
@settings(max_examples=100, deadline=None)
def test_folding_commit_by_commit_equals_a_look_at_everything(history: list[Any]) -> None:
    story = told()
    for payloads, said, labels in history:
        story.then(*payloads, said=said, **labels)
        check(story)


@given(histories)
@settings(max_examples=40, deadline=None)
def test_the_same_commits_give_the_same_alerts_to_the_letter_and_duplicates_do_nothing(history: list[Any]) -> None:
    story = told()
    for payloads, said, labels in history:
        story.then(*payloads, said=said, **labels)
    again, made = Alerts(ORG), []
    for goals, alignment in story.commits:
        made += again.apply_commit(goals, alignment)
        assert again.apply_commit(goals, alignment) == []
    assert made == story.payloads
    assert again.open == story.alerts.open


@given(histories, st.integers(0, 14))
@settings(max_examples=40, deadline=None)
def test_a_fold_taken_up_from_what_was_kept_goes_on_as_if_never_interrupted(history: list[Any], where: int) -> None:
    whole, parted = told(), told()
    for index, (payloads, said, labels) in enumerate(history):
        if index == where:
            parted.alerts = parted.restored()
        assert whole.then(*payloads, said=said, **labels) == parted.then(*payloads, said=said, **labels)


@given(histories)
@settings(max_examples=40, deadline=None)
def test_the_published_alerts_alone_give_the_open_ones_at_most_one_per_key(history: list[Any]) -> None:
    story = told()
    for payloads, said, labels in history:
        story.then(*payloads, said=said, **labels)
    assert follow(story.payloads) == story.alerts.open


def follow(payloads: list[AlertPayload]) -> dict[AlertKey, Any]:
    """What a reader of the alerts stream holds open; asserts that nothing opens twice, nothing unopened changes."""
    open: dict[AlertKey, Any] = {}
    ids: set[str] = set()
    for payload in payloads:
        key = key_of(payload.alert)
        if isinstance(payload, AlertRaised):
            assert key not in open
            assert payload.alert.id not in ids
            ids.add(payload.alert.id)
        else:
            assert open[key].id == payload.alert.id
        if isinstance(payload, AlertResolved):
            del open[key]
        else:
            assert isinstance(payload, AlertRaised | AlertChanged)
            open[key] = payload.alert
    return open


@given(histories)
@settings(max_examples=40, deadline=None)
def test_verdicts_that_come_a_step_later_end_in_the_same_alerts(history: list[Any]) -> None:
    story = told()
    at_once, stepwise = Alerts(ORG), Story()
    made: list[AlertPayload] = []
    for payloads, said, labels in history:
        story.then(*payloads, said=said, **labels)
    for goals, alignment in story.commits:
        at_once.apply_commit(goals, alignment)
        for first in (True, False):
            applied = stepwise.alerts.fold(goals if first else [], [] if first else alignment)
            stepwise.keep(applied)
            made += applied.payloads
            stepwise.sequence = stepwise.alerts.basis
            assert opened(stepwise.restored()) == opened(stepwise.alerts) == stepwise.alerts.wanted()
            assert stepwise.restored().wanted() == stepwise.alerts.wanted()
    stepwise.then(PersonLeft(Person("person_x", [], left=True)))
    at_once.apply_commit(*stepwise.commits[-1])
    assert opened(stepwise.alerts) == opened(at_once)
    follow([*made, *stepwise.payloads])


def test_the_cost_of_a_commit_is_in_what_it_changed() -> None:
    searched = {size: searches_of_one_change(size) for size in (20, 400)}
    assert searched[20] == searched[400] <= 3


def searches_of_one_change(size: int) -> int:
    """How many sources are searched when one goal among `size` broken ones is linked again."""
    story = told()
    names = [f"objective_x{i}" for i in range(size)]
    orphan = Verdict(AlignmentState.ORPHANED, cause=OrphanCause.LOOP)
    broken: dict[str, Any] = {name: structs.replace(orphan, broken_at=name) for name in names}
    story.then(*(ObjectiveActivated(entities.objective(name)) for name in names), **broken)
    count, search = 0, story.alerts._search

    def counted(source: str, *, wait: bool) -> set[AlertKey]:
        nonlocal count
        count += 1
        return search(source, wait=wait)

    story.alerts._search = counted  # type: ignore[method-assign]
    linked = LinkAccepted(entities.link("link_x", names[0], "why_1", 9))
    mended: dict[str, Any] = {names[0]: Verdict(AlignmentState.ALIGNED)}
    story.then(linked, **mended)
    return count
