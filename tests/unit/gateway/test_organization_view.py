"""The view: whatever the order and repetition, it ends as a fresh load does, and never shows half a command."""

from __future__ import annotations

import asyncio
import random
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from gateway.live.commit_listeners import AppliedCommit
from gateway.live.organization_view import REMEMBERED, OrganizationView
from gateway.live.stream_upstream import folded_through, position_of
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
from goldenthread.runtime.streams.position import Position
from goldenthread.runtime.streams.sequencer import OfferOutcome
from tests.support.entities import T0, link, objective, purpose, why
from tests.unit.gateway.world import ORG, World, purpose_of


def shown(view: OrganizationView) -> dict[str, Any]:
    return {
        "entities": {each.id: each for each in view.org.entities()},
        "judgements": {id: each.verdict for id, each in view.judgements.items()},
        "since": {id: each.since for id, each in view.judgements.items()},
        "alerts": view.alerts,
        "positions": {source: view.position(source) for source in SOURCES},
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


def judged_through(view: OrganizationView, head: Head) -> None:
    """Alignment gives this head."""
    through = folded_through(head)
    assert through is not None
    view.judged_through(position_of(head), through)


def places(world: World) -> tuple[Position, Position]:
    """Where alignment's stream ends, and the goals commit through which it has folded."""
    ends = [Position(each.sequence, each.id) for each in (world.position(ALIGNMENT), world.position(GOALS))]
    return ends[0], ends[1]


def ignore(commit: AppliedCommit | None) -> None:
    """A listener that does nothing."""


@given(st.integers(0, 2**32), st.integers(0, 3))
@settings(deadline=None, max_examples=60)
def test_any_interleaving_with_duplicates_ends_as_a_fresh_load(seed: int, repeats: int) -> None:
    world = busy_world()
    view = OrganizationView(ORG, world.first)
    chance = random.Random(seed)
    queues = [list(world.written[source]) for source in SOURCES]
    seen: list[Any] = []
    while any(queues):
        queue = chance.choice([each for each in queues if each])
        event = queue.pop(0)
        view.apply(event)
        seen.append(event)
        for again in chance.choices(seen, k=repeats):
            if again.sequence <= view.position(again.source).sequence:
                view.apply(again)
    assert shown(view) == shown(world.view())
    assert view.judged == world.judged


def test_half_a_command_is_not_shown() -> None:
    world = World(purpose(), why("why_1"), link("link_1", "why_1", "purpose_1"))
    view = world.view()
    first, second = world.commit(
        ObjectiveCreated(objective("objective_1")), LinkAccepted(link("link_2", "objective_1", "why_1", 2))
    )
    view.apply(first)
    assert view.org.node("objective_1") is None
    view.apply(second)
    assert view.org.node("objective_1") is not None
    assert view.revision == 2


def test_a_verdict_waits_for_the_change_it_judges() -> None:
    world = World(purpose(), why("why_1"))
    view = world.view()
    changes = world.commit(LinkAccepted(link("link_1", "why_1", "purpose_1")))
    verdicts = world.judge()
    for event in verdicts:
        view.apply(event)
    assert view.judgement("why_1").verdict.state is AlignmentState.ORPHANED
    assert view.judged == 0
    for event in changes:
        view.apply(event)
    assert view.judgement("why_1").verdict.state is AlignmentState.ALIGNED
    assert view.up_to_date


def test_a_missing_event_is_a_gap_and_changes_nothing() -> None:
    world = busy_world()
    view = OrganizationView(ORG, world.first)
    before = shown(view)
    assert view.apply(world.written[GOALS][2]) is OfferOutcome.GAP
    assert shown(view) == before


def test_an_event_that_does_not_follow_is_a_fork() -> None:
    world = busy_world()
    view = OrganizationView(ORG, world.first)
    view.apply(world.written[GOALS][0])
    assert view.apply(structs.replace(world.written[GOALS][1], previous="another")) is OfferOutcome.FORKED


def test_a_restored_producer_is_a_fork() -> None:
    view = busy_world().view()
    last = busy_world().written[GOALS][-1]
    assert view.apply(structs.replace(last, id="another")) is OfferOutcome.FORKED


def test_judged_through_counts_only_when_its_events_are_here() -> None:
    world = World(purpose(), why("why_1"))
    view = world.view()
    for event in world.commit(LinkAccepted(link("link_1", "why_1", "purpose_1"))):
        view.apply(event)
    verdicts = world.judge()
    judged_through(view, world.head(ALIGNMENT))
    assert not view.up_to_date
    for event in verdicts:
        view.apply(event)
    assert view.up_to_date


def test_a_commit_without_transitions_is_judged_by_the_head() -> None:
    world = World(purpose())
    view = world.view()
    for event in world.commit(PersonJoined(Person("person_new", []))):
        view.apply(event)
    assert not view.up_to_date
    assert view.people_names.outdated == {"person_new": 1}
    judged_through(view, Head(0, None, 1))
    assert view.up_to_date


def test_listeners_hear_each_commit_once_and_in_order() -> None:
    world = busy_world()
    view = OrganizationView(ORG, world.first)
    heard: list[AppliedCommit] = []
    view.listeners.add(lambda commit: heard.append(commit) if commit else None, pytest.fail)
    for event in [*world.all(), *world.all()]:
        view.apply(event)
    goals = [commit.revision for commit in heard if commit.source == GOALS]
    assert goals == [2, 3, 4, 5]
    assert sum(len(commit.events) for commit in heard) == len(world.all())


async def test_reached_returns_once_the_revision_is_shown() -> None:
    world = World(purpose())
    view = world.view()
    events = world.commit(LinkWithdrawn(link("link_1", "why_1", "purpose_1", state=LinkState.WITHDRAWN), Side.CHILD))
    waiting = asyncio.create_task(view.reached(1))
    await asyncio.sleep(0)
    assert not waiting.done()
    view.apply(events[0])
    await asyncio.wait_for(waiting, 30)


def test_loading_anew_replaces_everything_and_keeps_listeners() -> None:
    world = busy_world()
    view = OrganizationView(ORG, world.first)
    view.listeners.add(ignore, pytest.fail)
    view.load(world.loaded())
    assert shown(view) == shown(world.view())
    assert len(view.listeners) == 1
    assert isinstance(world.first, OrganizationSnapshot)
    assert world.first.goals.position == StreamPosition()


def judged_without_events(world: World) -> Head:
    """The head of an alignment that found nothing to say about the last commits."""
    return Head(0, None, world.position(GOALS).sequence, world.position(GOALS).id)


def test_what_was_judged_of_another_branch_is_not_up_to_date() -> None:
    world = World(purpose())
    view = world.view()
    for event in world.commit(PersonJoined(Person("person_new", []))):
        view.apply(event)
    judged_through(view, Head(0, None, 1, "of a branch that was lost"))
    assert (view.up_to_date, view.judged) == (False, 0)
    judged_through(view, judged_without_events(world))
    assert view.up_to_date


def test_what_was_judged_beyond_what_is_shown_counts_once_it_is_shown_if_it_is_the_same() -> None:
    for lost in (True, False):
        world = World(purpose())
        view = world.view()
        events = [
            *world.commit(PersonJoined(Person("person_1", []))),
            *world.commit(PersonJoined(Person("person_2", []))),
        ]
        view.apply(events[0])
        judged_through(view, Head(0, None, 2, "lost" if lost else events[1].id))
        assert not view.up_to_date
        view.apply(events[1])
        assert view.up_to_date != lost


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
    view = world.view()
    for event in world.commit(PersonJoined(Person("person_new", []))):
        view.apply(event)
    at, goals = world.position(ALIGNMENT), world.position(GOALS)
    judged_through(view, Head(at.sequence - 1, "anew", goals.sequence, goals.id))
    assert not view.up_to_date
    judged_through(view, Head(at.sequence, at.id, goals.sequence, goals.id))
    assert view.up_to_date


def test_a_verdict_that_follows_from_an_event_of_another_branch_makes_nothing_up_to_date() -> None:
    for cause in ("lost", None):
        world = World(purpose(), why("why_1"))
        view = world.view()
        for event in world.commit(LinkAccepted(link("link_1", "why_1", "purpose_1"))):
            view.apply(event)
        for event in world.judge():
            view.apply(structs.replace(event, causationid=cause or world.written[GOALS][-1].id))
        assert view.up_to_date == (cause is None)


def test_an_earlier_event_of_another_branch_is_a_fork_and_a_repeated_one_is_not() -> None:
    world = busy_world()
    view = OrganizationView(ORG, world.first)
    for event in world.all():
        view.apply(event)
    view.apply(world.written[GOALS][1])
    assert view.apply(structs.replace(world.written[GOALS][1], id="another")) is OfferOutcome.FORKED


def test_without_verdicts_nothing_counts_as_judged() -> None:
    view = OrganizationView(ORG, replace(World(purpose()).loaded(), alignment=None))
    assert (view.revision, view.judged, view.up_to_date) == (0, 0, False)
    assert view.judgement("purpose_1").verdict.state is AlignmentState.NOT_JUDGED


def test_the_verdicts_of_a_commit_that_is_longer_than_what_is_remembered_are_no_sign_of_another_branch() -> None:
    world = World(purpose(), why("why_1"))
    view = world.view()
    joining = [PersonJoined(Person(f"person_{number}", [])) for number in range(REMEMBERED + 50)]
    for event in world.commit(LinkAccepted(link("link_1", "why_1", "purpose_1")), *joining):
        view.apply(event)
    cause = world.written[GOALS][0].id
    for event in world.judge():
        view.apply(structs.replace(event, causationid=cause))
    assert not view.goals_must_be_asked
    view.judged_through(*places(world))
    assert view.up_to_date


def test_verdicts_on_what_counts_as_judged_are_of_another_branch_and_nothing_is_up_to_date() -> None:
    world = World(purpose(), why("why_1"))
    view = world.view()
    for event in world.commit(LinkAccepted(link("link_1", "why_1", "purpose_1"))):
        view.apply(event)
    view.judged_through(Position(0, None), Position(1, world.written[GOALS][0].id))
    assert view.up_to_date
    for event in world.judge():
        view.apply(event)
    assert (view.up_to_date, view.goals_must_be_asked) == (False, True)


def test_verdicts_that_are_kept_over_a_load_are_judged_through_a_commit_that_is_remembered_or_none() -> None:
    world = World(purpose(), why("why_1"), link("link_1", "why_1", "purpose_1"))
    view = world.view()
    for number in range(2):
        for event in world.commit(PersonJoined(Person(f"person_{number}", []))):
            view.apply(event)
    view.judged_through(Position(0, None), Position(2, world.written[GOALS][1].id))
    kept = view.shown_verdicts()
    assert kept is not None
    assert (kept.judged, kept.judged_id) == (2, world.written[GOALS][1].id)
    loaded = world.loaded()
    view.load(replace(loaded, alignment=structs.replace(kept, judged=1, judged_id=None)))
    assert view.judged == 1
    kept = view.shown_verdicts()
    assert kept is not None
    assert (kept.judged, kept.judged_id) == (0, None)
