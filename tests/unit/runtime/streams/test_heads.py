"""Silence is noticed for every organization, also for those that became ours a moment ago."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import pytest

from goldenthread.runtime.projection import START, ChangedHeads, HeadsPage, Page, Position
from goldenthread.runtime.streams.heads import HeadsWatch


class FakeUpstream:
    """Wrote to `org_1` long ago: only who asks for everything, or for it by name, hears of it."""

    async def events(self, organization: str, after: int, limit: int) -> Page:
        raise AssertionError("heads are not events")

    async def heads(
        self,
        changed_since: str | None,
        named: Collection[str] = (),
        after: Mapping[str, int] | None = None,
        page: HeadsPage | None = None,
    ) -> ChangedHeads:
        asked = not changed_since or "org_1" in named
        return ChangedHeads({"org_1": Position(7, "e7")} if asked else {}, "now")


async def nowhere(organizations: Collection[str]) -> Mapping[str, Position]:
    return dict.fromkeys(organizations, START)


async def test_what_became_ours_after_the_first_poll_is_noticed_by_the_next_two() -> None:
    watch, owns = HeadsWatch(FakeUpstream(), full_every=20), set[str]()
    assert await watch.poll(owns.__contains__, nowhere) == []
    owns.add("org_1")
    watch.ask_for_all()
    assert await watch.poll(owns.__contains__, nowhere) == []
    assert await watch.poll(owns.__contains__, nowhere) == ["org_1"]


class AwayUpstream(FakeUpstream):
    away = True

    async def heads(
        self,
        changed_since: str | None,
        named: Collection[str] = (),
        after: Mapping[str, int] | None = None,
        page: HeadsPage | None = None,
    ) -> ChangedHeads:
        if self.away:
            raise ConnectionError("not listening yet")
        return await super().heads(changed_since, named, after, page)


async def test_a_poll_that_was_not_answered_is_not_the_one_that_asks_for_all() -> None:
    upstream = AwayUpstream()
    upstream.away = False
    watch = HeadsWatch(upstream, full_every=20)
    assert await watch.poll(lambda _: False, nowhere) == []
    upstream.away = True
    watch.ask_for_all()
    with pytest.raises(ConnectionError):
        await watch.poll(lambda _: True, nowhere)
    upstream.away = False
    assert await watch.poll(lambda _: True, nowhere) == []
    assert await watch.poll(lambda _: True, nowhere) == ["org_1"]


async def test_a_long_backlog_that_is_being_folded_is_no_silence() -> None:
    at = 0

    async def on_the_way(organizations: Collection[str]) -> Mapping[str, Position]:
        nonlocal at
        at = min(at + 1, 3)
        return dict.fromkeys(organizations, Position(at, f"e{at}"))

    watch = HeadsWatch(FakeUpstream(), full_every=20)
    for _ in range(3):
        assert await watch.poll(lambda _: True, on_the_way) == []
    assert await watch.poll(lambda _: True, on_the_way) == ["org_1"], "it stands still at the third event"


class RestoredUpstream(FakeUpstream):
    """Went back to its third event, and does not know that it was restored."""

    def __init__(self) -> None:
        self.at = Position(7, "e7")
        self.named: list[int] = []

    async def heads(
        self,
        changed_since: str | None,
        named: Collection[str] = (),
        after: Mapping[str, int] | None = None,
        page: HeadsPage | None = None,
    ) -> ChangedHeads:
        self.named.append(len(named))
        return ChangedHeads({"org_1": self.at} if not changed_since or "org_1" in named else {}, "now")


async def test_a_producer_that_was_restored_is_noticed_because_what_is_in_memory_is_asked_for_by_name() -> None:
    upstream = RestoredUpstream()

    async def at_seven(organizations: Collection[str]) -> Mapping[str, Position]:
        return dict.fromkeys(organizations, Position(7, "e7"))

    watch = HeadsWatch(upstream, full_every=20)
    assert await watch.poll(lambda _: True, at_seven, ["org_1"]) == []
    upstream.at = Position(3, "e3")
    assert await watch.poll(lambda _: True, at_seven, ["org_1"]) == []
    assert await watch.poll(lambda _: True, at_seven, ["org_1"]) == ["org_1"]


async def test_of_many_in_memory_some_are_named_at_every_poll_and_all_after_some() -> None:
    upstream, asked = RestoredUpstream(), set[str]()
    many = [f"org_{number:05}" for number in range(2_500)]

    async def noted(organizations: Collection[str]) -> Mapping[str, Position]:
        asked.update(organizations)
        return dict.fromkeys(organizations, START)

    watch = HeadsWatch(upstream, full_every=20)
    for _ in range(4):
        await watch.poll(lambda _: True, noted, many)
    assert upstream.named == [0, 1_000, 1_000, 1_000]
    assert asked >= set(many)


async def test_who_is_ahead_of_the_answer_and_moves_on_is_no_silence_and_who_stays_there_is() -> None:
    class Behind(FakeUpstream):
        async def heads(
            self,
            changed_since: str | None,
            named: Collection[str] = (),
            after: Mapping[str, int] | None = None,
            page: HeadsPage | None = None,
        ) -> ChangedHeads:
            return ChangedHeads({"org_1": Position(7, "e7")}, "now")

    at = 8

    async def here(organizations: Collection[str]) -> Mapping[str, Position]:
        return {each: Position(at, f"e{at}") for each in organizations}

    watch = HeadsWatch(Behind(), full_every=20)
    for _ in range(3):
        assert await watch.poll(lambda _: True, here) == []
        at += 1
    at -= 1  # as after a backup was restored: nothing more comes
    assert await watch.poll(lambda _: True, here) == ["org_1"]
