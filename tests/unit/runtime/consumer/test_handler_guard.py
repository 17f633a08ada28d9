"""Reading that raises again and again ends consuming; FastStream alone would try for ever."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest
from aiokafka.errors import KafkaError
from faststream.kafka import KafkaBroker

from goldenthread.runtime.consumer.handler_guard import ConsumingFailed, HandlerGuard


class Consumer:
    """Gives what it is told to; an error it raises."""

    def __init__(self, *answers: Exception | dict[str, Any]) -> None:
        self.answers = list(answers)

    async def getmany(self, **_: Any) -> dict[str, Any]:
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


async def read(*answers: Exception | dict[str, Any]) -> HandlerGuard:
    """A guard after so many attempts to read, each of which answered or raised as the consumer did."""
    guard, consumer = HandlerGuard(), Consumer(*answers)
    guard.watch_reading(cast(KafkaBroker, SimpleNamespace(subscribers=[SimpleNamespace(consumer=consumer)])))
    for answer in answers:
        if isinstance(answer, Exception):
            with pytest.raises(type(answer)):
                await consumer.getmany(timeout_ms=1)
        else:
            assert await consumer.getmany(timeout_ms=1) == answer
    return guard


async def test_reading_that_raises_four_times_in_a_row_ends_consuming() -> None:
    """As aiokafka does for ever after one heartbeat that was answered with COORDINATOR_LOAD_IN_PROGRESS."""
    guard = await read(*[KafkaError("Unexpected exception in heartbeat task")] * 4)
    assert isinstance(guard.error, ConsumingFailed)
    assert isinstance(guard.error.__cause__, KafkaError)


async def test_reading_that_works_again_does_not() -> None:
    error = KafkaError("once")
    assert (await read(error, error, error, {}, error, error, error)).error is None
