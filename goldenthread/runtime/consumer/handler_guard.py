"""Stops consuming at the first unexpected error, and ends the process (`failures`). Without it, FastStream would
swallow an error of a handler and go on with the next batch, and would restart a consume loop that raised.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from types import TracebackType
from typing import Any

from aiokafka import ConsumerRebalanceListener, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError
from faststream import BaseMiddleware
from faststream.kafka import KafkaBroker
from faststream.message import StreamMessage

from goldenthread.runtime.observability.failures import TaskEnded

_ERRORS = 4
"""Failed attempts to read in a row, five seconds apart, after which reading counts as broken. A broker that is away
raises no error there. aiokafka raises for ever after a heartbeat was answered with an error that it does not know (a
coordinator that is loading its groups), or after its task for the group has ended.
"""
_NAMED = 5
"""The most organizations that an error message names."""


class ConsumingFailed(Exception):
    """An unexpected error with a batch, or with an assignment of partitions. `known` are fields of the log line."""

    def __init__(self, message: str, **known: Any) -> None:
        super().__init__(message)
        self.known = known


class HandlerGuard:
    """A middleware that catches the errors of a handler, and of the code that reads a batch for it. After the first
    error no batch is handled, so no later batch is acknowledged.
    """

    def __init__(self) -> None:
        self.error: Exception | None = None
        """The first error; None while batches are handled."""
        self._failed = asyncio.Event()

    def __call__(self, msg: Any | None, /, *, context: Any) -> _HandlerMiddleware:
        return _HandlerMiddleware(self, msg, context)

    def fail(self, error: Exception) -> None:
        """Stop consuming: `watch` raises `error`."""
        self.error = self.error or error
        self._failed.set()

    def watch_reading(self, broker: KafkaBroker) -> None:
        """From now on repeated errors of reading stop consuming, too. FastStream would try for ever."""
        for each in broker.subscribers:
            consumer = getattr(each, "consumer", None)
            if consumer is not None:
                consumer.getmany = self._watched(consumer.getmany)

    def _watched(self, read: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        errors = 0

        async def watched(*places: Any, **how: Any) -> Any:
            nonlocal errors
            try:
                found = await read(*places, **how)
            except KafkaError as error:
                errors += 1
                if errors >= _ERRORS:
                    failed = ConsumingFailed(f"reading raised {errors} times in a row")
                    failed.__cause__ = error
                    self.fail(failed)
                raise
            errors = 0
            return found

        return watched

    async def watch(self, broker: KafkaBroker) -> None:
        """Wait for an error, and raise it. The end of a consume loop of `broker`, for any reason, is an error, too."""
        failing = asyncio.create_task(self._failed.wait())
        loops: list[asyncio.Task[Any]] = [task for each in broker.subscribers for task in getattr(each, "tasks", ())]
        try:
            await asyncio.wait({failing, *loops}, return_when=asyncio.FIRST_COMPLETED)
            ended = next((task for task in loops if task.done()), None)
            if ended is not None:
                self.fail(_why(ended))
        finally:
            failing.cancel()
        assert self.error is not None
        raise self.error


class _HandlerMiddleware(BaseMiddleware):
    def __init__(self, guard: HandlerGuard, msg: Any | None, context: Any) -> None:
        super().__init__(msg, context=context)
        self._guard = guard

    async def consume_scope(
        self, call_next: Callable[[StreamMessage[Any]], Awaitable[Any]], msg: StreamMessage[Any]
    ) -> Any:
        return None if self._guard.error else await call_next(msg)

    async def after_processed(
        self,
        exc_type: type[BaseException] | None = None,  # noqa: ARG002 - FastStream's names
        exc_val: BaseException | None = None,
        exc_tb: TracebackType | None = None,  # noqa: ARG002
    ) -> bool:
        if not isinstance(exc_val, Exception):
            return False
        records = self.msg or ()
        failed = ConsumingFailed(f"a batch was not handled: {where_of(records)}", **known_of(records))
        failed.__cause__ = exc_val
        self._guard.fail(failed)
        return True


class GuardedListener(ConsumerRebalanceListener):  # type: ignore[misc]
    """`listener`, with its errors reported to the guard. aiokafka would log and ignore them, and then no record of
    these partitions would be folded.
    """

    def __init__(self, guard: HandlerGuard, listener: ConsumerRebalanceListener) -> None:
        self._guard, self._listener = guard, listener

    async def on_partitions_revoked(self, revoked: Sequence[TopicPartition]) -> None:
        await self._guarded("revoked", revoked, self._listener.on_partitions_revoked)

    async def on_partitions_assigned(self, assigned: Sequence[TopicPartition]) -> None:
        await self._guarded("assigned", assigned, self._listener.on_partitions_assigned)

    async def _guarded(
        self, what: str, places: Iterable[TopicPartition], call: Callable[[Any], Awaitable[None]]
    ) -> None:
        try:
            await call(places)
        except Exception as error:
            named = ", ".join(sorted(f"{place.topic}/{place.partition}" for place in places))
            failed = ConsumingFailed(f"{named} could not be {what}")
            failed.__cause__ = error
            self._guard.fail(failed)


def where_of(records: Sequence[ConsumerRecord]) -> str:
    """The places of records, without their content: the offsets in each partition, and the organizations."""
    places: dict[str, list[int]] = {}
    for record in records:
        places.setdefault(f"{record.topic}/{record.partition}", []).append(record.offset)
    whose = _organizations(records)
    more = f" and {len(whose) - _NAMED} more" if len(whose) > _NAMED else ""
    named = ", ".join(f"{place} offsets {min(some)} to {max(some)}" for place, some in sorted(places.items()))
    return f"{named} of {', '.join(whose[:_NAMED])}{more}"


def known_of(records: Sequence[ConsumerRecord]) -> dict[str, Any]:
    """The same as fields of a log line: a field is there if it has one value for all records."""
    found: dict[str, Any] = {}
    if len(whose := _organizations(records)) == 1:
        found["organization"] = whose[0]
    if len({(record.topic, record.partition) for record in records}) == 1:
        first = records[0]
        found |= {"topic": first.topic, "partition": first.partition, "offset": first.offset}
    return found


def _organizations(records: Sequence[ConsumerRecord]) -> list[str]:
    return list(dict.fromkeys(each.key.decode(errors="replace") for each in records if each.key is not None))


def _why(loop: asyncio.Task[Any]) -> Exception:
    error = None if loop.cancelled() else loop.exception()
    return error if isinstance(error, Exception) else TaskEnded("the loop that consumes batches ended")
