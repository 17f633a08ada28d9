"""One running instance that is attacked through its public face; each test in an organization of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from tests.support.running_instance import RunningInstance
from tests.support.story_organization import StoryOrganization

TIMEOUTS = {"GOLDENTHREAD_HTTP_HEADER_SECONDS": "3", "GOLDENTHREAD_HTTP_READER_SECONDS": "3"}
"""Shorter than an operator would set them: tests wait for them."""


@pytest.fixture(scope="package")
async def up(place: Path) -> AsyncIterator[RunningInstance]:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in TIMEOUTS.items():
            patch.setenv(name, value)
        async with RunningInstance(place / "hostile") as running:
            yield running


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(timeout=60) as client:
        yield client


@pytest.fixture
async def org(up: RunningInstance, http: httpx.AsyncClient) -> StoryOrganization:
    """A new organization."""
    made = StoryOrganization(up, http, await up.new_organization(http))
    await made.begin()
    return made
