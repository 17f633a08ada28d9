"""How far a consumer is behind an upstream: what is missing exactly, and since when that was written."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta

import pytest

from goldenthread.runtime.projection import GONE, START, ChangedHeads, HeadsPage, Page, Position
from goldenthread.runtime.streams.heads import HeadsWatch
from goldenthread.runtime.streams.lag import MOST_LOOKED_UP, FoldedPlaces, Lag
from goldenthread.runtime.streams.position import STALE

NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)


def at(sequence: int) -> Position:
    return Position(sequence, f"e{sequence}") if sequence else START


class Story:
    """An upstream whose events are written a second apart from noon on, its consumer, and their clock."""

    def __init__(self) -> None:
        self.now = NOON + timedelta(seconds=100)
        self.heads_: dict[str, Position] = {}
        self.folded: dict[str, Position] = {}
        self.in_memory = set[str]()
        self.owned: Collection[str] = {"ash", "oak"}
        self.rebuilt = set[str]()
        self.asked: list[Mapping[str, int]] = []
        self.away = False
        self.watch = self.new_watch()

    def new_watch(self) -> HeadsWatch:
        places = FoldedPlaces(
            lambda id: id in self.owned,
            lambda id: self.folded[id] if id in self.in_memory else None,
            lambda id: id in self.rebuilt,
        )
        return HeadsWatch(self, 20, folded=places, now=lambda: self.now)

    async def events(self, organization: str, after: int, limit: int) -> Page:
        raise AssertionError("heads are not events")

    async def heads(
        self,
        changed_since: str | None,
        named: Collection[str] = (),
        after: Mapping[str, int] | None = None,
        page: HeadsPage | None = None,
    ) -> ChangedHeads:
        if self.away:
            raise ConnectionError
        self.asked.append(after or {})
        written = {id: NOON + timedelta(seconds=place + 1) for id, place in (after or {}).items()}
        return ChangedHeads(dict(self.heads_), "now", written=written)

    async def where(self, organizations: Collection[str]) -> Mapping[str, Position]:
        return {each: self.folded.get(each, START) for each in organizations}

    async def poll(self) -> Lag:
        await self.watch.poll(lambda id: id in self.owned, self.where)
        return self.watch.lag


@pytest.fixture
def story() -> Story:
    return Story()


async def test_it_is_exactly_what_is_missing_and_as_old_as_the_oldest_of_that(story: Story) -> None:
    story.heads_ = {"ash": at(7), "oak": at(9)}
    story.folded = {"ash": at(3), "oak": at(9)}
    assert await story.poll() == Lag(4, 0.0)  # since when is not known yet
    assert await story.poll() == Lag(4, 96.0)  # the fourth event was written four seconds after noon
    story.now += timedelta(seconds=10)
    assert story.watch.lag == Lag(4, 106.0)
    assert story.asked == [{}, {"ash": 3}]


async def test_what_is_folded_between_two_polls_is_not_missing_any_more(story: Story) -> None:
    story.heads_, story.folded, story.in_memory = {"ash": at(7)}, {"ash": at(3)}, {"ash"}
    assert (await story.poll()).revisions == 4
    story.folded["ash"] = at(5)
    assert story.watch.lag.revisions == 2
    story.folded["ash"] = at(7)
    assert story.watch.lag == Lag()
    assert await story.poll() == Lag()
    assert story.asked == [{}, {}], "nothing is asked about who has caught up meanwhile"


async def test_a_backlog_is_as_old_after_a_restart_as_before(story: Story) -> None:
    story.heads_, story.folded = {"ash": at(7)}, {"ash": at(3)}
    await story.poll()
    before = await story.poll()
    story.watch = story.new_watch()
    assert story.watch.lag == Lag()
    await story.poll()
    assert await story.poll() == before


async def test_who_has_caught_up_in_part_is_behind_since_the_next_event(story: Story) -> None:
    story.heads_, story.folded = {"ash": at(7)}, {"ash": at(3)}
    await story.poll()
    await story.poll()
    story.folded["ash"] = at(6)
    await story.poll()
    assert await story.poll() == Lag(1, 93.0)


async def test_who_is_not_ours_any_more_does_not_count_from_that_moment_on(story: Story) -> None:
    story.heads_, story.folded = {"ash": at(7), "oak": at(2)}, {"ash": at(3), "oak": START}
    assert (await story.poll()).revisions == 6
    story.owned = {"oak"}
    assert story.watch.lag.revisions == 2
    story.owned = ()
    assert story.watch.lag == Lag()


async def test_while_the_upstream_is_away_it_stays_and_grows_older_and_so_does_its_last_answer(story: Story) -> None:
    story.heads_, story.folded = {"ash": at(7)}, {"ash": at(3)}
    await story.poll()
    await story.poll()
    assert story.watch.answer_age == 0
    story.away = True
    story.now += timedelta(seconds=60)
    with pytest.raises(ConnectionError):
        await story.poll()
    assert (story.watch.lag, story.watch.answer_age) == (Lag(4, 156.0), 60.0)
    story.away, story.folded["ash"] = False, at(7)
    assert await story.poll() == Lag()
    assert story.watch.answer_age == 0


async def test_a_clock_that_is_behind_makes_no_negative_age(story: Story) -> None:
    story.heads_, story.folded, story.now = {"ash": at(7)}, {"ash": at(3)}, NOON
    await story.poll()
    assert await story.poll() == Lag(4, 0.0)


async def test_the_deletion_of_an_organization_is_pending_until_it_is_deleted(story: Story) -> None:
    story.heads_, story.folded = {"ash": GONE}, {"ash": at(3)}
    await story.poll()
    assert (await story.poll()).revisions == 1
    story.folded["ash"] = GONE
    assert await story.poll() == Lag()


async def test_what_is_folded_again_counts_but_is_as_old_as_its_folding_again(story: Story) -> None:
    story.heads_, story.folded, story.rebuilt = {"ash": at(7)}, {"ash": STALE}, {"ash"}
    assert await story.poll() == Lag(7, 0.0)
    story.now += timedelta(seconds=5)
    story.in_memory, story.folded["ash"] = {"ash"}, at(2)
    assert await story.poll() == Lag(5, 5.0)
    assert story.asked == [{}, {}]
    story.folded["ash"] = at(7)
    await story.poll()
    story.rebuilt.clear()
    story.heads_["ash"] = at(9)
    await story.poll()
    assert await story.poll() == Lag(2, 97.0)


async def test_a_consumer_beyond_a_restored_upstream_misses_nothing(story: Story) -> None:
    story.heads_, story.folded = {"ash": at(3)}, {"ash": at(7)}
    assert await story.poll() == Lag()


async def test_without_a_consumer_to_ask_there_is_no_lag_and_nothing_more_is_asked(story: Story) -> None:
    story.watch = HeadsWatch(story, 20)
    story.heads_, story.folded = {"ash": at(3)}, {"ash": START}
    await story.poll()
    assert await story.poll() == Lag()
    assert story.asked == [{}, {}]


async def test_of_very_many_that_are_behind_only_some_are_looked_up_when_metrics_are_read(story: Story) -> None:
    many = 2 * MOST_LOOKED_UP
    story.heads_ = {f"org_{number}": at(3) for number in range(many)}
    story.owned = story.heads_.keys()
    looked_up = list[str]()

    def place(organization: str) -> None:
        looked_up.append(organization)

    story.watch = HeadsWatch(story, 20, folded=FoldedPlaces(lambda _: True, place), now=lambda: story.now)
    assert (await story.poll()).revisions == 3 * many
    looked_up.clear()
    story.now += timedelta(seconds=5)
    assert story.watch.lag == Lag(3 * many, 5)
    assert len(looked_up) == MOST_LOOKED_UP
    story.folded = dict(story.heads_)
    assert await story.poll() == Lag()
