"""However many organizations there are, no answer, and nothing that a poll remembers, grows with their number."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import pytest

from goldenthread.runtime.projection import START, ChangedHeads, HeadsPage, Page, Position
from goldenthread.runtime.streams.heads import HeadsWatch
from goldenthread.runtime.streams.heads_round import HeadsLimits
from tests.support.simulation.streams import part_of_heads

LIMITS = HeadsLimits(page=10, pages=2, hurried_pages=5, behind=30)
MANY = [f"org_{number:03}" for number in range(100)]


def at(sequence: int) -> Position:
    return Position(sequence, f"e{sequence}")


class ManyOrganizations:
    """An upstream of a hundred organizations, each at its first event, and a consumer that has folded all of them."""

    def __init__(self, pages: bool = True) -> None:
        self.heads_ = dict.fromkeys(MANY, at(1))
        self.folded = dict(self.heads_)
        self.changes: dict[str, int] = {}
        self.clock = 0
        self.pages = pages
        self.away_after: int | None = None
        self.asked: list[HeadsPage] = []
        self.answered: list[Collection[str]] = []
        self.compared: list[Collection[str]] = []

    async def events(self, organization: str, after: int, limit: int) -> Page:
        raise AssertionError("heads are not events")

    async def heads(
        self,
        changed_since: str | None,
        named: Collection[str] = (),
        after: Mapping[str, int] | None = None,
        page: HeadsPage | None = None,
    ) -> ChangedHeads:
        assert page is not None
        if self.away_after == len(self.asked):
            raise ConnectionError
        self.asked.append(page)
        given = page if self.pages else None
        answer = part_of_heads(self.heads_, self.changes, self.clock, changed_since, named, given)
        self.answered.append(answer.heads)
        return answer

    async def where(self, organizations: Collection[str]) -> Mapping[str, Position]:
        self.compared.append(organizations)
        return {each: self.folded.get(each, START) for each in organizations}

    def change(self, organization: str) -> None:
        self.clock += 1
        self.changes[organization] = self.clock
        self.heads_[organization] = at(self.heads_[organization].sequence + 1)


async def poll(watch: HeadsWatch, story: ManyOrganizations) -> list[str]:
    story.asked, story.answered, story.compared = [], [], []
    return await watch.poll(lambda _: True, story.where)


async def test_the_first_polls_read_all_heads_in_pages_and_a_later_round_a_few_pages_at_a_time() -> None:
    story = ManyOrganizations()
    watch = HeadsWatch(story, 5, limits=LIMITS)
    first: list[str] = []
    for _ in range(3):
        await poll(watch, story)
        first += [id for page in story.answered for id in page]
    assert first == MANY
    later: list[str] = []
    for _ in range(10):
        await poll(watch, story)
        assert max(map(len, story.answered)) <= LIMITS.page
        assert max(map(len, story.compared)) <= LIMITS.page
        pages = [each for each, page in zip(story.answered, story.asked, strict=True) if each and page.limit]
        assert len(pages) <= LIMITS.pages
        later += [id for page in pages for id in page]
    assert sorted(set(later)) == MANY


@pytest.mark.parametrize("organization", [MANY[0], MANY[55], MANY[-1]])
async def test_a_head_that_moved_back_is_noticed_by_a_round_wherever_it_is(organization: str) -> None:
    story = ManyOrganizations()
    story.heads_ = dict.fromkeys(MANY, at(7))
    story.folded = dict(story.heads_)
    watch = HeadsWatch(story, 5, limits=LIMITS)
    for _ in range(4):
        assert await poll(watch, story) == []
    story.heads_[organization] = at(3)
    found = [each for _ in range(12) for each in await poll(watch, story)]
    assert set(found) == {organization}


async def test_when_all_are_behind_a_bounded_number_is_remembered_and_all_have_their_turn() -> None:
    story = ManyOrganizations()
    story.folded = {}
    watch = HeadsWatch(story, 5, limits=LIMITS)
    for _ in range(60):
        for each in await poll(watch, story):
            story.folded[each] = story.heads_[each]
        assert max(map(len, story.compared), default=0) <= LIMITS.behind
    assert story.folded == story.heads_


async def test_of_many_that_changed_each_answer_has_a_page_and_none_is_left_out() -> None:
    story = ManyOrganizations()
    watch = HeadsWatch(story, None, limits=LIMITS)
    await poll(watch, story)
    for each in MANY:
        story.change(each)
    found: set[str] = set()
    for _ in range(20):
        lagging = await poll(watch, story)
        assert max(map(len, story.answered)) <= LIMITS.page + LIMITS.behind
        found.update(lagging)
        story.folded.update({each: story.heads_[each] for each in lagging})
    assert found == set(MANY)


async def test_changes_that_a_long_transaction_keeps_asking_for_are_read_to_the_end() -> None:
    class LongTransaction(ManyOrganizations):
        async def heads(
            self,
            changed_since: str | None,
            named: Collection[str] = (),
            after: Mapping[str, int] | None = None,
            page: HeadsPage | None = None,
        ) -> ChangedHeads:
            answer = await super().heads(changed_since, named, after, page)
            return ChangedHeads(answer.heads, "0", next=answer.next)

    story = LongTransaction()
    watch = HeadsWatch(story, None, limits=LIMITS)
    await poll(watch, story)
    for each in MANY[:25]:
        story.change(each)
        story.folded[each] = story.heads_[each]
    for _ in range(2):
        await poll(watch, story)
        assert {each for answer in story.answered for each in answer} == set(MANY[:25])


async def test_an_upstream_of_the_release_before_answers_with_all_at_once_and_that_is_a_round() -> None:
    story = ManyOrganizations(pages=False)
    watch = HeadsWatch(story, 5, limits=LIMITS)
    await poll(watch, story)
    assert [len(each) for each in story.answered] == [100]
    story.heads_[MANY[55]] = at(0)
    found = [each for _ in range(7) for each in await poll(watch, story)]
    assert set(found) == {MANY[55]}


async def test_a_round_goes_on_where_an_upstream_did_not_answer() -> None:
    story = ManyOrganizations()
    watch = HeadsWatch(story, 50, limits=LIMITS)
    story.away_after = 3
    with pytest.raises(ConnectionError):
        await poll(watch, story)
    read = [each for answer in story.answered for each in answer]
    story.away_after = None
    for _ in range(3):
        await poll(watch, story)
        read += [each for answer in story.answered for each in answer]
    assert read == MANY


async def test_who_asks_for_all_again_and_again_keeps_nobody_from_being_read() -> None:
    story = ManyOrganizations()
    watch = HeadsWatch(story, 50, limits=LIMITS)
    read: set[str] = set()
    for _ in range(4):
        watch.ask_for_all()
        await poll(watch, story)
        read.update(each for answer in story.answered for each in answer)
    assert read == set(MANY)


async def test_a_round_under_way_is_hurried_when_more_organizations_become_ours() -> None:
    story = ManyOrganizations()
    watch = HeadsWatch(story, 5, limits=LIMITS)
    while watch.reads_all or not story.asked:
        await poll(watch, story)
    while not watch.reads_all:
        await poll(watch, story)
    watch.ask_for_all()
    await poll(watch, story)
    assert len([page for page in story.asked if page.limit and page.behind]) == LIMITS.hurried_pages
