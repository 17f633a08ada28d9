"""HTTPS between the processes: whatever is wrong with a certificate is named with its file, its host, its variable."""

from __future__ import annotations

import asyncio
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from goldenthread.cli.doctor.deployment.findings import FindingState
from tests.integration.doctor.conftest import Deployment
from tests.support.certificate_authority import CertificateAuthority
from tests.support.https_server import HttpsFiles

_DAY = 86_400


@pytest.fixture
def files(tmp_path: Path) -> HttpsFiles:
    return HttpsFiles(tmp_path)


@asynccontextmanager
async def behind_tls(url: str, files: HttpsFiles) -> AsyncIterator[str]:
    """The same by HTTPS."""
    to = urlsplit(url)

    async def pump(reader: StreamReader, writer: StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(65_536):
                writer.write(data)
        writer.close()

    async def forward(reader: StreamReader, writer: StreamWriter) -> None:
        inner, out = await asyncio.open_connection(to.hostname, to.port)
        await asyncio.gather(pump(reader, out), pump(inner, writer))

    server = await asyncio.start_server(forward, "127.0.0.1", 0, ssl=files.served().context())
    try:
        yield f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()


async def test_a_neighbour_is_trusted_by_the_authority_in_the_file(deployment: Deployment, files: HttpsFiles) -> None:
    async with behind_tls(deployment.services.urls["goals"], files) as url:
        found = await deployment.diagnosed("alignment", GOALS_URL=url, HTTP_CA_FILE=str(files.authorities))
        assert found.problems == {}
        assert found.states["goals"] is FindingState.FINE
        assert found.states["https authorities"] is FindingState.FINE
        unknown = await deployment.diagnosed("alignment", GOALS_URL=url)
        assert "of an authority that is not known here" in unknown.problems["goals"]
        assert "GOLDENTHREAD_HTTP_CA_FILE" in unknown.problems["goals"]


async def test_a_neighbour_whose_certificate_does_not_name_it(deployment: Deployment, files: HttpsFiles) -> None:
    files.renew(host="goals.example")
    async with behind_tls(deployment.services.urls["goals"], files) as url:
        found = await deployment.diagnosed("alignment", GOALS_URL=url, HTTP_CA_FILE=str(files.authorities))
    said = found.problems["goals"]
    assert "its certificate is refused: IP address mismatch" in said
    assert "whether GOLDENTHREAD_GOALS_URL names the host as the certificate does" in said


async def test_a_neighbour_that_speaks_http_is_no_neighbour_by_https(deployment: Deployment, files: HttpsFiles) -> None:
    url = deployment.services.urls["goals"].replace("http:", "https:")
    found = await deployment.diagnosed("alignment", GOALS_URL=url, HTTP_CA_FILE=str(files.authorities))
    assert "there is no TLS with it" in found.problems["goals"]


async def test_the_own_certificate_is_examined(deployment: Deployment, files: HttpsFiles) -> None:
    told = {"HTTP_CERTIFICATE_FILE": str(files.certificate), "HTTP_KEY_FILE": str(files.key)}
    files.renew(30 * _DAY)
    found = await deployment.diagnosed("goals", **told)
    (said,) = found.of("https certificate")
    assert (said.state, said.says) == (FindingState.FINE, f"the one in {files.certificate} expires in 29 days")
    files.renew(6 * _DAY)
    (said,) = (await deployment.diagnosed("goals", **told)).of("https certificate")
    assert (said.state, said.says) == (FindingState.WARNING, f"the one in {files.certificate} expires in 5 days")
    files.renew(-60)
    problem = (await deployment.diagnosed("goals", **told)).problems["https certificate"]
    assert f"the certificate in {files.certificate} expired at 2" in problem
    assert "GOLDENTHREAD_HTTP_CERTIFICATE_FILE" in problem
    CertificateAuthority("another").issue("x").write(files.certificate.with_name("x.crt"), files.key)
    problem = (await deployment.diagnosed("goals", **told)).problems["https certificate"]
    assert problem.startswith(f"the key in {files.key} is not the one of the certificate in {files.certificate} → see")
    files.key.unlink()
    problem = (await deployment.diagnosed("goals", **told)).problems["https certificate"]
    assert problem.startswith(f"{files.key} cannot be read: No such file or directory → see ")


async def test_authorities_that_cannot_be_read_are_named(deployment: Deployment, tmp_path: Path) -> None:
    found = await deployment.diagnosed("alignment", HTTP_CA_FILE=str(tmp_path / "none.crt"))
    assert found.problems["https authorities"].startswith(f"{tmp_path / 'none.crt'} cannot be read")
