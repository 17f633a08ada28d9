"""The simulation is worth what it gets into: its runs go through every trouble that overlapping saves can have."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from goldenthread.runtime.projection.offload import ThreadOffload
from goldenthread.runtime.projection.organization_state import OrganizationState
from goldenthread.runtime.projection.pipelined_saver import PipelinedSaver
from goldenthread.runtime.projection.state_cache import StateCache
from tests.support.simulation.world import Run, simulate

SEEDS = 150


@pytest.fixture
def met(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """What runs go through, counted from now on."""
    found: Counter[str] = Counter()
    end, go_on, drop, run = PipelinedSaver._end, PipelinedSaver._go_on, StateCache.drop, ThreadOffload.run

    def ended(self: PipelinedSaver[Any], state: OrganizationState[Any], *, saved: bool) -> None:
        found["a save failed with commits folded ahead"] += not saved and state.next_save is not None
        end(self, state, saved=saved)

    async def went_on(self: PipelinedSaver[Any], state: OrganizationState[Any]) -> Any:
        found["commits folded during a save went into the next"] += state.next_save is not None
        return await go_on(self, state)

    def dropped(self: StateCache[Any], organization: str) -> None:
        state = self.peek(organization)
        found["a partition went during a save"] += state is not None and state.current_save is not None
        drop(self, organization)

    async def ran(self: ThreadOffload, weight: int, work: Callable[[], Any]) -> Any:
        ended = False
        try:
            answer = await run(self, weight, work)
            ended = True
            return answer
        except Exception:
            ended = True
            raise
        finally:
            found["who waited for a thread was cut off"] += not ended

    monkeypatch.setattr(PipelinedSaver, "_end", ended)
    monkeypatch.setattr(PipelinedSaver, "_go_on", went_on)
    monkeypatch.setattr(StateCache, "drop", dropped)
    monkeypatch.setattr(ThreadOffload, "run", ran)
    monkeypatch.setattr(logging.root.manager, "disable", logging.ERROR)
    return found


@pytest.mark.slow
def test_runs_meet_every_trouble_of_overlapping_saves(met: Counter[str]) -> None:
    assert [seed for seed in range(SEEDS) if simulate(Run(seed))] == []
    assert min(met.values()) >= 10, met
