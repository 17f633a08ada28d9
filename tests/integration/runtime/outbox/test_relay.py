"""The relay: what was committed is published, per organization in order, whatever breaks on the way."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from aiokafka import AIOKafkaProducer

from goldenthread.contracts.envelope import Event
from goldenthread.launcher.broker import Broker
from goldenthread.launcher.issuer import Issuer
from goldenthread.launcher.ports import free_port
from goldenthread.runtime.outbox import store as outbox
from goldenthread.runtime.outbox.relay import Relay
from goldenthread.runtime.postgres.database import Pool
from tests.integration.runtime.outbox.relays import Make, everything_published, making, relaying
from tests.integration.runtime.outbox.streams import commit, in_order, new_organization, topic, unpublished, write
from tests.support.asgi_server import eventually


class Between:
    """A producer after whose sends something happens, before the relay hears that they are done."""

    def __init__(self, producer: AIOKafkaProducer, then: Callable[[], Awaitable[None]]) -> None:
        self._producer, self._then = producer, then
        self.start, self.stop = producer.start, producer.stop
        self.partitions_for, self.create_batch = producer.partitions_for, producer.create_batch

    async def send_batch(self, *args: Any, **more: Any) -> asyncio.Future[Any]:
        sent = await self._producer.send_batch(*args, **more)

        async def told() -> Any:
            answer = await sent
            await self._then()
            return answer

        return asyncio.ensure_future(told())


async def end_leader(pool: Pool) -> None:
    """The leader's connection dies; whoever asks next leads."""
    await pool.execute(
        """SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted
           AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"""
    )


async def test_two_relays_whose_leader_dies_again_and_again_publish_everything_in_order(
    pool: Pool, broker: Broker, make: Make
) -> None:
    organizations = [new_organization() for _ in range(5)]
    async with topic(broker) as read, relaying(pool, make) as one, relaying(pool, make) as two:
        for turn in range(40):
            last = {each: (await write(pool, each, 1 + turn % 3))[-1] for each in organizations}
            (one if turn % 2 else two).wake()
            if turn % 10 == 5:
                await end_leader(pool)
        await eventually(lambda: everything_published(pool))
        for each in organizations:
            await eventually(lambda each=each: read.holds(each, last[each]))  # type: ignore[misc]
    for each in organizations:
        assert len(in_order(read.records[each])) == last[each].sequence


async def test_a_stream_that_is_set_apart_while_it_is_written_is_handed_over_without_a_hole(
    pool: Pool, broker: Broker, make: Make
) -> None:
    organizations = [new_organization() for _ in range(3)]
    async with topic(broker) as read, relaying(pool, make), relaying(pool, make, outbox.LARGE_RELAY):
        for turn in range(30):
            last = {each: (await write(pool, each, 40))[-1] for each in organizations}
            if turn in (10, 20):
                async with pool.acquire() as connection:
                    await outbox.move_to_large_relay(connection, organizations[turn // 10])
        await eventually(lambda: everything_published(pool))
        for each in organizations:
            await eventually(lambda each=each: read.holds(each, last[each]))  # type: ignore[misc]
    for each in organizations:
        assert len(in_order(read.records[each])) == last[each].sequence


async def test_a_relay_is_woken_by_what_is_written_for_it(pool: Pool, broker: Broker, make: Make) -> None:
    async with relaying(pool, make) as common, relaying(pool, make, outbox.LARGE_RELAY) as apart:
        await eventually(lambda: waits(common, apart))
        woken: list[Relay] = []
        for relay in (common, apart):
            relay.wake = partial(woken.append, relay)  # type: ignore[method-assign]
        organization = new_organization()
        await write(pool, organization, 1)
        await eventually(lambda: woken == [common])
        async with pool.acquire() as connection:
            await outbox.move_to_large_relay(connection, organization)
        await write(pool, organization, 1)
        await eventually(lambda: woken == [common, apart])


def waits(*relays: Relay) -> bool:
    """Do they lead, and have nothing to do?"""
    return all(relay._woken._waiters for relay in relays)


async def test_a_crash_between_publishing_and_marking_publishes_twice_and_loses_nothing(
    pool: Pool, broker: Broker, make: Make
) -> None:
    organization, crashes = new_organization(), [True]

    async def crash() -> None:
        if crashes:
            crashes.pop()
            await end_leader(pool)

    async def twice() -> bool:
        await read.take()
        return len(read.records.get(organization, [])) == 10

    async with topic(broker) as read:
        await write(pool, organization, 5)
        async with relaying(pool, lambda: Between(make(), crash)):
            await eventually(lambda: everything_published(pool))
        await eventually(twice)
    assert in_order(read.records[organization]) == read.records[organization][:5]


async def test_a_stream_written_afresh_while_the_old_one_is_being_published_is_published_too(
    pool: Pool, broker: Broker, make: Make
) -> None:
    organization, todo, fresh = new_organization(), [True], list[Event]()

    async def rebuild() -> None:
        if todo:
            todo.pop()
            fresh.extend(await write(pool, organization, 2, afresh=True))

    async with topic(broker) as read:
        old = await write(pool, organization, 2)
        async with relaying(pool, lambda: Between(make(), rebuild)):
            await eventually(lambda: bool(fresh))
            await eventually(lambda: read.holds(organization, fresh[-1]))
            await eventually(lambda: everything_published(pool))
    assert [event.id for event in read.records[organization]] == [event.id for event in (*old, *fresh)]


async def test_a_broker_that_was_away_is_given_everything_when_it_is_back(
    pool: Pool, broker: Broker, make: Make, issuer: Issuer
) -> None:
    organization, away = new_organization(), [making(f"127.0.0.1:{free_port()}", issuer)]
    tried = asyncio.Event()

    def sometimes() -> AIOKafkaProducer:
        if away:
            tried.set()
        return (away.pop() if away else make)()

    async with topic(broker) as read, relaying(pool, sometimes):
        events = await write(pool, organization, 3)
        await tried.wait()
        events += await write(pool, organization, 3)
        await eventually(lambda: read.holds(organization, events[-1]))
    assert [event.id for event in in_order(read.records[organization])] == [event.id for event in events]


async def test_a_relay_without_a_broker_ends_when_it_is_told_to(pool: Pool, issuer: Issuer) -> None:
    await write(pool, new_organization(), 3)
    async with relaying(pool, making(f"127.0.0.1:{free_port()}", issuer)):
        await asyncio.sleep(0)
    assert await unpublished(pool) == 3


async def test_heads_asked_for_while_a_long_transaction_is_open_are_asked_for_again(pool: Pool) -> None:
    organization = new_organization()
    await write(pool, organization, 1)
    async with pool.acquire() as connection:
        transaction = connection.transaction()
        await transaction.start()
        events = commit(organization, await outbox.head_position(connection, organization), 1)
        await outbox.append(connection, organization, events)

        async def long_ago() -> bool:
            return bool(
                await connection.fetchval(
                    """SELECT clock_timestamp() > changed_at + interval '2.1 seconds' FROM streams
                       WHERE organization = $1""",
                    organization,
                )
            )

        await eventually(long_ago)
        token = (await outbox.heads(pool, None)).at
        await transaction.commit()
    assert (await outbox.heads(pool, token)).heads[organization].sequence == 2
