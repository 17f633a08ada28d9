"""The certificates of a client: read again for every connection, on both event loops, and explained when refused."""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path

import pytest
import uvloop

from goldenthread.runtime.configuration.certificates import CertificateFiles, CertificateProblem
from goldenthread.runtime.kafka.tls import ReloadingContext
from goldenthread.runtime.observability.failures import is_away, is_misconfigured
from tests.support.asgi_server import eventually
from tests.support.certificate_authority import CertificateAuthority

HOST = "127.0.0.1"
LOOPS: dict[str, Callable[[], asyncio.AbstractEventLoop]] = {
    "asyncio": asyncio.new_event_loop,
    "uvloop": uvloop.new_event_loop,
}


class Stage:
    """Two authorities, of which the first vouches for everybody, and the files of a client."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.authority, self.other = CertificateAuthority("the first"), CertificateAuthority("another")
        self.ca, self.certificate, self.key = (folder / name for name in ("ca.crt", "user.crt", "user.key"))
        self.ca.write_bytes(self.authority.pem)
        self.show()
        self.seen = list[int]()
        """The serial numbers of the certificates that the server was shown."""

    @property
    def files(self) -> CertificateFiles:
        return CertificateFiles(*(str(file) for file in (self.ca, self.certificate, self.key)))

    def show(self, seconds: float = 3_600, authority: CertificateAuthority | None = None) -> int:
        """The client's files are exchanged; the new serial number."""
        pair = (authority or self.authority).issue("goldenthread-goals", seconds)
        pair.write(self.certificate, self.key)
        return pair.serial

    def _context(self, authority: CertificateAuthority, host: str) -> ssl.SSLContext:
        pair = authority.issue("broker", host=host)
        files = self.folder / "broker.crt", self.folder / "broker.key"
        pair.write(*files)
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cadata=self.authority.pem.decode())
        context.load_cert_chain(*files)
        context.verify_mode = ssl.CERT_REQUIRED
        return context

    @contextmanager
    def outspoken_server(self) -> Iterator[int]:
        """A server that tells a client why it refuses its certificate, which asyncio's does not; its port."""
        context = self._context(self.authority, HOST)
        with socket.create_server((HOST, 0)) as listening:

            def refuse() -> None:
                with suppress(OSError):
                    while True:
                        accepted, _ = listening.accept()
                        with accepted, suppress(ssl.SSLError):
                            context.wrap_socket(accepted, server_side=True)

            thread = threading.Thread(target=refuse, daemon=True)
            thread.start()
            yield listening.getsockname()[1]
            listening.shutdown(socket.SHUT_RDWR)
            thread.join(10)

    @asynccontextmanager
    async def server(self, authority: CertificateAuthority | None = None, host: str = HOST) -> AsyncIterator[int]:
        """A server that wants a certificate, and says a line to whoever has one; its port."""
        context = self._context(authority or self.authority, host)

        async def hello(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            self.seen.append(int(writer.get_extra_info("peercert")["serialNumber"], 16))
            writer.write(b"hello\n")
            writer.close()

        server = await asyncio.start_server(hello, HOST, 0, ssl=context)
        async with server:
            yield server.sockets[0].getsockname()[1]


async def greeted(context: ssl.SSLContext, port: int) -> bytes:
    """What a server says to a connection that begins now."""
    async with asyncio.timeout(10):
        reader, writer = await asyncio.open_connection(HOST, port, ssl=context)
        try:
            return await reader.readline()
        finally:
            writer.close()


async def refused(context: ssl.SSLContext, port: int) -> str:
    with pytest.raises(CertificateProblem) as found:
        await greeted(context, port)
    return str(found.value)


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path)


@pytest.fixture(params=LOOPS)
def run(request: pytest.FixtureRequest) -> Iterator[asyncio.Runner]:
    with asyncio.Runner(loop_factory=LOOPS[request.param]) as runner:
        yield runner


def test_a_connection_shows_the_certificate_that_is_in_the_files_when_it_begins(
    stage: Stage, run: asyncio.Runner
) -> None:
    async def story() -> None:
        shown = [stage.show()]
        context = ReloadingContext(stage.files)
        async with stage.server() as port:
            assert await greeted(context, port) == b"hello\n"
            shown.append(stage.show())
            assert await greeted(context, port) == b"hello\n"
            shown.append(shown[-1])
            assert await greeted(context, port) == b"hello\n"
        assert stage.seen == shown

    run.run(story())


def test_a_certificate_that_has_expired_meanwhile_is_named_until_there_is_another(
    stage: Stage, run: asyncio.Runner, caplog: pytest.LogCaptureFixture
) -> None:
    async def story() -> None:
        async with stage.server() as port:
            context = await greeted_in_time(stage, port)
            await eventually(lambda: _fails(context, port))
            assert context.problem is not None
            assert f"the certificate in {stage.certificate} expired at 2" in context.problem
            assert f"the certificate in {stage.certificate} expired at 2" in caplog.text
            stage.show()
            assert await greeted(context, port) == b"hello\n"

    run.run(story())


async def greeted_in_time(stage: Stage, port: int) -> ReloadingContext:
    """A client that is let in, and whose certificate expires soon: the sooner, the less busy this machine is."""
    for seconds in (2, 5, 20):
        stage.show(seconds=seconds)
        with suppress(CertificateProblem):
            context = ReloadingContext(stage.files)
            assert await greeted(context, port) == b"hello\n"
            return context
    raise AssertionError("it takes longer than all of these to connect")


async def _fails(context: ssl.SSLContext, port: int) -> bool:
    try:
        await greeted(context, port)
    except CertificateProblem:
        return True
    return False


def test_half_of_an_exchange_is_not_used(stage: Stage, run: asyncio.Runner, caplog: pytest.LogCaptureFixture) -> None:
    async def story() -> None:
        first = stage.show()
        context = ReloadingContext(stage.files)
        pair = stage.authority.issue("goldenthread-goals")
        stage.certificate.write_bytes(pair.certificate)  # the key follows
        async with stage.server() as port:
            assert await greeted(context, port) == b"hello\n"
            stage.key.unlink()
            assert await greeted(context, port) == b"hello\n"
            stage.key.write_bytes(pair.key)
            assert await greeted(context, port) == b"hello\n"
        assert stage.seen == [first, first, pair.serial]
        assert f"the key in {stage.key} is not the one of the certificate in {stage.certificate}" in caplog.text
        assert f"{stage.key} cannot be read" in caplog.text

    run.run(story())


def test_a_broker_of_an_authority_that_is_not_trusted_is_refused_and_one_that_was_exchanged_is_trusted_no_more(
    stage: Stage, run: asyncio.Runner
) -> None:
    async def story() -> None:
        context = ReloadingContext(stage.files)
        async with stage.server(stage.other) as port:
            said = await refused(context, port)
            assert f"the certificate of the broker {HOST} is refused" in said
            assert f"GOLDENTHREAD_KAFKA_CA_FILE ({stage.ca}) is to hold the authority that signed it" in said
            stage.ca.write_bytes(stage.authority.pem + stage.other.pem)
            assert await greeted(context, port) == b"hello\n"
        stage.ca.write_bytes(stage.other.pem)
        async with stage.server(stage.authority) as port:
            assert f"the certificate of the broker {HOST} is refused" in await refused(context, port)

    run.run(story())


def test_a_broker_that_shows_the_certificate_of_another_host_is_refused(stage: Stage, run: asyncio.Runner) -> None:
    async def story() -> None:
        context = ReloadingContext(stage.files)
        async with stage.server(host="broker.example") as port:
            said = await refused(context, port)
        assert "GOLDENTHREAD_KAFKA is to name brokers as their certificates do" in said

    run.run(story())


def test_what_the_broker_has_against_our_certificate_is_said(
    stage: Stage, run: asyncio.Runner, caplog: pytest.LogCaptureFixture
) -> None:
    async def story() -> None:
        stage.show(authority=stage.other)
        context = ReloadingContext(stage.files)
        with stage.outspoken_server() as port:
            said = await refused(context, port)
            assert said == f"the broker {HOST} refuses the certificate in {stage.certificate}: unknown ca"
            assert context.problem == said
            without = await refused(ReloadingContext(CertificateFiles(str(stage.ca))), port)
        assert f"the broker {HOST} refuses a client without a certificate it knows" in without
        assert "GOLDENTHREAD_KAFKA_CERTIFICATE_FILE" in without

    run.run(story())


def test_one_problem_is_logged_once_a_minute(
    stage: Stage, run: asyncio.Runner, caplog: pytest.LogCaptureFixture
) -> None:
    async def story() -> None:
        context = ReloadingContext(stage.files)
        async with stage.server(stage.other) as port:
            for _ in range(5):
                await refused(context, port)

    with caplog.at_level(logging.WARNING):
        run.run(story())
    assert len([record for record in caplog.records if "is refused" in record.getMessage()]) == 1


def test_files_that_cannot_be_used_are_named_at_once(stage: Stage) -> None:
    def problem() -> str:
        with pytest.raises(CertificateProblem) as found:
            ReloadingContext(stage.files)
        return str(found.value)

    another = stage.authority.issue("another")
    stage.key.write_bytes(another.key)
    assert problem() == f"the key in {stage.key} is not the one of the certificate in {stage.certificate}"
    stage.key.write_text("no key")
    assert problem().startswith(f"{stage.key} holds no key in PEM for the certificate in {stage.certificate}")
    stage.key.write_text("-----BEGIN ENCRYPTED PRIVATE KEY-----\nabc\n-----END ENCRYPTED PRIVATE KEY-----\n")
    assert problem().startswith(f"the key in {stage.key} is encrypted")
    stage.key.unlink()
    assert problem() == f"{stage.key} cannot be read: No such file or directory"
    stage.show(seconds=-10)
    assert problem().startswith(f"the certificate in {stage.certificate} expired at 2")
    stage.certificate.write_text("no certificate")
    assert problem() == f"{stage.certificate} holds no certificate in PEM, or a damaged one"
    stage.ca.write_text("")
    assert problem() == f"{stage.ca} holds no certificate in PEM, or a damaged one"


def test_files_that_cannot_be_used_are_a_mistake_of_the_set_up(stage: Stage) -> None:
    """So a process that starts says so, waits for somebody to mend it, and then ends with 2 (`runtime.starting`)."""
    stage.key.unlink()
    with pytest.raises(CertificateProblem) as found:
        ReloadingContext(stage.files)
    assert is_misconfigured(found.value)
    assert is_away(found.value)
