"""Silence is noticed for every organisation, also for those that became ours a moment ago."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import pytest

from goldenthread.runtime.projection import START, Heads, Page, Position
from goldenthread.runtime.projection.heads import HeadsWatch


class Producer:
    """Wrote to `org_1` long ago: only who asks for everything hears of it."""

    async def events(self, organization: str, after: int, limit: int) -> Page:
        raise AssertionError("heads are not events")

    async def heads(self, changed_since: str | None) -> Heads:
        return Heads({} if changed_since else {"org_1": Position(7, "e7")}, "now")


async def nowhere(organizations: Collection[str]) -> Mapping[str, Position]:
    return dict.fromkeys(organizations, START)


async def test_what_became_ours_after_the_first_poll_is_noticed_by_the_next_two() -> None:
    watch, mine = HeadsWatch(Producer(), full_every=20), set[str]()
    assert await watch.poll(mine.__contains__, nowhere) == []
    mine.add("org_1")
    watch.ask_for_all()
    assert await watch.poll(mine.__contains__, nowhere) == []
    assert await watch.poll(mine.__contains__, nowhere) == ["org_1"]


class Away(Producer):
    away = True

    async def heads(self, changed_since: str | None) -> Heads:
        if self.away:
            raise ConnectionError("not listening yet")
        return await super().heads(changed_since)


async def test_a_poll_that_was_not_answered_is_not_the_one_that_asks_for_all() -> None:
    producer = Away()
    producer.away = False
    watch = HeadsWatch(producer, full_every=20)
    assert await watch.poll(lambda _: False, nowhere) == []
    producer.away = True
    watch.ask_for_all()
    with pytest.raises(ConnectionError):
        await watch.poll(lambda _: True, nowhere)
    producer.away = False
    assert await watch.poll(lambda _: True, nowhere) == []
    assert await watch.poll(lambda _: True, nowhere) == ["org_1"]


async def test_a_long_backlog_that_is_being_folded_is_no_silence() -> None:
    at = 0

    async def on_the_way(organizations: Collection[str]) -> Mapping[str, Position]:
        nonlocal at
        at = min(at + 1, 3)
        return dict.fromkeys(organizations, Position(at, f"e{at}"))

    watch = HeadsWatch(Producer(), full_every=20)
    for _ in range(3):
        assert await watch.poll(lambda _: True, on_the_way) == []
    assert await watch.poll(lambda _: True, on_the_way) == ["org_1"], "it stands still at the third event"
