"""The engine against brute force, over any small graph: loops, ends, revisions, several parents, batches, reloads."""

from __future__ import annotations

import pytest
from hypothesis import settings

from tests.unit.alignment.verdict.engine_machine import (
    Engine,
)

TestTheEngineSaysWhatBruteForceSays = pytest.mark.slow(Engine.TestCase)
TestTheEngineSaysWhatBruteForceSays.settings = settings(max_examples=150, stateful_step_count=15, deadline=None)
