"""The model: whatever the order and repetition, it ends as a fresh load does, and never shows half a command."""

from __future__ import annotations

import asyncio
import random
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from gateway.live.organization_view import AppliedCommit, OrganizationView
from gateway.live.stream import Forked, Gap
from gateway.upstream.ports import OrganizationSnapshot
from gateway.upstream.streams import ALIGNMENT, GOALS, SOURCES
from goldenthread.contracts.entities import Person
from goldenthread.contracts.enums import LinkState, PurposeState, Side
from goldenthread.contracts.events.alerts import Alert, AlertKind, AlertRaised, AlertState
from goldenthread.contracts.events.alignment import AlignmentState
from goldenthread.contracts.events.goals import (
    LinkAccepted,
    LinkWithdrawn,
    ObjectiveCreated,
    PersonJoined,
    PurposePublished,
    PurposeRetired,
)
from goldenthread.contracts.read_api import Head, StreamPosition
from tests.support.entities import T0, link, objective, purpose, why
from tests.unit.gateway.world import ORG, World, purpose_of


def shown(model: OrganizationView) -> dict[str, Any]:
    return {
        "entities": {each.id: each for each in model.org.entities()},
        "judgements": {id: each.verdict for id, each in model.judgements.items()},
        "since": {id: each.since for id, each in model.judgements.items()},
        "alerts": model.alerts,
        "positions": {source: model.position(source) for source in SOURCES},
    }


def busy_world() -> World:
    world = World(purpose(), why("why_1"), link("link_1", "why_1", "purpose_1"))
    world.commit(ObjectiveCreated(objective("objective_1")), LinkAccepted(link("link_2", "objective_1", "why_1", 2)))
    world.judge()
    world.commit(ObjectiveCreated(objective("objective_2")))
    world.judge()
    world.commit(PurposeRetired(structs.replace(purpose_of(world.org), state=PurposeState.RETIRED), "done"))
    world.judge()
    alert = Alert("alert_1", AlertKind.GOAL_ORPHANED, AlertState.OPEN, "purpose_1", "unit_root", [], "m", "n", T0)
    world.alert(AlertRaised(alert))
    world.commit(PurposePublished(purpose(2)))
    world.judge()
    return world


@given(st.integers(0, 2**32), st.integers(0, 3))
@settings(deadline=None, max_examples=60)
def test_any_interleaving_with_duplicates_ends_as_a_fresh_load(seed: int, repeats: int) -> None:
    world = busy_world()
    model = OrganizationView(ORG, world.first)
    chance = random.Random(seed)
    queues = [list(world.written[source]) for source in SOURCES]
    seen: list[Any] = []
    while any(queues):
        queue = chance.choice([each for each in queues if each])
        event = queue.pop(0)
        model.apply(event)
        seen.append(event)
        for again in chance.choices(seen, k=repeats):
            if again.sequence <= model.position(again.source).sequence:
                model.apply(again)
    assert shown(model) == shown(world.model())
    assert model.judged == world.judged


def test_half_a_command_is_not_shown() -> None:
    world = World(purpose(), why("why_1"), link("link_1", "why_1", "purpose_1"))
    model = world.model()
    first, second = world.commit(
        ObjectiveCreated(objective("objective_1")), LinkAccepted(link("link_2", "objective_1", "why_1", 2))
    )
    model.apply(first)
    assert model.org.node("objective_1") is None
    model.apply(second)
    assert model.org.node("objective_1") is not None
    assert model.revision == 2


def test_a_verdict_waits_for_the_change_it_judges() -> None:
    world = World(purpose(), why("why_1"))
    model = world.model()
    changes = world.commit(LinkAccepted(link("link_1", "why_1", "purpose_1")))
    verdicts = world.judge()
    for event in verdicts:
        model.apply(event)
    assert model.judgement("why_1").verdict.state is AlignmentState.ORPHANED
    assert model.judged == 0
    for event in changes:
        model.apply(event)
    assert model.judgement("why_1").verdict.state is AlignmentState.ALIGNED
    assert model.up_to_date


def test_a_missing_event_is_a_gap_and_changes_nothing() -> None:
    world = busy_world()
    model = OrganizationView(ORG, world.first)
    before = shown(model)
    with pytest.raises(Gap):
        model.apply(world.written[GOALS][2])
    assert shown(model) == before


def test_an_event_that_does_not_follow_is_a_fork() -> None:
    world = busy_world()
    model = OrganizationView(ORG, world.first)
    model.apply(world.written[GOALS][0])
    with pytest.raises(Forked):
        model.apply(structs.replace(world.written[GOALS][1], previous="another"))


def test_a_restored_producer_is_a_fork() -> None:
    model = busy_world().model()
    last = busy_world().written[GOALS][-1]
    with pytest.raises(Forked):
        model.apply(structs.replace(last, id="another"))


def test_judged_through_counts_only_when_its_events_are_here() -> None:
    world = World(purpose(), why("why_1"))
    model = world.model()
    for event in world.commit(LinkAccepted(link("link_1", "why_1", "purpose_1"))):
        model.apply(event)
    verdicts = world.judge()
    model.judged_through(ALIGNMENT, world.head(ALIGNMENT))
    assert not model.up_to_date
    for event in verdicts:
        model.apply(event)
    assert model.up_to_date


def test_a_commit_without_transitions_is_judged_by_the_head() -> None:
    world = World(purpose())
    model = world.model()
    for event in world.commit(PersonJoined(Person("person_new", []))):
        model.apply(event)
    assert not model.up_to_date
    assert model.people.outdated == {"person_new": 1}
    model.judged_through(ALIGNMENT, Head(0, None, 1))
    assert model.up_to_date


def test_listeners_hear_each_commit_once_and_in_order() -> None:
    world = busy_world()
    model = OrganizationView(ORG, world.first)
    heard: list[AppliedCommit] = []
    model.listeners.add(lambda commit: heard.append(commit) if commit else None)
    for event in [*world.all(), *world.all()]:
        model.apply(event)
    goals = [commit.revision for commit in heard if commit.source == GOALS]
    assert goals == [2, 3, 4, 5]
    assert sum(len(commit.events) for commit in heard) == len(world.all())


async def test_reached_returns_once_the_revision_is_shown() -> None:
    world = World(purpose())
    model = world.model()
    events = world.commit(LinkWithdrawn(link("link_1", "why_1", "purpose_1", state=LinkState.WITHDRAWN), Side.CHILD))
    waiting = asyncio.create_task(model.reached(1))
    await asyncio.sleep(0)
    assert not waiting.done()
    model.apply(events[0])
    await asyncio.wait_for(waiting, 1)


def test_loading_anew_replaces_everything_and_keeps_listeners() -> None:
    world = busy_world()
    model = OrganizationView(ORG, world.first)
    model.listeners.add(lambda commit: None)
    model.load(world.loaded())
    assert shown(model) == shown(world.model())
    assert len(model.listeners) == 1
    assert isinstance(world.first, OrganizationSnapshot)
    assert world.first.goals.position == StreamPosition()


def judged_without_events(world: World) -> Head:
    """The head of an alignment that found nothing to say about the last commits."""
    return Head(0, None, world.position(GOALS).sequence, world.position(GOALS).id)


def test_what_was_judged_of_another_branch_is_not_up_to_date() -> None:
    world = World(purpose())
    model = world.model()
    for event in world.commit(PersonJoined(Person("person_new", []))):
        model.apply(event)
    model.judged_through(ALIGNMENT, Head(0, None, 1, "of a branch that was lost"))
    assert (model.up_to_date, model.judged) == (False, 0)
    model.judged_through(ALIGNMENT, judged_without_events(world))
    assert model.up_to_date


def test_what_was_judged_beyond_what_is_shown_counts_once_it_is_shown_if_it_is_the_same() -> None:
    for lost in (True, False):
        world = World(purpose())
        model = world.model()
        events = [
            *world.commit(PersonJoined(Person("person_1", []))),
            *world.commit(PersonJoined(Person("person_2", []))),
        ]
        model.apply(events[0])
        model.judged_through(ALIGNMENT, Head(0, None, 2, "lost" if lost else events[1].id))
        assert not model.up_to_date
        model.apply(events[1])
        assert model.up_to_date != lost


def test_a_snapshot_of_verdicts_on_another_branch_is_not_up_to_date() -> None:
    world = busy_world()
    loaded = world.loaded()
    assert loaded.alignment is not None
    for judged, id in ((5, "lost"), (9, "lost"), (0, None)):
        found = replace(loaded, alignment=structs.replace(loaded.alignment, judged=judged, judged_id=id))
        assert not OrganizationView(ORG, found).up_to_date
    assert OrganizationView(ORG, loaded).up_to_date


def test_the_head_of_a_stream_that_was_written_anew_says_nothing_about_the_verdicts_shown() -> None:
    world = busy_world()
    model = world.model()
    for event in world.commit(PersonJoined(Person("person_new", []))):
        model.apply(event)
    at, goals = world.position(ALIGNMENT), world.position(GOALS)
    model.judged_through(ALIGNMENT, Head(at.sequence - 1, "anew", goals.sequence, goals.id))
    assert not model.up_to_date
    model.judged_through(ALIGNMENT, Head(at.sequence, at.id, goals.sequence, goals.id))
    assert model.up_to_date


def test_a_verdict_that_follows_from_an_event_of_another_branch_makes_nothing_up_to_date() -> None:
    for cause in ("lost", None):
        world = World(purpose(), why("why_1"))
        model = world.model()
        for event in world.commit(LinkAccepted(link("link_1", "why_1", "purpose_1"))):
            model.apply(event)
        for event in world.judge():
            model.apply(structs.replace(event, causationid=cause or world.written[GOALS][-1].id))
        assert model.up_to_date == (cause is None)


def test_an_earlier_event_of_another_branch_is_a_fork_and_a_repeated_one_is_not() -> None:
    world = busy_world()
    model = OrganizationView(ORG, world.first)
    for event in world.all():
        model.apply(event)
    model.apply(world.written[GOALS][1])
    with pytest.raises(Forked):
        model.apply(structs.replace(world.written[GOALS][1], id="another"))


def test_without_verdicts_nothing_counts_as_judged() -> None:
    model = OrganizationView(ORG, replace(World(purpose()).loaded(), alignment=None))
    assert (model.revision, model.judged, model.up_to_date) == (0, 0, False)
    assert model.judgement("purpose_1").verdict.state is AlignmentState.NOT_JUDGED
