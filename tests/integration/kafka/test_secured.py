"""Our clients at an Apache Kafka that wants certificates, or tokens: both are exchanged while the clients run."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaConnectionError
from faststream import AckPolicy
from faststream.kafka import KafkaBroker

from goldenthread.contracts.secret import Secret
from goldenthread.launcher.issuer import Issuer
from goldenthread.runtime.configuration.certificates import CertificateProblem
from goldenthread.runtime.configuration.settings import ProcessSettings
from goldenthread.runtime.consumer.faststream_broker import make_broker
from goldenthread.runtime.kafka import clients as kafka
from goldenthread.runtime.kafka.clients import make_producer
from goldenthread.runtime.process.process_tokens import process_tokens
from goldenthread.runtime.tokens.token_sources import TokenSource
from tests.support.apache_kafka.secured import SecuredKafka
from tests.support.asgi_server import eventually
from tests.support.certificate_authority import CertificateAuthority
from tests.support.token_server import TokenServer

pytestmark = pytest.mark.kafka
_PATIENCE = 240.0


@pytest.fixture
async def topic(secured: SecuredKafka) -> str:
    admin, name = AIOKafkaAdminClient(bootstrap_servers=secured.address), f"test.{uuid.uuid4().hex}"
    await admin.start()
    try:
        await admin.create_topics([NewTopic(name, 1, 1)])
    finally:
        await admin.close()
    return name


class Client:
    """A producer and two consumers of ours: aiokafka's and FastStream's."""

    def __init__(self, settings: ProcessSettings, topic: str, own: TokenSource | None = None) -> None:
        self.settings, self.topic, self.own = settings, topic, own
        self.heard: dict[str, list[bytes]] = {"aiokafka": [], "faststream": []}
        self.producer: AIOKafkaProducer = make_producer(settings, "secured", own)
        self._sent = 0

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        consumer = AIOKafkaConsumer(
            self.topic, **kafka.connection_options(self.settings, "secured", self.own), auto_offset_reset="earliest"
        )
        broker = make_broker(self.settings, "secured", self.own)
        self._subscribe(broker)
        # A client that hung here once kept the whole suite waiting.
        async with asyncio.timeout(_PATIENCE), self.producer, consumer, broker:
            await broker.start()
            listening = asyncio.create_task(self._listen(consumer))
            try:
                yield
            finally:
                listening.cancel()
                await asyncio.wait([listening], timeout=10)  # the end of its consumer ends it in any case

    async def passes(self) -> None:
        """A record goes through the broker, and is heard by both."""
        value = b"%d" % self._sent
        self._sent += 1
        async with asyncio.timeout(60):
            await self.producer.send_and_wait(self.topic, value)
        await eventually(lambda: all(heard[-1:] == [value] for heard in self.heard.values()))

    def _subscribe(self, broker: KafkaBroker) -> None:
        # By default aiokafka commits offsets by itself, also when it is closed, and while the coordinator of the group
        # is away it then tries for ever. Our processes commit theirs themselves.
        @broker.subscriber(
            self.topic, group_id=f"group-{self.topic}", auto_offset_reset="earliest", ack_policy=AckPolicy.ACK
        )
        async def hear(number: int) -> None:
            self.heard["faststream"].append(b"%d" % number)

    async def _listen(self, consumer: AIOKafkaConsumer) -> None:
        async for record in consumer:
            self.heard["aiokafka"].append(record.value)


class Files:
    """The three files of a client, as a volume has them."""

    def __init__(self, folder: Path, authority: CertificateAuthority) -> None:
        self.ca, self.certificate, self.key = (folder / name for name in ("ca.crt", "user.crt", "user.key"))
        self.ca.write_bytes(authority.pem)

    def settings(self, address: str) -> ProcessSettings:
        return ProcessSettings(
            kafka=address,
            kafka_idempotent=True,
            kafka_security_protocol="SSL",
            kafka_ca_file=str(self.ca),
            kafka_certificate_file=str(self.certificate),
            kafka_key_file=str(self.key),
            issuer="http://nobody",
        )


@pytest.fixture
def files(tmp_path: Path, authority: CertificateAuthority) -> Files:
    return Files(tmp_path, authority)


async def test_a_certificate_lets_in_and_another_one_is_used_after_the_broker_was_restarted(
    secured: SecuredKafka, authority: CertificateAuthority, files: Files, topic: str
) -> None:
    authority.issue("goldenthread-goals").write(files.certificate, files.key)
    client = Client(files.settings(secured.certificates), topic)
    async with client.running():
        await client.passes()
        authority.issue("goldenthread-goals-renewed").write(files.certificate, files.key)
        await secured.restart()
        await client.passes()
    assert {"CN=goldenthread-goals", "CN=goldenthread-goals-renewed"} <= secured.users


async def test_a_client_whose_certificate_has_expired_goes_on_when_there_is_another(
    secured: SecuredKafka, authority: CertificateAuthority, files: Files, topic: str, caplog: pytest.LogCaptureFixture
) -> None:
    authority.issue("goldenthread-goals").write(files.certificate, files.key)
    client = Client(files.settings(secured.certificates), topic)
    async with client.running():
        await client.passes()
        short = authority.issue("goldenthread-goals", seconds=1)
        short.write(files.certificate, files.key)
        await eventually(lambda: short.expired)
        await secured.restart()
        await eventually(lambda: f"the certificate in {files.certificate} expired" in caplog.text)
        authority.issue("goldenthread-goals").write(files.certificate, files.key)
        await client.passes()


async def test_who_shows_none_or_one_of_another_authority_is_told_so(
    secured: SecuredKafka, authority: CertificateAuthority, files: Files
) -> None:
    async def problem(settings: ProcessSettings) -> str:
        with pytest.raises(CertificateProblem) as found:
            await kafka.broker_check(settings, "refused")()
        return str(found.value)

    stranger = CertificateAuthority("a stranger")
    stranger.issue("goldenthread-goals").write(files.certificate, files.key)
    host = secured.certificates.partition(":")[0]
    refused = await problem(files.settings(secured.certificates))
    assert refused.startswith(f"the broker {host} refuses the certificate in {files.certificate}: ")
    without = ProcessSettings(
        kafka=secured.certificates, kafka_security_protocol="SSL", kafka_ca_file=str(files.ca), issuer="http://nobody"
    )
    assert f"the broker {host} refuses a client without a certificate it knows" in await problem(without)
    authority.issue("goldenthread-goals").write(files.certificate, files.key)
    await kafka.broker_check(files.settings(secured.certificates), "let in")()
    files.ca.write_bytes(stranger.pem)
    untrusted = await problem(files.settings(secured.certificates))
    assert f"GOLDENTHREAD_KAFKA_CA_FILE ({files.ca}) is to hold the authority that signed it" in untrusted


async def test_tokens_let_in_for_longer_than_one_is_valid(
    secured: SecuredKafka, issuer: Issuer, files: Files, topic: str
) -> None:
    server = TokenServer(issuer, "goldenthread-goals", seconds=6, leeway=0)
    settings = ProcessSettings(
        kafka=secured.tokens,
        kafka_idempotent=True,
        kafka_security_protocol="SASL_SSL",
        kafka_sasl_mechanism="OAUTHBEARER",
        kafka_ca_file=str(files.ca),
        issuer=issuer.identifier,
        issuer_url=server.url,
        service_client_id=server.client,
        service_client_secret=Secret(server.secret),
    )
    async with server.running(), process_tokens(settings) as own:
        assert own.kafka is own.services
        client = Client(settings, topic, own.kafka)
        async with client.running():

            async def several_given() -> bool:
                await client.passes()
                return len(server.given) >= 6

            await eventually(several_given, 60)
            await client.passes()
    numbers = [b"%d" % number for number in range(len(client.heard["aiokafka"]))]
    assert {name: heard == numbers for name, heard in client.heard.items()} == {"aiokafka": True, "faststream": True}


async def test_a_broker_that_is_shown_no_token_of_its_issuer_lets_nobody_in(
    secured: SecuredKafka, files: Files
) -> None:
    settings = ProcessSettings(
        kafka=secured.tokens,
        kafka_security_protocol="SASL_SSL",
        kafka_sasl_mechanism="OAUTHBEARER",
        kafka_ca_file=str(files.ca),
        issuer="http://nobody",
        service_token=Secret("e30.e30.e30"),
    )
    async with process_tokens(settings) as own:
        with pytest.raises(KafkaConnectionError, match=r"the brokers refuse the token .*invalid_token"):
            await kafka.broker_check(settings, "refused", own=own.kafka)()
