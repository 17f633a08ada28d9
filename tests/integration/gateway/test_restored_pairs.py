"""Databases restored from different minutes, in every combination, while the other processes go on: all of it heals by
itself, also where Kafka was emptied meanwhile, or is a copy of an older day.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from goldenthread.contracts.topics import STREAMS
from goldenthread.launcher.broker import Broker
from goldenthread.launcher.errors import LaunchError
from tests.integration.gateway.conftest import Stage
from tests.support import backups
from tests.support.asgi_server import eventually
from tests.support.backed_up_company import SOON, BackedUpCompany
from tests.support.graphql_client import Client

NOW, EMPTY = "now", "empty"
"""A database that is not restored, and one that is lost without a backup."""


class Pair(NamedTuple):
    """From which backup each database is, and what became of Kafka."""

    goals: str
    alignment: str
    notifications: str
    kafka: str = NOW


FEW = (Pair("new", EMPTY, "old"),)
"""notifications is behind, and alignment begins anew; `test_restore_forgotten` restores goals alone."""
MANY = (
    Pair("old", NOW, NOW),
    Pair("new", EMPTY, "old", kafka=EMPTY),
    Pair("old", "new", "new"),
    Pair("new", "old", "old"),
    Pair("old", "old", "old"),
    Pair(NOW, NOW, "old"),
    Pair(NOW, "old", NOW),
    Pair(NOW, EMPTY, NOW),
    Pair("old", "new", NOW, kafka="mirror"),
    Pair("new", NOW, NOW, kafka=EMPTY),
    Pair(NOW, NOW, NOW, kafka="mirror"),
    Pair(NOW, "new", EMPTY),
)


async def assert_each_heals(pairs: Sequence[Pair], stage: Stage, broker: Broker, folder: Path) -> None:
    for name in ("alignment", "notifications"):
        await stage.services.start(name)
    acme = BackedUpCompany(await stage.services.organization())
    await acme.begin()
    async with stage.gateway() as url:
        client = stage.client(url, acme.ada)
        for number, made in enumerate(("old", "new")):
            await acme.break_link(acme.objectives[number])
            alerts = await acme.alerts(number + 1)
            newest = max(alerts.values(), key=lambda each: each.opened_at)
            await acme.ada.do("notifications", "AcknowledgeAlert", alert=newest.id, note=made)
            await acme.ada.do("notifications", "AddWebhook", url=f"http://127.0.0.1:9/{made}")
            await backups.back_up(stage.services, folder / made)
        records = await all_records(broker)
        await acme.objective("After both")
        for pair in pairs:
            await assert_heals(pair, acme, client, stage, broker, folder, records)


async def assert_heals(
    pair: Pair,
    acme: BackedUpCompany,
    client: Client,
    stage: Stage,
    broker: Broker,
    folder: Path,
    records: Sequence[tuple[str, int, bytes, bytes, list[tuple[str, bytes]]]],
) -> None:
    for name, origin in (
        ("notifications", pair.notifications),
        ("alignment", pair.alignment),
        ("goals", pair.goals),
    ):
        if origin == EMPTY:
            await backups.lose(stage.services, name)
            await stage.services.start(name)
        elif origin != NOW:
            await backups.restore_only(stage.services, folder / origin, name)
    if pair.kafka != NOW:
        await broker.stop()
        await eventually(lambda: started(broker), SOON)
    if pair.kafka == "mirror":
        await put_back(broker, records[: len(records) // 2])
    title = f"After {pair}"
    await acme.objective(title)
    await client.until("{ objectives { nodes { title } } }", lambda data: title in titles(data), 60.0)
    await acme.assert_folds(client)
    acknowledged = {each.note for each in (await acme.ada.alerts()).alerts if each.note}
    newest = {"old": {"old"}, "new": {"old", "new"}, EMPTY: set[str]()}.get(pair.notifications)
    if newest is not None:
        assert acknowledged <= newest, pair


async def started(broker: Broker) -> bool:
    """A client that asks for a topic before it is made makes it as it likes: then it is tried again, as `up` does."""
    try:
        await broker.start()
    except LaunchError:
        return False
    return True


def titles(data: dict[str, object]) -> list[str]:
    found = data["objectives"]
    assert isinstance(found, dict)
    return [each["title"] for each in found["nodes"]]


async def all_records(broker: Broker) -> list[tuple[str, int, bytes, bytes, list[tuple[str, bytes]]]]:
    """Everything that is on the topics, in the order of each partition."""
    found = []
    async with (
        AIOKafkaConsumer(bootstrap_servers=broker.address) as consumer,
        AIOKafkaProducer(bootstrap_servers=broker.address, enable_idempotence=False) as producer,
    ):
        for topic in STREAMS:
            for number in sorted(await producer.partitions_for(topic)):
                place = TopicPartition(topic, number)
                consumer.assign([place])
                end = (await consumer.end_offsets([place]))[place]
                await consumer.seek_to_beginning(place)
                while await consumer.position(place) < end:
                    raw = await consumer.getone(place)
                    found.append((topic, number, raw.key, raw.value, list(raw.headers)))
    return found


async def put_back(broker: Broker, records: Sequence[tuple[str, int, bytes, bytes, list[tuple[str, bytes]]]]) -> None:
    """What a mirror of before has."""
    async with AIOKafkaProducer(bootstrap_servers=broker.address, enable_idempotence=False) as producer:
        for topic, number, key, value, headers in records:
            await producer.send_and_wait(topic, value, key=key, partition=number, headers=headers)


async def test_some_pairs_heal_by_themselves(stage: Stage, own_broker: Broker, tmp_path: Path) -> None:
    await assert_each_heals(FEW, stage, own_broker, tmp_path)


@pytest.mark.long
async def test_every_pair_heals_by_itself(stage: Stage, own_broker: Broker, tmp_path: Path) -> None:
    await assert_each_heals(MANY, stage, own_broker, tmp_path)
