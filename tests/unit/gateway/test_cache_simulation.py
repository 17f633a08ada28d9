"""The gateway's real cache among services that fail, are restored and rebuilt: its laws hold at every moment."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Iterator

import pytest

from tests.support.simulation.gateway.world import GatewayRun, simulate_gateway

MANY = int(os.environ.get("GOLDENTHREAD_SIMULATION_RUNS", "5000"))


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """The troubles of a run are not news."""
    logging.disable(logging.ERROR)
    yield
    logging.disable(logging.NOTSET)


def failures(runs: Iterable[GatewayRun]) -> dict[int, list[str]]:
    return {run.seed: found for run in runs if (found := simulate_gateway(run))}


def test_every_run_keeps_the_laws_and_ends_in_what_a_fresh_fold_shows() -> None:
    assert failures(GatewayRun(seed) for seed in range(150)) == {}


@pytest.mark.long
def test_thousands_of_longer_runs_keep_the_laws() -> None:
    runs = (GatewayRun(seed, steps=60) for seed in range(10_000, 10_000 + MANY))
    assert failures(runs) == {}


def test_the_same_seed_gives_the_same_run() -> None:
    runs = [GatewayRun(0, heads=False) for _ in range(2)]
    assert simulate_gateway(runs[0]) == simulate_gateway(runs[1]) != []
