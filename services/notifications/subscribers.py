"""FastStream's subscriber and publishers of notifications: the topics that it reads, and its dead letters."""

from __future__ import annotations

from typing import Any

from faststream.kafka import KafkaBroker

from goldenthread.contracts.events import alignment, goals
from goldenthread.contracts.topics import ALIGNMENT, GOALS, dead_letter_topic
from goldenthread.runtime.configuration.settings import ProcessSettings
from goldenthread.runtime.consumer.dead_letters import dead_letter_reporter
from goldenthread.runtime.consumer.decoding import owned_records
from goldenthread.runtime.consumer.raw_batches import RawBatch
from goldenthread.runtime.consumer.subscription import Subscription
from goldenthread.runtime.observability import metrics
from goldenthread.runtime.projection import Projection
from goldenthread.runtime.projection.quarantine import Reporter

NAME = "goldenthread-notifications"


def subscribe(broker: KafkaBroker, settings: ProcessSettings, projection: Projection[Any]) -> Subscription:
    """Subscribe `projection` to goals' and alignment's events. `consuming` starts the subscription. One subscriber
    reads both topics, so that this member has the same partitions of both.
    """
    subscription = Subscription(broker, projection, NAME)

    @broker.subscriber(GOALS, ALIGNMENT, batch=True, group_id=NAME, **subscription.options(settings))  # type: ignore[untyped-decorator]
    async def fold_goals_and_alignment(batch: RawBatch) -> None:
        """Folds both streams' events. The offsets of a batch are committed after its results are saved; meanwhile later
        batches are folded.
        """
        records = owned_records(batch.records, projection.owns)
        receipt = await projection.consume(records)
        metrics.FOLDED.add(len(records), {"projection": NAME})
        await subscription.offsets.commit_after(receipt, batch)

    return subscription


def dead_letters(broker: KafkaBroker) -> Reporter:
    """The reporter that publishes a dead letter for a quarantined organization, on the topic of the broken stream."""
    topics = {goals.SOURCE: GOALS, alignment.SOURCE: ALIGNMENT}
    publishers = {source: broker.publisher(dead_letter_topic(topic)) for source, topic in topics.items()}
    return dead_letter_reporter(NAME, publishers)
