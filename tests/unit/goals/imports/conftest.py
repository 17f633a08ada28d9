"""An organization that has imported a plan once; a module that needs another one makes its own."""

from __future__ import annotations

import pytest

from tests.unit.goals.import_harness import ImportHarness
from tests.unit.goals.imports.plans import load


@pytest.fixture
def harness() -> ImportHarness:
    made = ImportHarness()
    load(made)
    return made
