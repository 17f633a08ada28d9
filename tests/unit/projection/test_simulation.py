"""Whatever happens on the way, the end is a fresh fold; and without any one rule it is not."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator

import pytest

from tests.support.simulation.rules import RULES, without
from tests.support.simulation.world import Run, simulate

MANY = int(os.environ.get("GOLDENTHREAD_SIMULATION_RUNS", "5000"))


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """The troubles of a run are not news."""
    logging.disable(logging.ERROR)
    yield
    logging.disable(logging.NOTSET)


def failures(seeds: range, steps: int) -> dict[int, list[str]]:
    return {seed: found for seed in seeds if (found := simulate(Run(seed, steps=steps)))}


def test_every_run_ends_in_the_state_of_a_fresh_fold() -> None:
    assert failures(range(100), 25) == {}


@pytest.mark.long
def test_thousands_of_longer_runs_end_in_the_state_of_a_fresh_fold() -> None:
    assert failures(range(10_000, 10_000 + MANY), 60) == {}


@pytest.mark.parametrize("rule", RULES)
def test_without_any_one_rule_some_run_ends_differently(rule: str, monkeypatch: pytest.MonkeyPatch) -> None:
    run = without(rule, 0, monkeypatch)
    seeds = (simulate(Run(seed, guard=run.guard, heads=run.heads)) for seed in range(100))
    assert any(seeds), f"no run in 100 needed: {rule}"


def test_the_same_seed_gives_the_same_run() -> None:
    assert simulate(Run(7, heads=False)) == simulate(Run(7, heads=False))
