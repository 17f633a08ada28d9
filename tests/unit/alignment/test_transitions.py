"""What alignment publishes of a commit."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from uuid import uuid5

from hypothesis import given
from hypothesis import strategies as st
from msgspec import Struct

from goldenthread.contracts.entities import Entity
from goldenthread.contracts.enums import WhyState
from goldenthread.contracts.events import goals
from goldenthread.contracts.events.alignment import (
    AlignmentState,
    Cause,
    GoalAligned,
    GoalOrphaned,
    GoalUnexplained,
    LabelsChanged,
    OrphanCause,
)
from goldenthread.contracts.events.goals import clock
from services.alignment.domain.transitions import NAMESPACE, AlignmentDraft, commit_drafts, event_id
from services.alignment.domain.verdict import Graph
from tests.support.entities import T0, link, objective, purpose, unit, why
from tests.unit.alignment.commits import commit_of, payload_of
from tests.unit.alignment.verdict.packed_rows import restored

BASE: list[Entity] = [
    purpose(),
    why("why_1"),
    link("link_w", "why_1", "purpose_1", 3),
    objective("objective_1"),
    link("link_1", "objective_1", "why_1", 5),
]


def drafts_after(graph: Graph, first: int, *payloads: Struct) -> list[AlignmentDraft]:
    commit = commit_of(payloads, first)
    for event in commit:
        graph.apply(event.data, event.sequence)
    return commit_drafts(commit, graph.judge())


def base() -> tuple[Graph, list[AlignmentDraft]]:
    graph = Graph()
    return graph, drafts_after(graph, 1, *map(payload_of, BASE))


def test_a_first_verdict_is_a_transition_from_nothing() -> None:
    _, made = base()
    assert [(each.type, each.subject) for each in made] == [
        ("goal.aligned", "purpose_1"),
        ("goal.aligned", "why_1"),
        ("goal.aligned", "objective_1"),
        ("labels.changed", "org_1"),
    ]
    first = made[0].payload
    assert isinstance(first, GoalAligned)
    assert first.before is None


def test_a_change_of_state_is_told_with_before_after_and_what_caused_it() -> None:
    graph, _ = base()
    revised = goals.WhyRevised(why("why_1", version=2), why("why_1"))
    made = drafts_after(graph, 6, revised, goals.UnitCreated(unit()))
    payload = made[0].payload
    assert isinstance(payload, GoalUnexplained)
    assert payload.before is not None
    assert (payload.node, payload.before.state) == ("objective_1", AlignmentState.ALIGNED)
    assert payload.caused_by == Cause("event-6", 6, "why.revised")
    assert made[0].causationid == "event-6"


def test_a_new_cause_is_a_transition_and_a_new_depth_is_only_a_label() -> None:
    graph, _ = base()
    retired = drafts_after(graph, 6, goals.WhyRetired(why("why_1", state=WhyState.RETIRED), "done"))
    assert [each.type for each in retired] == ["goal.orphaned", "labels.changed"]
    orphaned = retired[0].payload
    assert isinstance(orphaned, GoalOrphaned)
    assert orphaned.after.cause is OrphanCause.WHY_RETIRED
    graph, _ = base()
    nearer = drafts_after(graph, 6, payload_of(link("link_0", "objective_1", "purpose_1", 6)))
    assert [each.type for each in nearer] == ["labels.changed"]


def test_an_end_of_judging_changes_the_label_and_is_no_transition() -> None:
    graph, _ = base()
    retired = drafts_after(graph, 6, payload_of(why("why_1", state=WhyState.RETIRED)))
    assert "why_1" not in [each.subject for each in retired]
    chunk = retired[-1].payload
    assert isinstance(chunk, LabelsChanged)
    assert [each.node for each in chunk.labels] == ["why_1", "objective_1"]


def test_a_commit_that_changes_no_label_publishes_nothing() -> None:
    graph, _ = base()
    assert drafts_after(graph, 6, payload_of(objective("objective_1"))) == []
    assert drafts_after(graph, 7, clock.DayClosed(T0.date())) == []


def test_ids_and_times_depend_on_the_commit_alone() -> None:
    (_, made), (_, again) = base(), base()
    assert made == again
    assert [each.id for each in made] == [event_id("org_1", "event-5", index) for index in range(4)]
    assert len({each.id for each in made} | {event_id("org_2", "event-5", 0), event_id("org_1", "event-6", 0)}) == 6
    assert {each.time for each in made} == {T0 + timedelta(minutes=5)}
    assert {each.basis for each in made} == {5}


def test_labels_come_in_chunks_of_500() -> None:
    made = drafts_after(Graph(), 1, *(payload_of(objective(f"objective_{n}")) for n in range(1_001)))
    chunks = [each.payload for each in made if isinstance(each.payload, LabelsChanged)]
    assert [len(chunk.labels) for chunk in chunks] == [500, 500, 1]
    nodes = [label.node for chunk in chunks for label in chunk.labels]
    assert nodes == [f"objective_{n}" for n in range(1_001)]


def test_judging_commits_one_by_one_or_after_a_reload_publishes_the_same() -> None:
    steady, reloaded = Graph(), Graph()
    for first, entity in enumerate(BASE, 1):
        payload = payload_of(entity)
        assert drafts_after(steady, first, payload) == drafts_after(reloaded, first, payload)
        reloaded = restored(reloaded)
    ids = [event_id("org_1", "event-1", index) for index in range(3)]
    assert all(before != after for before, after in pairwise(ids))


@given(st.text(max_size=8), st.text(max_size=8), st.integers(0, 2**40))
def test_ids_are_uuids_of_version_5_in_our_namespace(organization: str, end: str, index: int) -> None:
    assert event_id(organization, end, index) == str(uuid5(NAMESPACE, f"{organization}/{end}/{index}"))
