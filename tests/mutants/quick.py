"""The suites that run long, in a form short enough for every mutant; nothing is looked for but whether they fail."""

from __future__ import annotations

import pytest
from hypothesis import Phase, settings

from tests.unit.alignment.verdict.engine_machine import Engine
from tests.unit.alignment.verdict.histories import History, Tangle, Thicket, live_through


class Briefly(Engine):
    """The same machine with settings of its own."""


TestBriefly = Briefly.TestCase
TestBriefly.settings = settings(
    max_examples=30, stateful_step_count=6, deadline=None, derandomize=True, database=None, phases=[Phase.generate]
)


@pytest.mark.parametrize("seed", range(10))
def test_briefly(seed: int) -> None:
    live_through(seed, 200)


@pytest.mark.parametrize("kind", [Tangle, Thicket])
@pytest.mark.parametrize("seed", range(10))
def test_briefly_in_tangles_and_thickets(seed: int, kind: type[History]) -> None:
    live_through(seed, 80, kind)
