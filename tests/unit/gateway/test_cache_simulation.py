"""The gateway's real cache among services that fail, are restored and rebuilt: its laws hold at every moment."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Iterator

import pytest

from tests.support.simulation.gateway.world import GatewayRun, simulate_gateway

MANY = int(os.environ.get("GOLDENTHREAD_SIMULATION_RUNS", "5000"))
KNOWN_BUGS = {
    "each_event_given_once": (6, False),
    "shown_before_given": (82, False),
    "never_unknown": (9, False),
    "up_to_date_is_true": (158, False),
    "every_listener_is_told": (1, True),
    "who_raised_is_told_no_more": (8, True),
}
"""Laws that today's cache breaks: a run that does, and whether it takes listeners that raise."""
EXCUSED = frozenset([*KNOWN_BUGS, "feeds_reach_the_head"])


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """The troubles of a run are not news."""
    logging.disable(logging.ERROR)
    yield
    logging.disable(logging.NOTSET)


def failures(runs: Iterable[GatewayRun]) -> dict[int, list[str]]:
    return {run.seed: found for run in runs if (found := simulate_gateway(run))}


def test_every_run_keeps_the_laws_and_ends_in_what_a_fresh_fold_shows() -> None:
    assert failures(GatewayRun(seed, raising=False, excused=EXCUSED) for seed in range(150)) == {}


@pytest.mark.long
def test_thousands_of_longer_runs_keep_the_laws() -> None:
    runs = (GatewayRun(seed, steps=60, raising=False, excused=EXCUSED) for seed in range(10_000, 10_000 + MANY))
    assert failures(runs) == {}


@pytest.mark.parametrize("law", KNOWN_BUGS)
@pytest.mark.xfail(strict=True)
def test_laws_that_are_not_kept_yet(law: str) -> None:
    seed, raising = KNOWN_BUGS[law]
    assert simulate_gateway(GatewayRun(seed, raising=raising, excused=EXCUSED - {law})) == []


def test_the_same_seed_gives_the_same_run() -> None:
    runs = [GatewayRun(0, heads=False, raising=False, excused=EXCUSED) for _ in range(2)]
    assert simulate_gateway(runs[0]) == simulate_gateway(runs[1]) != []
