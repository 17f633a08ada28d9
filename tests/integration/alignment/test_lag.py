"""alignment held up: its lag is exactly what goals has written and it has not folded, and is gone when it has."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from goldenthread.launcher.broker import Broker
from goldenthread.launcher.issuer import Issuer
from goldenthread.launcher.postgres import Postgres
from services.alignment.stores.alignment_store import AlignmentStore
from tests.integration.alignment.conftest import Story, running
from tests.support.asgi_server import eventually
from tests.support.exposed_metrics import value_of
from tests.support.services import Services

GROUP = "goldenthread-alignment"


@pytest.fixture
async def services(postgres: Postgres, issuer: Issuer, place: Path) -> AsyncIterator[Services]:
    """On a broker of their own: the one of all tests has events of organizations that goals does not know, which
    stay in the lag.
    """
    async with Broker(place) as broker, running(postgres, broker, issuer) as made:
        yield made


def lag() -> tuple[float, float]:
    names = ("goldenthread_projection_pending_revisions", "goldenthread_projection_lag_seconds")
    pending, seconds = [value_of(name, projection=GROUP) for name in names]
    return pending, seconds


async def folded(story: Story) -> int:
    connection = await asyncpg.connect(story.services.databases["alignment"].reveal())
    try:
        return int(await connection.fetchval("SELECT max(judged) FROM streams"))
    finally:
        await connection.close()


async def test_it_is_what_is_missing_and_as_old_as_the_first_of_that_and_then_nothing(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    await story.reader.judged()
    await story.services.stop("alignment")
    before = await folded(story)
    revisions = [(await story.do("CreateObjective", title="Sell", owners=[story.root]))["revision"] for _ in range(3)]
    await asyncio.sleep(1)
    load, may = AlignmentStore.load, asyncio.Event()

    async def held(store: AlignmentStore, organization: str) -> Any:
        await may.wait()
        return await load(store, organization)

    monkeypatch.setattr(AlignmentStore, "load", held)
    await story.services.start("alignment")
    await eventually(lambda: lag()[0] == revisions[-1] - before)
    await eventually(lambda: lag()[1] >= 1)  # known when the upstream was asked since when, by the next poll
    assert lag()[0] == revisions[-1] - before
    may.set()
    await eventually(lambda: lag() == (0, 0))
    assert value_of("goldenthread_upstream_answer_age_seconds", projection=GROUP, upstream="goals") < 30
