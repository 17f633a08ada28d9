"""Processes that start before what they need: they wait inside, say what for, and go on when it is there."""

from __future__ import annotations

import asyncio
import uuid
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest
from aiokafka.admin import AIOKafkaAdminClient

from goldenthread.contracts.secret import Secret
from goldenthread.contracts.topics import ALIGNMENT, GOALS, topics
from goldenthread.launcher.broker import Broker
from goldenthread.launcher.databases import database_url, ensure_databases
from goldenthread.launcher.issuer import Issuer
from goldenthread.launcher.ports import free_ports
from goldenthread.launcher.postgres import Postgres
from goldenthread.launcher.topic_creation import ensure_topics
from goldenthread.runtime.postgres.migrate import migrate_database
from goldenthread.runtime.postgres.migrations import SHARED
from services.goals.migrations import MIGRATIONS
from tests.integration.launcher.running_process import NOWHERE, running
from tests.support.asgi_server import eventually


async def test_postgresql_that_is_away_at_the_start_is_waited_for(
    issuer: Issuer, broker: Broker, new_data_dir: Path
) -> None:
    server = Postgres(new_data_dir, databases=["goals"])
    async with running("goals", issuer, server.url("goals"), broker.address) as goals:
        await goals.waits_for("database", f"PostgreSQL (127.0.0.1:{server.port}/goals) does not answer")
        assert (await goals.http.get("/live")).json() == {"live": True}
        metrics = await goals.http.get("/metrics")
        assert (metrics.status_code, "goldenthread_ready 0.0" in metrics.text) == (200, True)
        for answer in (await goals.http.get("/v1/snapshot"), await goals.http.post("/v1/commands", json={})):
            assert (answer.status_code, answer.json()["errors"][0]["code"]) == (503, "UNAVAILABLE")
        await eventually(lambda: "still waiting: PostgreSQL" in "".join(goals.lines))
        async with server:
            await goals.is_ready()
            assert "Traceback" not in "".join(goals.lines)


@pytest.mark.parametrize("name", ["alignment", "notifications"])
async def test_a_broker_that_is_away_at_the_start_is_waited_for(
    issuer: Issuer, database: Secret, new_data_dir: Path, name: str
) -> None:
    embedded = Broker(new_data_dir)
    async with running(name, issuer, database, embedded.address) as waiting:
        await waiting.waits_for("broker", f"Kafka ({embedded.address}) does not answer")
        async with embedded:
            await waiting.is_ready()
    assert "Traceback" not in "".join(waiting.lines)


async def test_a_topic_that_is_missing_is_named_and_waited_for(
    issuer: Issuer, database: Secret, new_data_dir: Path
) -> None:
    async with Broker(new_data_dir) as embedded:
        await _delete(embedded, ALIGNMENT)
        async with running("notifications", issuer, database, embedded.address) as waiting:
            await waiting.waits_for("broker", f"topic {ALIGNMENT} does not exist", "`goldenthread topics` creates")
            await ensure_topics(embedded.address)
            await waiting.is_ready()


async def test_the_gateway_serves_without_a_topic_and_names_it(issuer: Issuer, new_data_dir: Path) -> None:
    async with Broker(new_data_dir) as embedded:
        await _delete(embedded, ALIGNMENT)

        def broker(body: dict[str, Any]) -> str | None:
            return None if "degraded" not in body else body["degraded"].get("broker", "")

        async with running("gateway", issuer, kafka=embedded.address) as gateway:

            async def names_it() -> bool:
                return f"topic {ALIGNMENT} does not exist" in (broker((await gateway.ready())[1]) or "")

            async def reads() -> bool:
                return broker((await gateway.ready())[1]) == ""

            await eventually(names_it, 60)
            await ensure_topics(embedded.address)
            await eventually(reads, 60)
    assert "Traceback" not in "".join(gateway.lines)


async def test_a_process_that_waits_ends_at_once_when_it_is_told_to(issuer: Issuer) -> None:
    async with running("notifications", issuer) as waiting:
        await waiting.waits_for("database", "does not answer")
        waiting.process.terminate()
        assert await waiting.ended() == 0
    assert "Traceback" not in "".join(waiting.lines)


async def test_what_is_the_operators_is_on_the_internal_port_alone_while_it_waits(issuer: Issuer) -> None:
    internal, port = free_ports(2)
    both = {"INTERNAL_PORT": str(internal), "HTTP_PORT": str(port)}
    async with running("goals", issuer, NOWHERE, "127.0.0.1:1", **both) as waiting, httpx.AsyncClient() as public:
        await waiting.waits_for("database", "does not answer")
        for path in ("/live", "/ready", "/metrics", "/v1/heads"):
            answer = await public.get(f"http://127.0.0.1:{port}{path}")
            assert (answer.status_code, answer.json()["errors"][0]["code"]) == (503, "UNAVAILABLE")
        assert (await waiting.http.get("/v1/heads")).status_code == 404


async def test_a_database_that_there_is_not_yet_is_waited_for(
    issuer: Issuer, postgres: Postgres, broker: Broker
) -> None:
    name = f"test_{uuid.uuid4().hex}"
    async with running("goals", issuer, database_url(postgres.url(), name), broker.address) as goals:
        await goals.waits_for("database", f"/{name}) cannot be used as it is set up", "does not exist")
        await ensure_databases(postgres.url(), [name])
        await goals.is_ready()


async def test_a_process_that_must_not_migrate_waits_until_somebody_else_has(
    issuer: Issuer, database: Secret, broker: Broker
) -> None:
    async with running("goals", issuer, database, broker.address, MIGRATE="off") as goals:
        await goals.waits_for("database", "older than this code", "run `goldenthread migrate goals`")
        await eventually(lambda: "still waiting: the database is older" in "".join(goals.lines))
        await migrate_database(database, [SHARED, MIGRATIONS])
        await goals.is_ready()


@pytest.mark.parametrize("how", ["on", "off"])
async def test_a_newer_schema_is_refused_in_one_sentence(issuer: Issuer, database: Secret, how: str) -> None:
    await migrate_database(database, [SHARED, MIGRATIONS])
    connection = await asyncpg.connect(database.reveal())
    more = "INSERT INTO migrations (name, needs) VALUES ('goals/0900_less.sql', 'goals/0800_since.sql')"
    await connection.execute(more)
    await connection.close()
    async with running("goals", issuer, database, MIGRATE=how) as goals:
        assert await asyncio.wait_for(goals.process.wait(), 60) == 3
    said = [line for line in goals.lines if not line.startswith("{")]
    assert [line.partition(";")[0] for line in said] == [
        "goals: the database is newer than this code: migration goals/0900_less.sql ran there, with which only code "
        "that knows goals/0800_since.sql can work"
    ]


async def test_topics_are_held_against_the_number_of_partitions_of_the_installation(
    issuer: Issuer, database: Secret, new_data_dir: Path
) -> None:
    async with Broker(new_data_dir, topics=topics(3)) as embedded:
        async with running("notifications", issuer, database, embedded.address, PARTITIONS="4") as waiting:
            await waiting.waits_for("broker", f"topic {GOALS} has 3 partitions, not 4")
        await _forget_partitions(database)
        async with running("notifications", issuer, database, embedded.address, PARTITIONS="3") as goes_on:
            await goes_on.is_ready()


async def _forget_partitions(database: Secret) -> None:
    connection = await asyncpg.connect(database.reveal())
    await connection.execute("DELETE FROM installation")
    await connection.close()


async def _delete(broker: Broker, topic: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=broker.address)
    await admin.start()
    await admin.delete_topics([topic])
    await admin.close()
