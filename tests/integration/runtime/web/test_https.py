"""HTTPS of a process: handshakes that do not end, certificates that are exchanged, ends of connections, and who is
trusted.
"""

from __future__ import annotations

import asyncio
import json
import ssl
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from goldenthread.contracts.secret import Secret
from goldenthread.runtime.tokens.token_sources import StaticToken
from goldenthread.runtime.web import server_certificate
from goldenthread.runtime.web.client import http_client
from goldenthread.runtime.web.connection_limits import ConnectionLimits
from tests.support.asgi_server import serving
from tests.support.certificate_authority import CertificateAuthority
from tests.support.https_server import HttpsFiles

LONG, SHORT = ConnectionLimits(), ConnectionLimits(header_seconds=0.3)
GET = b"GET /scheme HTTP/1.1\r\nHost: a\r\n\r\n"
LARGE = 20_000_000


async def _scheme(request: Request) -> Response:
    return PlainTextResponse(request.url.scheme)


ROUTES = [Route("/scheme", _scheme), Route("/large", lambda _: PlainTextResponse("x" * LARGE))]


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> HttpsFiles:
    monkeypatch.setattr(server_certificate, "_READ_EVERY", 0.0)
    return HttpsFiles(tmp_path)


@asynccontextmanager
async def app(files: HttpsFiles, limits: ConnectionLimits = LONG) -> AsyncIterator[str]:
    async with serving(Starlette(routes=ROUTES), limits=limits, certificate=files.served()) as url:
        yield url


async def tcp(url: str) -> tuple[StreamReader, StreamWriter]:
    return await asyncio.open_connection("127.0.0.1", int(url.rpartition(":")[2]))


async def tls(url: str, context: ssl.SSLContext) -> tuple[StreamReader, StreamWriter]:
    return await asyncio.open_connection("127.0.0.1", int(url.rpartition(":")[2]), ssl=context)


def serial(writer: StreamWriter) -> int:
    return int(writer.get_extra_info("ssl_object").getpeercert()["serialNumber"], 16)


def client_hello() -> bytes:
    outgoing = ssl.MemoryBIO()
    hello = ssl.create_default_context().wrap_bio(ssl.MemoryBIO(), outgoing, server_hostname="a")
    with pytest.raises(ssl.SSLWantReadError):
        hello.do_handshake()
    return outgoing.read()


async def test_an_application_sees_https_and_a_newer_protocol_than_tls_1_1(files: HttpsFiles) -> None:
    async with app(files) as url, httpx.AsyncClient(verify=files.trusting()) as http:
        assert (await http.get(f"{url}/scheme")).text == "https"
        assert files.served().context().minimum_version is ssl.TLSVersion.TLSv1_2
        second = files.trusting()
        second.maximum_version = ssl.TLSVersion.TLSv1_2
        _, writer = await tls(url, second)
        assert writer.get_extra_info("ssl_object").version() == "TLSv1.2"
        writer.close()


@pytest.mark.parametrize("part", [0.0, 0.5, 1.0], ids=["nothing", "half a hello", "a hello and no more"])
async def test_a_handshake_that_does_not_end_is_ended(files: HttpsFiles, part: float) -> None:
    hello = client_hello()
    async with app(files, SHORT) as url:
        reader, writer = await tcp(url)
        writer.write(hello[: round(len(hello) * part)])
        with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
            await asyncio.wait_for(reader.readexactly(1_000_000), 5)
        writer.transport.abort()


async def test_a_handshake_that_comes_byte_by_byte_is_late_too(files: HttpsFiles) -> None:
    hello = client_hello()
    async with app(files, SHORT) as url:
        reader, writer = await tcp(url)
        ended = asyncio.create_task(reader.read())
        while not ended.done():
            writer.write(hello[:1])
            hello = hello[1:] or hello
            await asyncio.sleep(0.02)
        with suppress(ConnectionResetError):
            assert await ended == b""


async def test_handshakes_that_do_not_end_leave_room_for_others(files: HttpsFiles) -> None:
    async with app(files, ConnectionLimits(connections=20)) as url:
        silent = [await tcp(url) for _ in range(60)]
        async with httpx.AsyncClient(verify=files.trusting()) as http:
            assert (await http.get(f"{url}/scheme")).text == "https"
        for _, writer in silent:
            writer.transport.abort()


async def test_who_speaks_plain_http_is_told_what_this_port_speaks(files: HttpsFiles) -> None:
    async with app(files) as url:
        reader, writer = await tcp(url)
        writer.write(GET)
        head, _, body = (await asyncio.wait_for(reader.read(), 5)).partition(b"\r\n\r\n")
        # an alert of TLS may stand before it
        assert b"HTTP/1.1 400 Bad Request" in head
        assert "https://" in json.loads(body)["errors"][0]["message"]
        writer.close()


async def test_noise_after_the_handshake_ends_the_connection(files: HttpsFiles) -> None:
    async with app(files) as url:
        reader, writer = await tls(url, files.trusting())
        raw = writer.transport._ssl_protocol._transport  # type: ignore[attr-defined]
        raw.write(b"\x17\x03\x03\x00\x20" + b"x" * 32)
        with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
            await asyncio.wait_for(reader.readexactly(1), 5)
        writer.transport.abort()


async def test_who_reads_a_large_answer_slowly_has_all_of_it_and_is_told_its_end(files: HttpsFiles) -> None:
    """Also where the connection is closed behind the answer."""
    request = b"GET /large HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
    async with app(files) as url:
        reader, writer = await tls(url, files.trusting())
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        await asyncio.sleep(0.5)
        body = await asyncio.wait_for(reader.read(), 20)
        assert (b"200 OK" in head, len(body)) == (True, LARGE)
        writer.close()


async def test_a_new_certificate_is_for_new_connections(files: HttpsFiles) -> None:
    async with app(files) as url:
        reader, writer = await tls(url, files.trusting())
        before, renewed = serial(writer), files.renew()
        _, other = await tls(url, files.trusting())
        assert (serial(other), before != renewed) == (renewed, True)
        writer.write(GET)
        assert b"200 OK" in await asyncio.wait_for(reader.readuntil(b"https"), 5)
        for each in (writer, other):
            each.close()


async def test_a_half_written_renewal_keeps_the_certificate_before(
    files: HttpsFiles, caplog: pytest.LogCaptureFixture
) -> None:
    async with app(files) as url:
        _, writer = await tls(url, files.trusting())
        before = serial(writer)
        pair = files.authority.issue("server")
        for content, said in ((pair.certificate, "is not the one of the certificate"), (b"", "holds no certificate")):
            files.certificate.write_bytes(content)
            _, other = await tls(url, files.trusting())
            assert serial(other) == before
            other.close()
            assert any(str(files.certificate) in line and said in line for line in caplog.messages)
        pair.write(files.certificate, files.key)
        _, other = await tls(url, files.trusting())
        assert serial(other) == pair.serial
        for each in (writer, other):
            each.close()


async def test_a_certificate_that_expires_soon_or_has_is_logged(
    files: HttpsFiles, caplog: pytest.LogCaptureFixture
) -> None:
    async with app(files):
        assert any("expires at" in line for line in caplog.messages)
    files.renew(-10)
    files.served()
    assert any(f"the certificate in {files.certificate} expired at" in line for line in caplog.messages)


def own(authorities: Path | None) -> Any:
    return http_client(StaticToken(Secret("own")), None if authorities is None else str(authorities))


async def test_other_processes_are_trusted_by_the_authorities_in_the_file(files: HttpsFiles, tmp_path: Path) -> None:
    other = tmp_path / "other.crt"
    other.write_bytes(CertificateAuthority("another").pem)
    async with app(files) as url:
        async with own(files.authorities) as client:
            assert (await client.get(f"{url}/scheme")).text == "https"
            with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
                await client.get(f"{url.replace('127.0.0.1', 'localhost')}/scheme")
        for untrusted in (other, None):
            async with own(untrusted) as client:
                with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
                    await client.get(f"{url}/scheme")


async def test_authorities_are_read_again_for_new_connections(
    files: HttpsFiles, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("goldenthread.runtime.web.trusted_authorities._READ_EVERY", 0.0)
    file = tmp_path / "trusted.crt"
    file.write_bytes(CertificateAuthority("another").pem)
    async with app(files) as url, own(file) as client:
        with pytest.raises(httpx.ConnectError):
            await client.get(f"{url}/scheme")
        file.write_bytes(files.authority.pem)

        async def trusted() -> bool:
            answer: httpx.Response = await client.get(f"{url}/scheme", headers={"Connection": "close"})
            return answer.status_code == 200

        assert await trusted()
        file.write_bytes(b"half a file")
        assert await trusted(), "the authorities before are used"
        file.write_bytes(CertificateAuthority("another").pem)
        with pytest.raises(httpx.ConnectError):
            await trusted()


async def test_an_authority_file_that_was_never_right_is_named(tmp_path: Path, files: HttpsFiles) -> None:
    async with app(files) as url, own(tmp_path / "missing.crt") as client:
        with pytest.raises(httpx.ConnectError, match=r"missing\.crt cannot be read"):
            await client.get(f"{url}/scheme")
