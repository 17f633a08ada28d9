"""FastStream's subscriber and publisher of alignment: the topic that it reads, and its dead letters."""

from __future__ import annotations

from typing import Any

from faststream.kafka import KafkaBroker

from goldenthread.contracts.events import goals
from goldenthread.contracts.topics import GOALS, dead_letter_topic
from goldenthread.runtime.configuration.settings import ProcessSettings
from goldenthread.runtime.consumer.dead_letters import dead_letter_reporter
from goldenthread.runtime.consumer.decoding import owned_records
from goldenthread.runtime.consumer.raw_batches import RawBatch
from goldenthread.runtime.consumer.subscription import Subscription
from goldenthread.runtime.observability import metrics
from goldenthread.runtime.projection import Projection
from goldenthread.runtime.projection.quarantine import Reporter
from services.alignment.handlers import AlignmentFold

NAME = "goldenthread-alignment"


def subscribe(
    broker: KafkaBroker, settings: ProcessSettings, projection: Projection[Any], group: str = NAME
) -> Subscription:
    """Subscribe `projection` to goals' events, as a member of `group`. `consuming` starts the subscription."""
    subscription = Subscription(broker, projection, group)

    @broker.subscriber(GOALS, batch=True, group_id=group, **subscription.options(settings))  # type: ignore[untyped-decorator]
    async def fold_goals(batch: RawBatch) -> None:
        """Folds goals' events. The offsets of a batch are committed after its results are saved; meanwhile later
        batches are folded.
        """
        records = owned_records(batch.records, projection.owns, AlignmentFold.ignored_types)
        receipt = await projection.consume(records)
        metrics.FOLDED.add(len(records), {"projection": group})
        await subscription.offsets.commit_after(receipt, batch)

    return subscription


def dead_letters(broker: KafkaBroker) -> Reporter:
    """The reporter that publishes a dead letter for a quarantined organization."""
    return dead_letter_reporter(NAME, {goals.SOURCE: broker.publisher(dead_letter_topic(GOALS))})
