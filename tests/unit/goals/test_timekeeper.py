"""Whose clock ticks when: one that raises is quarantined, with growing pauses; what is away is nobody's fault."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import asyncpg
import pytest
from prometheus_client import REGISTRY

from goldenthread.contracts.errors import ErrorCode, refuse
from goldenthread.runtime.idempotency import answers_store
from services.goals.stores import timers_store
from services.goals.timekeeper import Pauses, Timekeeper

NOW = datetime(2026, 1, 5, tzinfo=UTC)


class Story:
    """Organizations that always have something due, and what the tick of some of them raises."""

    def __init__(self, *organizations: str, patch: pytest.MonkeyPatch) -> None:
        self.organizations, self.raised = list(organizations), dict[str, Exception]()
        self.more: set[str] = set()
        self.ticks: list[str] = []
        self.at = 0.0
        self.keeper = Timekeeper(None, self, lambda: NOW, Pauses(now=lambda: self.at), rest=0.0)  # type: ignore[arg-type]
        patch.setattr(timers_store, "organizations_due", self._due)
        patch.setattr(timers_store, "organizations_ahead", self._ahead)
        patch.setattr(answers_store, "delete_expired", self._forget)

    async def _due(self, _: Any, __: datetime, without: Sequence[str]) -> list[str]:
        return [each for each in self.organizations if each not in without]

    async def _ahead(self, _: Any, now: datetime) -> list[str]:
        return []

    async def _forget(self, _: Any) -> None:
        pass

    async def tick(self, organization: str) -> bool:
        self.ticks.append(organization)
        if organization in self.raised:
            raise self.raised[organization]
        return organization in self.more

    async def round(self, at: float) -> list[str]:
        """Who ticked in a round at this time."""
        self.at, self.ticks = at, []
        await self.keeper.round()
        return self.ticks


@pytest.fixture
def tell(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Story]:
    return lambda *organizations: Story(*organizations, patch=monkeypatch)


def quarantined() -> float | None:
    return REGISTRY.get_sample_value("goldenthread_quarantined_clocks")


@pytest.mark.parametrize(
    "error", [KeyError("unit"), ValueError(), asyncpg.UniqueViolationError("twice"), asyncpg.DataError("no date")]
)
async def test_a_clock_that_raises_has_pauses_that_grow_and_the_others_run(
    tell: Callable[..., Story], error: Exception
) -> None:
    story = tell("org_a", "org_bad", "org_c")
    story.raised["org_bad"] = error
    tried = [at for at in range(2_500) if "org_bad" in await story.round(at)]
    assert [later - earlier for earlier, later in pairwise(tried)] == [
        5, 10, 20, 40, 80, 160, 320, 600, 600, 600,
    ]  # fmt: skip
    assert await story.round(2_500) == ["org_a", "org_c"]
    assert quarantined() == 1


async def test_a_clock_goes_on_once_what_was_wrong_is_mended(tell: Callable[..., Story]) -> None:
    story = tell("org_a", "org_bad")
    story.raised["org_bad"] = KeyError("unit")
    await story.round(0)
    await story.round(5)
    assert quarantined() == 1
    story.raised.clear()
    assert await story.round(14) == ["org_a"]
    assert await story.round(15) == ["org_a", "org_bad"]
    assert quarantined() == 0
    story.raised["org_bad"] = KeyError("unit")
    await story.round(16)
    assert "org_bad" in await story.round(21), "the first pause is short again"


async def test_a_clock_that_another_process_let_run_is_quarantined_no_more(tell: Callable[..., Story]) -> None:
    story = tell("org_bad")
    story.raised["org_bad"] = KeyError("unit")
    await story.round(0)
    story.organizations.clear()
    await story.round(1)
    assert quarantined() == 1
    await story.round(6)
    assert quarantined() == 0


@pytest.mark.parametrize(
    "error",
    [
        ConnectionError(),
        TimeoutError(),
        asyncpg.InterfaceError("connection is closed"),
        asyncpg.CannotConnectNowError("starting up"),
        asyncpg.AdminShutdownError("ended"),
        asyncpg.LockNotAvailableError("locked"),
        refuse(ErrorCode.UNAVAILABLE, "Try again."),
    ],
)
async def test_a_database_that_is_away_is_no_organizations_fault(tell: Callable[..., Story], error: Exception) -> None:
    story = tell("org_a", "org_b")
    story.raised = dict.fromkeys(story.organizations, error)
    with pytest.raises(type(error)):
        await story.round(0)
    assert quarantined() == 0
    with pytest.raises(type(error)):  # whoever waited for it longest lets the others go first
        await story.round(1)
    assert story.ticks == ["org_b"]
    story.raised.clear()
    assert await story.round(30) == ["org_a", "org_b"]


async def test_the_clock_goes_on_while_the_database_is_away_and_fails_for_what_is_nobodys(
    tell: Callable[..., Story], monkeypatch: pytest.MonkeyPatch
) -> None:
    story = tell("org_a")
    left: list[Exception] = [ConnectionError(), asyncpg.AdminShutdownError("ended"), KeyError("a bug of ours")]

    async def due(*_: Any) -> list[str]:
        raise left.pop(0)

    monkeypatch.setattr(timers_store, "organizations_due", due)
    with pytest.raises(KeyError, match="a bug of ours"):
        await asyncio.wait_for(story.keeper.run(), 30)


async def test_one_that_has_a_lot_to_say_lets_the_others_have_their_turn(tell: Callable[..., Story]) -> None:
    story = tell("org_a", "org_b")
    story.more = {"org_a"}
    ticks = await story.round(0)
    assert ticks[-1] == "org_b"
    assert 1 < ticks.count("org_a") < 100
