"""What was received of an organization's streams: whole commits, each once, in one order, whatever arrives and when."""

from __future__ import annotations

import random
from itertools import groupby

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from goldenthread.contracts.envelope import Event
from goldenthread.runtime.streams.merge import Merge, OutOfOrder
from goldenthread.runtime.streams.organization_streams import BrokenPage, OrganizationStreams
from goldenthread.runtime.streams.position import START, Commit, Position
from goldenthread.runtime.streams.sequencer import OfferOutcome
from goldenthread.runtime.streams.upstream import Page
from tests.support.simulation.streams import ALIGNMENT, GOALS, Stream

ALERTS = "/alerts"
ROOM = 50


def goals(*sizes: int, name: str = "g") -> Stream:
    """A stream with commits of these sizes."""
    made = Stream(GOALS, "ash")
    for number, size in enumerate(sizes):
        made.append([(f"{name}{number}.{index}", None) for index in range(size)])
    return made


def follower(source: str, *bases: int) -> Stream:
    """A stream with one commit of two events on each of these goals commits."""
    made = Stream(source, "ash")
    for basis in bases:
        made.append([(f"{source}{basis}.{index}", None) for index in range(2)], basis=basis)
    return made


def following(merge: Merge, **more: int) -> OrganizationStreams:
    return OrganizationStreams(merge, {}, ROOM, **more)


def folded(streams: OrganizationStreams) -> list[Commit]:
    """Fold whatever is due."""
    found: list[Commit] = []
    while (commit := streams.due()) is not None:
        streams.advance(commit)
        found.append(commit)
    return found


def offer(streams: OrganizationStreams, *events: Event) -> list[OfferOutcome]:
    return [streams.offer(event.source, event) for event in events]


@given(st.integers(0, 2**32), st.lists(st.integers(1, 4), min_size=1, max_size=8))
@settings(deadline=None, max_examples=200)
def test_events_in_any_order_and_number_are_folded_once_in_whole_commits(seed: int, sizes: list[int]) -> None:
    stream, chance = goals(*sizes), random.Random(seed)
    arriving = chance.choices(stream.events, k=2 * len(stream.events))
    streams = following(Merge(GOALS))
    found: list[Commit] = []
    for event in arriving:
        offer(streams, event)
        found += folded(streams)
    while streams.received(GOALS) != stream.head:
        asked = streams.received(GOALS)
        streams.take(GOALS, asked, stream.page(asked.sequence, chance.randint(1, 5)))
        found += folded(streams)
    assert found == stream.commits()


@given(st.integers(0, 2**32))
@settings(deadline=None, max_examples=200)
def test_a_strict_merge_has_one_order_of_three_streams_however_they_arrive(seed: int) -> None:
    chance = random.Random(seed)
    first = goals(*[chance.randint(1, 3) for _ in range(6)])
    ends = [commit.end.sequence for commit in first.commits()]
    followers = [follower(source, *[end for end in ends if chance.random() < 0.5]) for source in (ALIGNMENT, ALERTS)]
    streams = following(Merge(GOALS, (ALIGNMENT, ALERTS)))
    found: list[Commit] = []
    queues = {each.source: list(each.events) for each in (first, *followers)}
    while any(queues.values()):
        source = chance.choice([source for source, queue in queues.items() if queue])
        offer(streams, queues[source].pop(0))
        found += folded(streams)
    while streams.waiting:  # the followers are asked how far they are
        for each in followers:
            streams.take(each.source, each.head, Page([], each.head, first.head))
        found += folded(streams)
    together = [*first.commits(), *followers[0].commits(), *followers[1].commits()]
    assert found == sorted(together, key=lambda commit: commit.basis)  # at one basis, in the order of the streams


def test_without_strict_the_first_stream_waits_for_nobody_and_followers_for_their_basis() -> None:
    first, second = goals(1, 1), follower(ALIGNMENT, 2)
    streams = following(Merge(GOALS, (ALIGNMENT,), strict=False))
    offer(streams, *second.events)
    assert streams.due() is None
    assert streams.waiting
    offer(streams, first.events[0])
    assert folded(streams) == first.commits()[:1]
    offer(streams, first.events[1])
    assert folded(streams) == [*first.commits()[1:], *second.commits()]


def test_a_follower_that_comes_too_late_is_out_of_order_in_a_strict_merge_only() -> None:
    first, late = goals(1, 1), follower(ALIGNMENT, 1)
    for strict in (True, False):
        streams = following(Merge(GOALS, (ALIGNMENT,), strict=strict))
        streams.take(ALIGNMENT, START, Page([], START, first.head))  # it says that there is nothing up to there
        offer(streams, *first.events)
        assert folded(streams) == first.commits()
        offer(streams, *late.events)
        if strict:
            with pytest.raises(OutOfOrder):
                streams.due()
        else:
            assert folded(streams) == late.commits()


def test_the_same_number_with_another_event_is_a_fork_as_far_as_ids_are_remembered() -> None:
    stream = goals(1, 1, 1, 1)
    streams = following(Merge(GOALS), remembered=2)
    offer(streams, *stream.events)
    others = [structs.replace(event, id="another") for event in stream.events]
    assert offer(streams, *stream.events) == [OfferOutcome.DUPLICATE] * 4
    assert not streams.needs_repair
    forked, unknown = OfferOutcome.FORKED, OfferOutcome.DUPLICATE
    assert offer(streams, *others) == [unknown, unknown, forked, forked]
    assert streams.needs_repair


def test_what_was_received_of_half_a_commit_is_forgotten_with_it() -> None:
    stream, other = goals(1, 3), goals(1, 3, name="h")
    streams = following(Merge(GOALS), remembered=2)
    offer(streams, *stream.events[:3])
    asked = streams.received(GOALS)
    assert asked == Position(1, "g0.0")
    other.events[0] = stream.events[0]
    other.events[1] = structs.replace(other.events[1], previous=stream.events[0].id)
    streams.take(GOALS, asked, other.page(1, 10))
    assert folded(streams) == [*stream.commits()[:1], *other.commits()[1:]]
    assert streams.sequencers[GOALS].id_at(2) is None
    assert [streams.sequencers[GOALS].id_at(number) for number in (3, 4)] == ["h1.1", "h1.2"]


def test_a_longer_commit_than_is_remembered_leaves_the_id_of_the_last_whole_one() -> None:
    stream = goals(1, 5)
    streams = following(Merge(GOALS), remembered=2)
    offer(streams, *stream.events[:5])
    streams.sequencers[GOALS].discard_incomplete()
    assert streams.sequencers[GOALS].id_at(1) == "g0.0"


def test_a_page_continues_what_was_received_or_is_of_another_branch() -> None:
    stream, other = goals(1, 1, 1), goals(1, 1, 1, name="h")
    streams = following(Merge(GOALS))
    offer(streams, *stream.events[:2])
    asked = streams.received(GOALS)
    assert streams.continues(asked, stream.page(2, 10))
    assert not streams.continues(asked, other.page(2, 10))
    assert streams.continues(stream.head, stream.page(3, 10))
    assert not streams.continues(stream.head, other.page(3, 10))
    assert not streams.continues(stream.head, Page([], stream.commits()[1].end))


def test_a_page_with_a_hole_is_broken_and_what_comes_before_it_is_kept() -> None:
    stream = goals(1, 1, 1)
    streams = following(Merge(GOALS))
    with pytest.raises(BrokenPage):
        streams.take(GOALS, START, Page([stream.events[0], stream.events[2]], stream.head))
    assert folded(streams) == stream.commits()[:1]


def test_records_that_arrived_while_a_page_was_read_are_no_sign_of_another_branch() -> None:
    stream = goals(1, 2, 1)
    streams = following(Merge(GOALS))
    offer(streams, *stream.events[:3])
    streams.take(GOALS, START, stream.page(0, 10))
    assert folded(streams) == stream.commits()


def test_what_waits_is_bounded_and_the_rest_is_missing_until_it_is_folded() -> None:
    stream = goals(*[1] * (3 * ROOM))
    streams = following(Merge(ALIGNMENT, (GOALS,), strict=False))  # commits of goals wait here
    outcomes = offer(streams, *stream.events)
    kept = [outcome for outcome, _ in groupby(outcomes)]
    assert kept == [OfferOutcome.KEPT, OfferOutcome.GAP]
    assert outcomes.count(OfferOutcome.KEPT) == ROOM
    assert streams.full(GOALS)
    assert len(streams.unfolded(GOALS)) == ROOM
    assert len(streams.sequencers[GOALS]._early) <= ROOM


def test_an_event_that_does_not_follow_the_last_one_is_a_fork_and_is_not_taken() -> None:
    stream = goals(1, 2)
    streams = following(Merge(GOALS))
    offer(streams, stream.events[0])
    lost = structs.replace(stream.events[1], previous="of another branch")
    assert offer(streams, lost) == [OfferOutcome.FORKED]
    assert streams.needs_repair
    offer(streams, *stream.events[1:])
    assert folded(streams) == stream.commits()


def test_the_ends_of_commits_are_remembered_beyond_their_events_which_may_be_thousands() -> None:
    stream = goals(2, 5, 5, 5)
    streams = following(Merge(GOALS), remembered=3)
    offer(streams, *stream.events)
    assert [streams.id_at(GOALS, number) for number in (2, 7, 12, 17)] == [None, "g1.4", "g2.4", "g3.4"]
    assert [streams.id_at(GOALS, number) for number in (11, 14, 15, 16)] == [None, None, "g3.2", "g3.3"]
    remembers = streams.sequencers[GOALS].remembers_commit
    assert [remembers(end) for end in (7, 12, 17)] == [False] * 3


def test_a_commit_is_remembered_as_a_whole_when_what_comes_before_it_is() -> None:
    stream = goals(1, 2, 2)
    streams = following(Merge(GOALS), remembered=4)
    offer(streams, *stream.events)
    assert [streams.sequencers[GOALS].remembers_commit(end) for end in (1, 3, 5)] == [False, True, True]
