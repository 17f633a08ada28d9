"""Every consumer folds every example, and passes over what it does not know."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from msgspec import structs

from gateway.live.organization_view import OrganizationView
from gateway.upstream.ports import OrganizationSnapshot
from gateway.upstream.streams import ALERTS, ALIGNMENT, GOALS, SOURCES
from goldenthread.contracts.entities import CheckIn, CustomerFeedback, GoalNode
from goldenthread.contracts.envelope import Event, events_from_json
from goldenthread.contracts.events.alignment import HealthRecorded, LabelsChanged, Transition, UnitConnected, UnitSiloed
from goldenthread.contracts.events.goals import entities_of
from goldenthread.contracts.read_api import (
    AlertsSnapshot,
    AlignmentSnapshot,
    GoalsSnapshot,
    PeopleSnapshot,
    StreamPosition,
)
from goldenthread.organization.organization import Organization
from goldenthread.runtime.streams.position import Commit
from services.alignment.domain.verdict import Graph
from services.alignment.handlers import AlignmentFold
from services.notifications.handlers import AlertsFold
from tests.contract import examples

EXAMPLES = examples.decoded()
every = pytest.mark.parametrize("event", EXAMPLES.values(), ids=EXAMPLES)
of_goals = pytest.mark.parametrize(
    "event", *[[e for e in EXAMPLES.values() if e.source == GOALS]], ids=lambda e: e.type
)


def gateway_before(event: Event) -> OrganizationView:
    """A model that is where the event's stream continues, and knows nothing else."""
    basis = event.basis or 0
    at = {source: StreamPosition() for source in SOURCES} | {GOALS: StreamPosition(basis, "basis" if basis else None)}
    at[event.source] = StreamPosition(event.sequence - 1, event.previous)
    goals = GoalsSnapshot(at[GOALS], None, [], [], [], None, [], [], [], [], [])
    nothing = AlignmentSnapshot(at[ALIGNMENT], 0, []), AlertsSnapshot(at[ALERTS], 0, [])
    return OrganizationView(event.organization, OrganizationSnapshot(goals, *nothing, PeopleSnapshot(at[GOALS], [])))


def alone(event: Event) -> Event:
    """The event as a commit of its own."""
    return structs.replace(event, commit=event.sequence)


@of_goals
def test_an_organization_holds_what_an_example_says(event: Event) -> None:
    org = Organization()
    org.apply(event.data)
    assert all(org.get(entity.id) == entity for entity in entities_of(event.data))


@of_goals
def test_alignment_judges_what_an_example_says(event: Event) -> None:
    graph = Graph()
    graph.apply(event.data, event.sequence)
    graph.judge()
    nodes = [each.id for each in entities_of(event.data) if isinstance(each, GoalNode)]
    assert all(graph.verdict(node) is not None for node in nodes)


@every
def test_notifications_folds_every_example(event: Event) -> None:
    fold = AlertsFold()
    state = fold.new(event.organization)
    fold.apply(state, Commit(event.source, (alone(event),)))
    needed = [each for each in entities_of(event.data) if not isinstance(each, CheckIn | CustomerFeedback)]
    assert all(state.alerts.facts.org.get(entity.id) == entity for entity in needed)


@every
def test_the_gateway_shows_every_example(event: Event) -> None:
    view = gateway_before(event)
    view.apply(alone(event))
    assert view.position(event.source) == StreamPosition(event.sequence, event.id)
    data = event.data
    if event.source == GOALS:
        assert all(view.get(entity.id) == entity for entity in entities_of(data))
    elif event.source == ALERTS:
        assert view.get(data.alert.id) == data.alert
    elif isinstance(data, Transition):
        assert view.judgement(data.node).verdict == data.after
    elif not isinstance(data, HealthRecorded | UnitSiloed | UnitConnected):  # which it asks alignment for
        assert isinstance(data, LabelsChanged)
        assert all(view.judgement(label.node).verdict == label.verdict for label in data.labels)


# -- what a consumer does not know -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", examples.texts())
def test_unknown_fields_are_ignored_wherever_they_stand(name: str) -> None:
    example = json.loads(examples.texts()[name])
    expected = events_from_json(json.dumps([example]).encode())
    grown = _grown(example)
    assert grown != example
    assert events_from_json(json.dumps([grown]).encode()) == expected


def _grown(value: Any) -> Any:
    """`value` with a field more in every object; a table by id has no fields."""
    if isinstance(value, dict):
        more = {} if examples.is_map(value) else {"mood": "good"}
        return {key: _grown(each) for key, each in value.items()} | more
    return [_grown(each) for each in value] if isinstance(value, list) else value


def seen(view: OrganizationView) -> Any:
    return list(view.org.entities()), view.judgements, view.alerts


@pytest.mark.parametrize("type", ["goldenthread.moon.landed.v1", "goldenthread.objective.created.v99"])
@pytest.mark.parametrize("source", SOURCES)
def test_unknown_types_and_later_versions_change_nothing_but_the_place_in_the_stream(type: str, source: str) -> None:
    known = next(event for event in EXAMPLES.values() if event.source == source)
    event = alone(next(each for each in examples.decoded(type=type).values() if each.id == known.id))
    assert event.data is None
    view = gateway_before(event)
    before = seen(view)
    view.apply(event)
    assert (seen(view), view.position(source)) == (before, StreamPosition(event.sequence, event.id))
    for apply in consumers(source):
        apply(event)


def consumers(source: str) -> list[Callable[[Event], None]]:
    """The other consumers of a stream, each of which must make nothing of the event it is given."""

    def organization(event: Event) -> None:
        org = Organization()
        org.apply(event.data)
        assert list(org.entities()) == []

    def fold(kind: AlignmentFold | AlertsFold) -> Callable[[Event], None]:
        def apply(event: Event) -> None:
            consumer: Any = kind
            assert list(consumer.apply(consumer.new(event.organization), Commit(source, (event,)))) == []

        return apply

    both = [organization, fold(AlignmentFold()), fold(AlertsFold())]
    return {GOALS: both, ALIGNMENT: both[2:], ALERTS: []}[source]
