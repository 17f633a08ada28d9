"""A projection's lag: what its upstreams have written and it has not folded, of the organizations that it folds."""

from __future__ import annotations

import asyncio

from goldenthread.runtime.projection import Commit, Pace
from tests.support.simulation import loop
from tests.support.simulation.folding import State
from tests.unit.runtime.projection.projection_harness import ProjectionHarness


def test_it_is_what_was_written_and_not_folded_until_it_is_folded_or_another_members() -> None:
    async def live() -> None:
        made = ProjectionHarness(Pace(), "ash", "oak")
        await made.begin()
        await made.projection.poll_heads()
        assert made.projection.lag == (0, 0.0)
        made.goals.write("ash", 3)
        made.goals.write("oak", 2)
        await made.projection.poll_heads()
        assert made.projection.lag.revisions == 5
        made.projection.revoke([1])
        assert made.projection.lag.revisions == 3
        await made.projection.poll_heads()
        await made.projection.until_repaired()
        assert made.projection.lag == (0, 0.0)
        assert made.at("ash") == 4
        await made.projection.close()

    loop.run(live())


async def test_what_is_held_up_is_missing_also_when_it_was_received() -> None:
    made = ProjectionHarness(Pace(heavy=0), "ash")
    await made.begin()
    made.fold.held = "ash"
    receipt = await made.feed("ash", 2, 4)
    assert await asyncio.to_thread(made.fold.folding.wait, 30)
    await made.projection.poll_heads()
    assert made.projection.lag.revisions == 6
    made.fold.may.set()
    assert await receipt.saved()
    assert made.projection.lag.revisions == 0
    await made.projection.close()


def test_a_quarantined_organization_does_not_count() -> None:
    async def live() -> None:
        made = ProjectionHarness(Pace(), "ash", "oak")
        await made.begin()
        apply = made.fold.apply

        def poisoned(state: State, commit: Commit) -> object:
            if commit.events[0].organization == "ash":
                raise ValueError("it cannot be folded")
            return apply(state, commit)

        made.fold.apply = poisoned  # type: ignore[method-assign, assignment]
        made.goals.write("ash", 3)
        await made.projection.poll_heads()
        assert made.projection.lag.revisions == 3
        await made.projection.poll_heads()
        await made.projection.until_repaired()
        assert [each.organization for each in made.projection.quarantined] == ["ash"]
        assert made.projection.lag == (0, 0.0)
        await made.projection.poll_heads()
        assert made.projection.lag == (0, 0.0)
        await made.projection.close()

    loop.run(live())
