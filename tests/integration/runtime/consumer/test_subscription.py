"""A consumer group over the real broker, whose records alone are trusted here: nobody asks for heads."""

from __future__ import annotations

import gc
from pathlib import Path

from aiokafka import ConsumerRecord

from goldenthread.launcher.broker import Broker
from goldenthread.runtime.consumer.faststream_broker import make_broker
from services.alignment.subscribers import subscribe
from tests.integration.runtime.consumer.subscription_story import Story, produce
from tests.support.asgi_server import eventually
from tests.support.simulation.streams import digest


async def test_a_group_goes_on_with_what_a_broker_holds_that_came_back_empty(place: Path) -> None:
    folder = place / digest(place, "emptied")
    async with Broker(folder) as broker:
        story = Story(broker)
        group = make_broker(story.settings, "test")
        subscribe(group, story.settings, story.projection, "test")
        async with group:
            await group.start()
            await produce(broker, lambda producer: story.write(producer, 40))
            await eventually(story.there)
            await broker.stop()
            await broker.start()
            # Fewer records than there were: a reader that waits at its old place would see none of them.
            await produce(broker, lambda producer: story.write(producer, 1))
            await eventually(story.there)
    await story.projection.close()


async def test_a_batch_that_was_taken_in_leaves_nothing_to_the_garbage_collector(place: Path) -> None:
    async with Broker(place / "garbage") as broker:
        story = Story(broker)
        group = make_broker(story.settings, "test")
        subscription = subscribe(group, story.settings, story.projection, "test")
        gc.collect()
        gc.disable()
        try:
            async with group:
                await group.start()
                for _ in range(10):
                    await produce(broker, lambda producer: story.write(producer, 40))
                    await eventually(story.there)
                await subscription.offsets.flush(5)
            ours = {name.encode() for name in story.goals.streams}
            left = sum(1 for each in gc.get_objects() if isinstance(each, ConsumerRecord) and each.key in ours)
            assert left <= 40 * len(ours), "more than a batch that somebody may still speak of"
        finally:
            gc.enable()
    await story.projection.close()
