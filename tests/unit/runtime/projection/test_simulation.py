"""Whatever happens on the way, the end is a fresh fold; and without any one rule it is not."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Iterator
from dataclasses import replace

import pytest

from tests.support.simulation.rules import RULES, without
from tests.support.simulation.world import Run, simulate

MANY = int(os.environ.get("GOLDENTHREAD_SIMULATION_RUNS", "5000"))
FEW = 1_500
"""Runs, at most, until a missing rule shows."""


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """The troubles of a run are not news."""
    logging.disable(logging.ERROR)
    yield
    logging.disable(logging.NOTSET)


def failures(runs: Iterable[Run]) -> dict[int, list[str]]:
    return {run.seed: found for run in runs if (found := simulate(run))}


@pytest.mark.slow
def test_promise_2_every_run_ends_in_the_state_of_a_fresh_fold() -> None:
    assert failures(Run(seed) for seed in range(1_000)) == {}


def test_so_does_every_run_with_a_broker_that_never_seeks_to_what_it_has_left() -> None:
    assert failures(Run(seed, seeks=False) for seed in range(100)) == {}


def test_runs_that_once_ended_differently_do_so_no_more() -> None:
    assert failures([Run(11_011, steps=60, deletes=False)]) == {}


@pytest.mark.long
def test_thousands_of_longer_runs_end_in_the_state_of_a_fresh_fold() -> None:
    assert failures(Run(seed, steps=60) for seed in range(10_000, 10_000 + MANY)) == {}


@pytest.mark.slow
@pytest.mark.parametrize("rule", RULES)
def test_without_any_one_rule_some_run_ends_differently(rule: str, monkeypatch: pytest.MonkeyPatch) -> None:
    run = without(rule, 0, monkeypatch)
    assert any(simulate(replace(run, seed=seed)) for seed in range(FEW)), f"no run in {FEW} needed: {rule}"


def test_the_same_seed_gives_the_same_run() -> None:
    assert simulate(Run(7, heads=False)) == simulate(Run(7, heads=False))
