"""A subscription that is followed, and what is produced for it."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable, Collection, Mapping

from aiokafka import AIOKafkaProducer
from msgspec import structs

from goldenthread.contracts.envelope import encode_data, to_headers
from goldenthread.contracts.events import goals
from goldenthread.contracts.secret import Secret
from goldenthread.contracts.topics import GOALS as TOPIC
from goldenthread.launcher.broker import Broker
from goldenthread.runtime.configuration.settings import ProcessSettings
from goldenthread.runtime.kafka.clients import partition_of
from goldenthread.runtime.projection import ChangedHeads, DeadLetter, HeadsPage, Merge, Pace, Page, Projection
from tests.support.simulation.database import Database
from tests.support.simulation.faults import Faults
from tests.support.simulation.folding import ChainFold, State
from tests.support.simulation.streams import ALIGNMENT, Goals


class Unasked(Goals):
    """Its stream is on the broker, whole; whoever asks for it instead has found a hole that is not there."""

    async def events(self, organization: str, after: int, limit: int) -> Page:
        raise AssertionError("nothing is missing")

    async def heads(
        self,
        changed_since: str | None,
        named: Collection[str] = (),
        after: Mapping[str, int] | None = None,
        page: HeadsPage | None = None,
    ) -> ChangedHeads:
        raise AssertionError("nobody polls")


class Story:
    """goals on one side, a projection of it on the other, a broker between."""

    def __init__(self, broker: Broker) -> None:
        faults = Faults(random.Random(0), calm=True)
        self.goals = Unasked(("org_ash", "org_birch", "org_oak"), faults)
        self.database = Database(ALIGNMENT, faults, lambda event: None)
        self.settings = ProcessSettings(
            kafka=broker.address,
            issuer="",
            service_token=Secret(""),
            kafka_fetch_wait_ms=10,
            kafka_session_timeout_ms=3_000,
        )
        self.projection: Projection[State] = Projection(
            fold=ChainFold(1),
            store=self.database,
            merge=Merge(goals.SOURCE),
            upstreams={goals.SOURCE: self.goals},
            report=self._report,
            partition_of=partition_of,
            pace=Pace(),
        )

    async def _report(self, notice: DeadLetter) -> None:
        raise AssertionError(notice)

    async def write(self, producer: AIOKafkaProducer, count: int) -> None:
        for name in self.goals.streams:
            for event in self.goals.write(name, count):
                event = structs.replace(event, source=goals.SOURCE, data={})
                where = {"key": event.organization.encode(), "headers": to_headers(event)}
                await producer.send_and_wait(TOPIC, encode_data(event.data), **where)

    def there(self) -> bool:
        at = {name: row.checkpoint.positions[goals.SOURCE] for name, row in self.database.rows.items()}
        return at == {name: stream.head for name, stream in self.goals.streams.items()}


async def produce(broker: Broker, write: Callable[[AIOKafkaProducer], Awaitable[None]]) -> None:
    async with AIOKafkaProducer(bootstrap_servers=broker.address, enable_idempotence=False) as producer:
        await write(producer)
