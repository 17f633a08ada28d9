"""Certificates for Kafka: whatever is wrong with them is named with its file and its variable."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from goldenthread.cli.doctor.deployment.findings import FindingState
from tests.integration.doctor.conftest import Deployment, Diagnosis
from tests.support.certificate_authority import HOST, CertificateAuthority
from tests.support.kafka_wire import KafkaWire

_DAY = 86_400


class Stage:
    """A broker behind TLS that wants certificates of `authority`, and the files of a process."""

    def __init__(self, deployment: Deployment, folder: Path) -> None:
        self._deployment, self._folder = deployment, folder
        self.authority, self.other = CertificateAuthority("ours"), CertificateAuthority("another")
        self.ca, self.certificate, self.key = (folder / name for name in ("ca.crt", "user.crt", "user.key"))
        self.ca.write_bytes(self.authority.pem)
        self.show()

    def show(self, seconds: float = 30 * _DAY, authority: CertificateAuthority | None = None) -> None:
        (authority or self.authority).issue("goals", seconds).write(self.certificate, self.key)

    @asynccontextmanager
    async def broker(self) -> AsyncIterator[KafkaWire]:
        files = self._folder / "broker.crt", self._folder / "broker.key"
        self.authority.issue("broker", host=HOST).write(*files)
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cadata=self.authority.pem.decode())
        context.load_cert_chain(*files)
        context.verify_mode = ssl.CERT_REQUIRED
        async with KafkaWire(self._deployment.broker.port, context) as wire:
            yield wire

    async def diagnosed(self, **changed: str | None) -> Diagnosis:
        async with self.broker() as wire:
            told: dict[str, str | None] = {
                "KAFKA": wire.address,
                "KAFKA_SECURITY_PROTOCOL": "SSL",
                "KAFKA_CA_FILE": str(self.ca),
                "KAFKA_CERTIFICATE_FILE": str(self.certificate),
                "KAFKA_KEY_FILE": str(self.key),
            }
            return await self._deployment.diagnosed("goals", **(told | changed))


@pytest.fixture
def stage(deployment: Deployment, tmp_path: Path) -> Stage:
    return Stage(deployment, tmp_path)


async def test_certificates_that_fit_are_fine(stage: Stage) -> None:
    found = await stage.diagnosed()
    assert found.problems == {}
    (told,) = found.of("kafka certificate")
    assert told.state is FindingState.FINE
    assert told.says == f"the one in {stage.certificate} expires in 29 days"
    assert any("TLS" in each.says for each in found.of("kafka"))


async def test_a_certificate_that_expires_soon_is_a_warning(stage: Stage) -> None:
    stage.show(6 * _DAY)
    found = await stage.diagnosed()
    assert found.problems == {}
    (told,) = found.of("kafka certificate")
    assert (told.state, told.says) == (FindingState.WARNING, f"the one in {stage.certificate} expires in 5 days")


async def test_an_expired_certificate_is_named(stage: Stage) -> None:
    stage.show(-60)
    said = (await stage.diagnosed()).problems["kafka certificate"]
    assert f"the certificate in {stage.certificate} expired at 2" in said
    assert "GOLDENTHREAD_KAFKA_CERTIFICATE_FILE" in said


async def test_a_certificate_that_is_missing_is_named(stage: Stage) -> None:
    stage.certificate.unlink()
    said = (await stage.diagnosed()).problems["kafka certificate"]
    assert said.startswith(f"{stage.certificate} cannot be read: No such file or directory → see ")


async def test_a_key_of_another_certificate_is_named(stage: Stage) -> None:
    stage.authority.issue("another").write(stage.certificate.with_name("x.crt"), stage.key)
    said = (await stage.diagnosed()).problems["kafka certificate"]
    assert said.startswith(f"the key in {stage.key} is not the one of the certificate in {stage.certificate} → see ")


async def test_a_broker_of_an_authority_that_is_not_trusted_is_named(stage: Stage) -> None:
    stage.ca.write_bytes(stage.other.pem)
    said = (await stage.diagnosed()).problems["kafka"]
    assert "the certificate of the broker 127.0.0.1 is refused" in said
    assert f"GOLDENTHREAD_KAFKA_CA_FILE ({stage.ca}) is to hold the authority that signed it" in said


async def test_a_certificate_that_the_broker_refuses_is_named(stage: Stage) -> None:
    stage.show(authority=stage.other)
    said = (await stage.diagnosed()).problems["kafka"]
    assert "GOLDENTHREAD_KAFKA_CERTIFICATE_FILE" in said or "GOLDENTHREAD_KAFKA_SECURITY_PROTOCOL" in said


async def test_a_missing_certificate_names_both_settings(stage: Stage) -> None:
    said = (await stage.diagnosed(KAFKA_CERTIFICATE_FILE=None, KAFKA_KEY_FILE=None)).problems["kafka"]
    assert "GOLDENTHREAD_KAFKA_CERTIFICATE_FILE" in said or "GOLDENTHREAD_KAFKA_SECURITY_PROTOCOL" in said
