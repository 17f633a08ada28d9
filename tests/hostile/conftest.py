"""One running instance that is attacked through its public face; each test in an organization of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from tests.support.instance import Up
from tests.support.org import Org


@pytest.fixture(scope="package")
async def up(place: Path) -> AsyncIterator[Up]:
    async with Up(place / "hostile") as running:
        yield running


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(timeout=60) as client:
        yield client


@pytest.fixture
async def org(up: Up, http: httpx.AsyncClient) -> Org:
    """A new organization."""
    made = Org(up, http, await up.new_organization(http))
    await made.begin()
    return made
