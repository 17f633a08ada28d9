"""What nobody foresaw in the work on one organization is counted and repaired; in the work on all it is raised."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping
from typing import Any

import pytest
from prometheus_client import REGISTRY

from goldenthread.runtime.observability.failures import TaskEnded
from goldenthread.runtime.projection import BatchReceipt, ChangedHeads, HeadsPage, Pace
from goldenthread.runtime.streams.repairs import Repairs
from tests.support.asgi_server import eventually
from tests.support.simulation import loop
from tests.unit.runtime.projection.projection_harness import ProjectionHarness

PACE = Pace(patience=0.01, heads_every=0.01)


def counted() -> float:
    return REGISTRY.get_sample_value("goldenthread_unforeseen_errors_total", {"where": "projection"}) or 0.0


class Spoilt:
    """Raises what nobody foresaw, a number of times, and is then what it was."""

    def __init__(self, work: Callable[..., Any], times: int) -> None:
        self._work, self._times = work, times

    def __call__(self, *args: Any, **more: Any) -> Any:
        if self._times:
            self._times -= 1
            raise KeyError("a bug of ours")
        return self._work(*args, **more)


@pytest.mark.parametrize(
    ("part", "name"),
    [
        ("store", "prepare_save"),
        ("store", "save"),
        ("store", "load"),
        ("fold", "weight"),
        ("projection", "_deliver"),
        ("worker", "_load"),
        ("worker", "deliver"),
        ("worker", "catch_up"),
    ],
)
async def test_an_organization_that_fails_is_counted_and_repaired_and_the_others_go_on(part: str, name: str) -> None:
    harness, before = ProjectionHarness(PACE, "ash", "oak"), counted()
    await harness.begin()
    parts = {
        "store": harness.store,
        "fold": harness.fold,
        "projection": harness.projection,
        "worker": harness.projection._worker,
    }
    harness.projection._worker.cache.drop("ash")  # it is loaded again, beside the others
    setattr(parts[part], name, Spoilt(getattr(parts[part], name), 1))
    if name == "_load":
        harness.projection._worker.cache._load = harness.projection._worker._load
    if name == "catch_up":
        harness.projection._repairs._work = harness.projection._worker.catch_up
        harness.projection.repair("ash")
    if name == "_deliver":
        harness.projection._fold_queue._deliver = harness.projection._deliver_in_turn
    await saved(await harness.feed("ash", 1))
    await saved(await harness.feed("oak", 1))
    await eventually(lambda: harness.differences() == [])
    assert counted() == before + 1
    await harness.projection.close()


async def saved(receipt: BatchReceipt) -> None:
    async with asyncio.timeout(30):
        await receipt.saved()


async def test_heads_that_cannot_be_compared_end_the_watch_and_a_producer_that_is_away_does_not() -> None:
    harness = ProjectionHarness(PACE, "ash")
    await harness.begin()
    left: list[Exception] = [ConnectionError(), ConnectionError(), KeyError("a bug of ours")]

    async def heads(
        changed_since: str | None,
        named: Collection[str] = (),
        after: Mapping[str, int] | None = None,
        page: HeadsPage | None = None,
    ) -> ChangedHeads:
        raise left.pop(0)

    harness.goals.heads = heads  # type: ignore[method-assign]
    with pytest.raises(KeyError, match="a bug of ours"):
        await asyncio.wait_for(harness.projection.run(), 30)
    await harness.projection.close()


def test_a_repair_that_raises_is_repeated_with_growing_pauses() -> None:
    attempts: list[float] = []

    async def work(organization: str, asked: bool) -> bool:
        attempts.append(asyncio.get_running_loop().time())
        if len(attempts) < 5:
            raise KeyError("a bug of ours")
        return True

    async def live() -> None:
        repairs = Repairs(work, width=1, patience=1.0, slowest=4.0)
        repairs.request("ash")
        await repairs.until_repaired()

    before = counted()
    loop.run(live())
    assert attempts == [0.0, 1.0, 3.0, 7.0, 11.0]
    assert counted() == before + 4


async def test_a_poll_of_heads_that_hangs_is_raised() -> None:
    """A process in which it hangs would look alive, and miss for ever what the broker does not bring."""
    harness = ProjectionHarness(Pace(patience=0.01, heads_every=0.01, heads_within=0.05), "ash")
    await harness.begin()
    harness.store.checkpoints = lambda _: asyncio.Event().wait()  # type: ignore[method-assign, assignment, return-value]
    with pytest.raises(TaskEnded, match="a poll of heads did not end"):
        async with asyncio.timeout(30):
            await harness.projection.run()
