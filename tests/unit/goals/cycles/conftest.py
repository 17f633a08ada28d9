"""The company whose quarter ends; a module that needs it in another state makes its own."""

from __future__ import annotations

import pytest

from tests.unit.goals.quarter import Quarter


@pytest.fixture
def acme() -> Quarter:
    return Quarter()
