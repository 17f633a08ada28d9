"""Several members of alignment share the organizations: under load, partitions go from one to the other and back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from goldenthread.contracts.topics import PARTITIONS
from goldenthread.launcher.broker import Broker
from goldenthread.launcher.issuer import Issuer
from goldenthread.launcher.postgres import Postgres
from goldenthread.runtime.projection import Projection
from tests.integration.alignment.conftest import Story, running
from tests.integration.alignment.members import another, load, more, published
from tests.support.asgi_server import eventually

ORGANIZATIONS = 8


class Shares:
    """Which partitions each member has: a member is known by its projection."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.of: dict[int, set[int]] = {}
        assign, revoke, close = Projection.assign, Projection.revoke, Projection.close

        def assigned(projection: Projection[Any], partitions: Iterable[int]) -> None:
            self.of.setdefault(id(projection), set()).update(partitions := list(partitions))
            assign(projection, partitions)

        def revoked(projection: Projection[Any], partitions: Iterable[int]) -> None:
            self.of.setdefault(id(projection), set()).difference_update(partitions := list(partitions))
            revoke(projection, partitions)

        async def closed(projection: Projection[Any]) -> None:
            self.of.pop(id(projection), None)
            await close(projection)

        patch.setattr(Projection, "assign", assigned)
        patch.setattr(Projection, "revoke", revoked)
        patch.setattr(Projection, "close", closed)

    def among(self, members: int) -> bool:
        """Every partition has one member, and every one of so many members has some."""
        counts = Counter(partition for each in self.of.values() for partition in each)
        once = counts == Counter(range(PARTITIONS))
        return once and sum(1 for each in self.of.values() if each) == members


async def test_partitions_go_from_member_to_member_under_load_and_everything_is_said_once(
    place: Path, postgres: Postgres, issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    shares = Shares(monkeypatch)
    async with Broker(place / "members") as broker, running(postgres, broker, issuer) as services:
        stories = [Story(await services.organization()) for _ in range(ORGANIZATIONS)]
        for story in stories:
            await story.begin()
        async with load(stories) as done:
            for _ in range(2):
                async with another(services, broker):
                    await eventually(lambda: shares.among(2), 60)
                    await more(done)
                await eventually(lambda: shares.among(1), 60)
        for story in stories:
            await story.laws()
        said = [event.id for story in stories for event in await story.stream()]
        assert len(said) == len(set(said))

        async def all_published() -> bool:
            return (await published(broker)).keys() == set(said)

        await eventually(all_published)
