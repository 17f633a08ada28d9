"""What a process says at once when it starts, whatever it waits for: that the issuer is away (again and again), and
that its certificate for Kafka cannot be used.
"""

from __future__ import annotations

from pathlib import Path

from goldenthread.contracts.secret import Secret
from goldenthread.launcher.broker import Broker
from goldenthread.launcher.issuer import Issuer
from goldenthread.launcher.issuer_server import IssuerServer
from goldenthread.launcher.ports import free_port
from tests.integration.launcher.running_process import Running, running
from tests.support.asgi_server import eventually
from tests.support.certificate_authority import CertificateAuthority
from tests.support.hanging_server import hanging_server


def said(process: Running, text: str) -> int:
    return sum(text in line for line in process.lines)


async def test_an_issuer_that_is_away_is_named_again_and_again_until_its_keys_are_read(
    database: Secret, broker: Broker, new_data_dir: Path
) -> None:
    port = free_port()
    issuer = Issuer.load(new_data_dir, f"http://127.0.0.1:{port}")
    named = f"the keys of the issuer {issuer.url} cannot be read: ConnectError"
    async with running("goals", issuer, database, broker.address, ISSUER_URL="") as goals:
        await goals.is_ready()
        await eventually(lambda: said(goals, named) >= 2, 60)
        assert said(goals, "see GOLDENTHREAD_ISSUER") >= 2
        assert not said(goals, "GOLDENTHREAD_ISSUER_URL")
        server = IssuerServer(issuer, port)
        await server.start()
        try:
            await eventually(lambda: said(goals, "the issuer's keys are read") == 1)
        finally:
            await server.stop()


async def test_an_issuer_that_never_answers_is_named_also_while_a_database_is_waited_for(issuer: Issuer) -> None:
    port = free_port()
    async with hanging_server(port), running("goals", issuer, ISSUER_URL=f"http://127.0.0.1:{port}") as goals:
        named = f"the keys of the issuer http://127.0.0.1:{port} cannot be read: TimeoutError"
        await eventually(lambda: said(goals, named) >= 1, 60)
        await goals.waits_for("database", "does not answer")
        assert said(goals, "see GOLDENTHREAD_ISSUER_URL")


async def test_nothing_is_said_of_an_issuer_that_answers(issuer: Issuer, database: Secret, broker: Broker) -> None:
    async with running("goals", issuer, database, broker.address) as goals:
        await goals.is_ready()
        answer = await goals.http.get("/v1/heads", headers={"Authorization": f"Bearer {issuer.service_token()}"})
        assert answer.status_code == 200
    assert not said(goals, "issuer")


async def test_a_certificate_that_has_expired_is_named_also_while_a_database_is_waited_for(
    issuer: Issuer, new_data_dir: Path
) -> None:
    authority, certificate, key = (new_data_dir / name for name in ("ca.crt", "user.crt", "user.key"))
    ours = CertificateAuthority("ours")
    authority.write_bytes(ours.pem)
    ours.issue("goals", seconds=-60).write(certificate, key)
    async with running(
        "goals",
        issuer,
        KAFKA_SECURITY_PROTOCOL="SSL",
        KAFKA_CA_FILE=str(authority),
        KAFKA_CERTIFICATE_FILE=str(certificate),
        KAFKA_KEY_FILE=str(key),
    ) as goals:
        await goals.waits_for("database", "does not answer")
        expired = f"TLS to Kafka: the certificate in {certificate} expired at 2"
        await eventually(lambda: said(goals, expired) >= 1)
        assert said(goals, expired) == 1
        assert said(goals, "GOLDENTHREAD_KAFKA_CERTIFICATE_FILE")
