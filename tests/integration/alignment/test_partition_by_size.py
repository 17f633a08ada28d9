"""Processes that share the work by size: who grows goes from one to the other, and everything is said once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from goldenthread.contracts.events import goals
from goldenthread.contracts.events.alignment import AlignmentState
from goldenthread.launcher.broker import Broker
from goldenthread.launcher.issuer import Issuer
from goldenthread.launcher.postgres import Postgres
from goldenthread.runtime.projection import START, Projection
from services.alignment.partition_by_size import SizePartition
from tests.integration.alignment.conftest import Story, running
from tests.integration.alignment.members import another, load, more, published
from tests.support.asgi_server import eventually

LARGE = 60


@pytest.fixture
def members(monkeypatch: pytest.MonkeyPatch) -> dict[str, Projection[Any]]:
    """By what they share: the members that were started last."""
    found: dict[str, Projection[Any]] = {}
    run = SizePartition.run

    async def followed(share: SizePartition, projection: Projection[Any]) -> None:
        found[share.kind] = projection
        await run(share, projection)

    monkeypatch.setattr(SizePartition, "run", followed)
    return found


async def test_who_becomes_large_under_load_is_judged_by_the_other_process_and_everything_is_said_once(
    place: Path, postgres: Postgres, issuer: Issuer, members: dict[str, Projection[Any]]
) -> None:
    async with Broker(place / "sharing") as broker, running(postgres, broker, issuer) as services:
        await services.stop("alignment")
        await services.start("alignment", share="small", large=LARGE)
        stories = [Story(await services.organization()) for _ in range(3)]
        for story in stories:
            await story.begin()
        huge = stories[0]

        def at(kind: str, story: Story) -> bool:
            return members[kind].applied(story.ada.organization, goals.SOURCE) != START

        async with another(services, broker, share="large", large=LARGE):
            async with load([huge]) as done:
                await eventually(lambda: at("large", huge) and not at("small", huge), 60)
                await more(done)
            for story in stories[1:]:
                await story.objective("Sell", story.why)
                await story.laws()
                assert at("small", story)
                assert not at("large", story)
            await huge.laws()
        await huge.objective("Nobody judges this for a while", huge.why)
        assert not at("small", huge)
        async with another(services, broker, share="large", large=LARGE):
            for story in stories:
                await story.laws()
            said = [event.id for story in stories for event in await story.stream()]
            assert len(said) == len(set(said))

            async def all_published() -> bool:
                return (await published(broker)).keys() == set(said)

            await eventually(all_published)


async def test_a_process_that_judges_everybody_looks_at_no_size(
    place: Path, postgres: Postgres, issuer: Issuer, members: dict[str, Projection[Any]]
) -> None:
    async with Broker(place / "everybody") as broker, running(postgres, broker, issuer) as services:
        await services.stop("alignment")
        await services.start("alignment", large=0)
        story = Story(await services.organization())
        await story.begin()
        await story.laws()
        assert members["all"].applied(story.ada.organization, goals.SOURCE) != START


async def test_the_second_process_comes_and_goes_beside_one_that_judges_everybody(
    place: Path, postgres: Postgres, issuer: Issuer, members: dict[str, Projection[Any]]
) -> None:
    """As `deploy/k8s/components/large-organizations` has it turned on and off: in every step both a large organization
    and a small one are judged, and nothing is said twice.
    """
    async with Broker(place / "turned-on") as broker, running(postgres, broker, issuer) as services:

        async def restart(**share: Any) -> None:
            await services.stop("alignment")
            await services.start("alignment", large=LARGE, **share)

        async def judged() -> None:
            for story in stories:
                goal = await story.objective("Sell", story.why)
                assert (await story.verdict(goal)).state is AlignmentState.ALIGNED

        await restart()
        stories = [Story(await services.organization()) for _ in range(2)]
        for story in stories:
            await story.begin()
        huge, _ = stories
        async with load([huge]) as done:
            while done[0] * 3 <= LARGE:
                await more(done)
            async with another(services, broker, share="large", large=LARGE):
                await eventually(lambda: members["large"].owns(huge.ada.organization), 60)
                await judged()  # the large one by both: one saves, the other drops what it has
                await restart(share="small")
                await judged()
                await restart()
                await judged()
            await judged()
        for story in stories:
            await story.laws()
            said = [event.id for event in await story.stream()]
            assert len(said) == len(set(said))
