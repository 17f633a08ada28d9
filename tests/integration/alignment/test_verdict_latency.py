"""How long verdicts take, from the event that causes them to their commit; what is judged again is not measured."""

from __future__ import annotations

import asyncio
from typing import NamedTuple

import asyncpg

from tests.integration.alignment.conftest import Story
from tests.support.asgi_server import eventually
from tests.support.exposed_metrics import value_of

_NAME = "goldenthread_verdict_latency_seconds"


class Measured(NamedTuple):
    """Saves with verdicts so far, and the seconds that they took."""

    saves: float
    seconds: float

    @classmethod
    def now(cls) -> Measured:
        return cls(value_of(f"{_NAME}_count"), value_of(f"{_NAME}_sum"))


async def test_a_verdict_takes_as_long_as_alignment_was_away_and_one_that_is_judged_again_takes_nothing(
    story: Story,
) -> None:
    one = await story.objective("Sell", story.why)
    await story.verdict(one)

    await story.services.stop("alignment")
    before = Measured.now()  # all that it has saved is measured by now
    assert before.saves > 0
    await story.objective("Call", one)
    await asyncio.sleep(1)
    await story.services.start("alignment")
    await eventually(lambda: Measured.now().saves > before.saves)
    assert Measured.now().seconds - before.seconds >= 1
    await story.reader.judged()

    await story.services.stop("alignment")
    connection = await asyncpg.connect(story.services.databases["alignment"].reveal())
    again = "UPDATE projections SET standing = jsonb_set(standing, '{fold_version}', '0') WHERE organization = $1"
    await connection.execute(again, story.ada.organization)
    await connection.close()
    later = Measured.now()
    await story.services.start("alignment")
    last = await story.objective("Visit", one)  # its event has alignment load the organization, and fold it again
    assert await story.transitions(last)
    assert Measured.now() == later
