"""What a connection may take: who freezes loses locks soon, and whoever is idle on purpose is left alone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import httpx
import pytest

from goldenthread.contracts.secret import Secret
from goldenthread.launcher.broker import Broker
from goldenthread.runtime.configuration.database_limits import DatabaseLimits
from goldenthread.runtime.outbox import store as outbox
from goldenthread.runtime.outbox.relay import RelayLimits
from goldenthread.runtime.outbox.revision_wait import RevisionWaits
from goldenthread.runtime.postgres.database import Pool, execute_unhurried, open_pool, read_snapshot
from goldenthread.runtime.postgres.migrations import SHARED
from goldenthread.runtime.postgres.transactions import kept_alive, writing
from tests.integration.runtime.outbox.relays import Make, everything_published, relaying
from tests.integration.runtime.outbox.snapshot_app import app
from tests.integration.runtime.outbox.streams import new_organization, topic, write
from tests.support.asgi_server import eventually, serving

LIMITS = DatabaseLimits(lock=0.3, idle=1.0)
"""Soon over, and longer than a busy machine keeps a test from its next statement."""
LOCKED = "SELECT 1 FROM streams WHERE organization = 'ash' FOR UPDATE"
LEADER = """SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"""


@pytest.fixture
async def pool(database: Secret) -> AsyncIterator[Pool]:
    async with open_pool(database, 6, SHARED, limits=LIMITS) as made:
        await made.execute("INSERT INTO streams (organization) VALUES ('ash')")
        yield made


async def idle(pool: Pool, pid: int, seconds: float = 2 * LIMITS.idle) -> None:
    """Returns when that session has been idle for so long."""
    since = "SELECT extract(epoch FROM clock_timestamp() - state_change) FROM pg_stat_activity WHERE pid = $1"

    async def long() -> bool:
        return float(await pool.fetchval(since, pid)) > seconds

    await eventually(long)


async def is_free(pool: Pool) -> bool:
    """Nobody has locked the organization."""
    try:
        await pool.execute(LOCKED)
    except asyncpg.LockNotAvailableError:
        return False
    return True


@pytest.mark.parametrize("derived", [False, True])
async def test_every_connection_has_the_limits(derived: bool, database: Secret) -> None:
    wanted = {
        "lock_timeout": "5s",
        "idle_in_transaction_session_timeout": "10s",
        "transaction_timeout": "5min",
        "tcp_keepalives_idle": "5",
        "tcp_keepalives_interval": "2",
        "tcp_keepalives_count": "3",
        "tcp_user_timeout": "11000",
    }
    async with open_pool(database, 2, derived=derived) as pool:
        for _ in range(2):  # and keeps them, when it was given back
            async with pool.acquire() as one, pool.acquire() as two:
                for connection in (one, two):
                    shown = {name: await connection.fetchval(f"SHOW {name}") for name in wanted}
                    assert shown == wanted


async def test_who_freezes_in_a_transaction_loses_its_locks_and_cannot_commit(pool: Pool) -> None:
    async def frozen() -> None:
        async with writing(pool) as connection:
            await connection.execute("UPDATE streams SET sequence = 7 WHERE organization = 'ash'")

            await eventually(lambda: is_free(pool))

    ended = (asyncpg.IdleInTransactionSessionTimeoutError, asyncpg.InterfaceError, asyncpg.InternalClientError)
    with pytest.raises(ended) as raised:  # by the moment at which the connection ends
        await frozen()
    assert "nothing was changed" in raised.value.__notes__
    assert await pool.fetchval("SELECT sequence FROM streams") == 0


async def test_who_freezes_between_two_messages_of_a_statement_loses_its_locks(database: Secret) -> None:
    """PostgreSQL waits for the arguments of a prepared statement: to it, the session works and is not idle."""
    limits = DatabaseLimits(lock=0.05, idle=1.0, command=1.0)
    async with open_pool(database, 3, SHARED, limits=limits) as pool:
        await pool.execute("INSERT INTO streams (organization) VALUES ('ash')")

        async def frozen() -> None:
            async with writing(pool) as connection:
                await connection.execute("UPDATE streams SET sequence = 7 WHERE organization = 'ash'")
                statement = await connection.prepare("SELECT 1")
                state = "SELECT state FROM pg_stat_activity WHERE pid = $1"
                assert await pool.fetchval(state, connection.get_server_pid()) == "active"
                await eventually(lambda: is_free(pool))
                await statement.fetchval()

        ended = (asyncpg.TransactionTimeoutError, asyncpg.InterfaceError, asyncpg.InternalClientError)
        with pytest.raises(ended) as raised:  # by the moment at which the connection ends
            await frozen()
        assert "nothing was changed" in raised.value.__notes__
        assert await pool.fetchval("SELECT sequence FROM streams") == 0


async def test_who_computes_in_a_transaction_is_left_alone_as_long_as_it_lives(pool: Pool) -> None:
    async with writing(pool) as connection:
        await connection.execute("UPDATE streams SET sequence = 7 WHERE organization = 'ash'")
        began = await pool.fetchval("SELECT clock_timestamp()")
        async with kept_alive(connection, LIMITS):
            later = "SELECT clock_timestamp() - $1 > interval '2 seconds'"
            await eventually(lambda: pool.fetchval(later, began))
    assert await pool.fetchval("SELECT sequence FROM streams") == 7


async def test_a_reader_of_a_snapshot_may_pause_for_longer(pool: Pool) -> None:
    await pool.execute("CREATE TABLE rows (organization text, number integer)")
    await pool.execute("INSERT INTO rows SELECT 'ash', * FROM generate_series(1, 25)")
    between = asyncio.Event()
    async with serving(app(pool, between)) as url, httpx.AsyncClient() as client, client.stream("GET", url) as answer:
        lines = answer.aiter_lines()
        first = [await anext(lines) for _ in range(2)]
        pid = "SELECT pid FROM pg_stat_activity WHERE state = 'idle in transaction' AND datname = current_database()"
        await idle(pool, await pool.fetchval(pid))
        between.set()
        rest = [line async for line in lines]
    assert len(first + rest) == 5
    assert '"end"' in rest[-1]


async def test_who_reads_in_one_transaction_may_work_on_it_for_longer(pool: Pool) -> None:
    async with read_snapshot(pool) as connection:
        pid = await connection.fetchval("SELECT pg_backend_pid()")
        await idle(pool, pid)
        assert await connection.fetchval("SELECT 1") == 1


async def test_a_relay_and_a_listener_that_have_nothing_to_do_stay(pool: Pool, broker: Broker, make: Make) -> None:
    judged = RevisionWaits(pool)
    listening = asyncio.create_task(judged.run())
    organization = new_organization()
    async with topic(broker) as read, relaying(pool, make) as relay:
        first = (await write(pool, organization, 1))[-1]
        relay.wake()
        await eventually(lambda: read.holds(organization, first))
        leader = await pool.fetchval(LEADER)
        ours = "datname = current_database()"
        listener = f"SELECT pid FROM pg_stat_activity WHERE query LIKE 'LISTEN \"judged\"%' AND {ours}"
        await eventually(lambda: _is(pool.fetchval(listener)))
        pid = await pool.fetchval(listener)
        await idle(pool, pid)
        last = (await write(pool, organization, 1))[-1]
        await eventually(lambda: read.holds(organization, last))
        assert await pool.fetchval(LEADER) == leader
        assert await pool.fetchval(listener) == pid
    listening.cancel()
    await asyncio.wait({listening})


async def _is(found: Any) -> bool:
    return await found is not None


class Silent:
    """A producer that never says whether anything arrived."""

    def __init__(self, producer: Any) -> None:
        self.start, self.stop = producer.start, producer.stop
        self.partitions_for, self.create_batch = producer.partitions_for, producer.create_batch

    async def send_batch(self, *_: Any, **__: Any) -> Any:
        return asyncio.get_running_loop().create_future()


class Late(Silent):
    """A producer whose acknowledgements take a second."""

    async def send_batch(self, *_: Any, **__: Any) -> Any:
        return asyncio.ensure_future(asyncio.sleep(1))


async def test_a_relay_that_waited_too_long_for_kafka_says_that_it_was_kafka(
    pool: Pool, make: Make, caplog: pytest.LogCaptureFixture
) -> None:
    async with relaying(pool, lambda: Late(make()), silence=0.5, limits=RelayLimits(sweep=0.1)):
        await write(pool, new_organization(), 1)
        await eventually(lambda: "Kafka's acknowledgement took 1." in caplog.text)
    assert "InterfaceError" not in caplog.text


async def test_a_relay_that_leads_and_does_nothing_is_followed_by_another(
    database: Secret, pool: Pool, broker: Broker, make: Make
) -> None:
    organization = new_organization()
    async with topic(broker) as read, relaying(pool, lambda: Silent(make()), silence=0.5):
        await eventually(lambda: _is(pool.fetchval(LEADER)))
        stuck = await pool.fetchval(LEADER)
        last = (await write(pool, organization, 1))[-1]
        async with open_pool(database, 2, limits=LIMITS) as other, relaying(other, make):
            await eventually(lambda: read.holds(organization, last))
            await eventually(lambda: everything_published(pool))
            assert await pool.fetchval(LEADER) != stuck


async def test_a_save_that_cannot_be_locked_writes_nothing(pool: Pool) -> None:
    async with writing(pool) as holder:
        await holder.execute(LOCKED)
        async with kept_alive(holder, LIMITS):
            with pytest.raises(asyncpg.LockNotAvailableError) as raised:  # noqa: PT012
                async with writing(pool) as other:
                    await outbox.append(other, "birch", [], None)
                    await other.execute(LOCKED)
    assert "nothing was changed" in raised.value.__notes__
    assert await pool.fetchval("SELECT count(*) FROM streams") == 1


async def test_what_a_start_needs_may_wait_and_take_longer(database: Secret) -> None:
    async with open_pool(database, 4, SHARED, limits=DatabaseLimits(command=1.0, lock=1.0, idle=10)) as pool:
        await pool.execute("INSERT INTO streams (organization) VALUES ('ash')")
        async with writing(pool) as holder:
            await holder.execute(LOCKED)
            waiting = asyncio.create_task(execute_unhurried(pool, f"WITH one AS ({LOCKED}) SELECT pg_sleep(1.5)"))
            await holder.execute("SELECT pg_sleep(1.5)", timeout=30)
            assert not waiting.done()
        await waiting
