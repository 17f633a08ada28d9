"""Acme, and a link there that was proposed and is not decided."""

from __future__ import annotations

import pytest

from goldenthread.contracts.entities import Link
from tests.unit.goals.world import Acme


@pytest.fixture
def acme() -> Acme:
    return Acme()


@pytest.fixture
def open_link(acme: Acme) -> Link:
    child, parent = acme.objective(acme.web, "Fast pages"), acme.objective(acme.sales, "Sell more")
    return acme.propose(child, parent, acme.web_member)
