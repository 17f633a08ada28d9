"""What is acknowledged is saved: by each batch's own offsets, in order, while later batches are being folded."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextvars import ContextVar
from typing import cast

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import CommitFailedError

from goldenthread.runtime.consumer.offset_committer import OffsetCommitter
from goldenthread.runtime.consumer.raw_batches import RawBatch
from goldenthread.runtime.projection import BatchReceipt
from tests.support.asgi_server import eventually

BATCH = ContextVar("batch", default="none")
ONE, TWO = TopicPartition("goals", 1), TopicPartition("goals", 2)


class Consumer:
    """Has both partitions, and is somewhere far ahead."""

    def __init__(self) -> None:
        self.places = {ONE, TWO}
        self.committed: list[Mapping[TopicPartition, int]] = []
        self.refuses = False
        self.batch = ""
        """In whose context offsets were committed."""

    def assignment(self) -> set[TopicPartition]:
        return self.places

    async def commit(self, offsets: Mapping[TopicPartition, int]) -> None:
        self.batch = BATCH.get()
        if self.refuses:
            raise CommitFailedError
        self.committed.append(offsets)


class Story:
    def __init__(self) -> None:
        self.failures: list[Exception] = []
        self.consumer, self.committer = Consumer(), OffsetCommitter(self.failures.append)

    async def receipt(self, *records: tuple[TopicPartition, int]) -> asyncio.Future[bool]:
        """A batch of records by place and offset; the answer says that it is saved."""
        saved: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        raw = [ConsumerRecord(*place, offset, 0, 0, None, None, None, 0, 0, ()) for place, offset in records]
        batch = RawBatch(raw, cast(AIOKafkaConsumer, self.consumer), self.committer.assignment)
        await self.committer.commit_after(BatchReceipt([saved]), batch)
        return saved


async def test_a_batch_is_acknowledged_by_its_own_offsets_once_it_is_saved() -> None:
    story = Story()
    first = await story.receipt((ONE, 4), (ONE, 5), (TWO, 9))
    second = await story.receipt((ONE, 6))
    first.set_result(True)
    await story.committer.flush(0)
    await eventually(lambda: bool(story.consumer.committed))
    assert story.consumer.committed == [{ONE: 6, TWO: 10}]
    second.set_result(True)
    await story.committer.flush(5)
    assert story.consumer.committed[1:] == [{ONE: 7}]


async def test_batches_that_are_saved_soon_after_each_other_are_acknowledged_together() -> None:
    story = Story()
    for offset in range(4, 44):
        (await story.receipt((ONE, offset))).set_result(True)
        await asyncio.sleep(0)
    await story.committer.flush(5)
    assert story.consumer.committed[-1] == {ONE: 44}
    assert len(story.consumer.committed) <= 2


async def test_a_batch_that_is_saved_before_the_one_before_it_waits_for_that() -> None:
    story = Story()
    first, second = await story.receipt((ONE, 4)), await story.receipt((ONE, 5), (TWO, 9))
    second.set_result(True)
    await story.committer.flush(0.01)
    assert story.consumer.committed == []
    first.set_result(True)
    await story.committer.flush(5)
    assert story.consumer.committed == [{ONE: 6, TWO: 10}]


async def test_a_batch_that_could_not_be_saved_is_not_acknowledged_and_does_not_hold_up_the_next() -> None:
    story = Story()
    first, second = await story.receipt((ONE, 4), (TWO, 9)), await story.receipt((ONE, 5))
    first.set_result(False)
    second.set_result(True)
    await story.committer.flush(5)
    assert story.consumer.committed == [{ONE: 6}]


async def test_what_was_revoked_meanwhile_is_not_acknowledged_and_a_refusal_stops_nothing() -> None:
    story = Story()
    first = await story.receipt((ONE, 4), (TWO, 9))
    story.consumer.places = {TWO}
    first.set_result(True)
    await story.committer.flush(5)
    assert story.consumer.committed == [{TWO: 10}]
    story.consumer.refuses = True
    (await story.receipt((TWO, 10))).set_result(True)
    await story.committer.flush(5)
    story.consumer.refuses = False
    (await story.receipt((TWO, 11))).set_result(True)
    await story.committer.flush(5)
    assert story.consumer.committed[1:] == [{TWO: 12}]


async def test_what_was_taken_before_partitions_were_assigned_anew_is_not_acknowledged() -> None:
    """The broker may have lost its records meanwhile: offset 500 of one that has ten would hide the next 490."""
    story = Story()
    old = await story.receipt((ONE, 499))
    story.committer.assigned()
    new = await story.receipt((TWO, 9))
    old.set_result(True)
    new.set_result(True)
    await story.committer.flush(5)
    assert story.consumer.committed == [{TWO: 10}]


async def test_at_the_end_each_batch_is_acknowledged_before_another_is_taken() -> None:
    story = Story()
    first = await story.receipt((ONE, 4))
    ending = asyncio.create_task(story.committer.end(5))
    first.set_result(True)
    await ending
    assert story.consumer.committed == [{ONE: 5}]
    saved: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
    asyncio.get_running_loop().call_soon(saved.set_result, True)
    raw = [ConsumerRecord(*ONE, 5, 0, 0, None, None, None, 0, 0, ())]
    batch = RawBatch(raw, cast(AIOKafkaConsumer, story.consumer), 0)
    await story.committer.commit_after(BatchReceipt([saved]), batch)
    assert story.consumer.committed[1:] == [{ONE: 6}]
    await story.committer.close()


async def test_a_commit_that_is_still_being_tried_is_given_up_when_partitions_are_taken_away() -> None:
    """aiokafka tries it again as the member it is then, and a broker that lost its records takes the old offset."""
    story, tried = Story(), asyncio.Event()
    commit, given_up = story.consumer.commit, asyncio.Event()

    async def hanging(_: Mapping[TopicPartition, int]) -> None:
        tried.set()
        try:
            await asyncio.Event().wait()
        finally:
            given_up.set()

    story.consumer.commit = hanging  # type: ignore[method-assign, assignment]
    (await story.receipt((ONE, 4))).set_result(True)
    await tried.wait()
    story.consumer.commit = commit  # type: ignore[method-assign]
    story.committer.revoked()
    (await story.receipt((ONE, 5))).set_result(True)
    await story.committer.flush(5)
    assert given_up.is_set()
    assert story.consumer.committed == [{ONE: 6}]
    assert story.failures == []


async def test_offsets_are_not_committed_in_the_context_of_the_batch_that_was_there_first() -> None:
    """Whatever is acknowledged from then on would be part of that batch's span."""
    story = Story()
    token = BATCH.set("first")
    try:
        (await story.receipt((ONE, 4))).set_result(True)
    finally:
        BATCH.reset(token)
    await story.committer.flush(5)
    assert story.consumer.committed == [{ONE: 5}]
    assert story.consumer.batch == "none"
