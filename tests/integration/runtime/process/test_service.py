"""A process that is told to end finishes what it was asked, closes what it opened, and says how it ended."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from goldenthread.launcher.ports import free_port
from tests.support.asgi_server import eventually
from tests.support.https_server import HttpsFiles


@asynccontextmanager
async def child(port: int, *arguments: str, **variables: str) -> AsyncIterator[Process]:
    environment = os.environ | {
        "GOLDENTHREAD_KAFKA": "nowhere:1",
        "GOLDENTHREAD_ISSUER": "http://nowhere",
        "GOLDENTHREAD_SERVICE_TOKEN": "none",
        "GOLDENTHREAD_HTTP_PORT": str(port),
        **variables,
    }
    command = (sys.executable, "-m", "tests.integration.runtime.process.child", *arguments)
    process = await asyncio.create_subprocess_exec(*command, env=environment, stdin=PIPE, stdout=PIPE, stderr=PIPE)
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def told(process: Process, text: str) -> None:
    assert process.stdout is not None
    async with asyncio.timeout(60):
        while line := await process.stdout.readline():
            if line.decode().strip() == text:
                return
    raise AssertionError(f"it ended without saying {text!r}")


async def rest(process: Process) -> tuple[list[str], str, int | None]:
    async with asyncio.timeout(60):
        out, err = await process.communicate()
    return out.decode().split("\n")[:-1], err.decode(), process.returncode


@pytest.mark.parametrize("hows", [[signal.SIGTERM], [signal.SIGINT], [signal.SIGTERM, signal.SIGINT]])
async def test_a_request_in_flight_is_answered_and_everything_is_closed(hows: list[signal.Signals]) -> None:
    """However often it is told at once: a supervisor that is killed tells it for each of its threads."""
    port = free_port()
    async with child(port) as process, httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as http:
        await told(process, "built")
        await eventually(lambda: is_ready(http))
        asked = asyncio.create_task(http.get("/slow"))
        await told(process, "asked")
        for how in hows:
            process.send_signal(how)
        assert (await asked).text == "answered"
        said, _, code = await rest(process)
    assert said == ["work ends", "closing", "closed"]
    assert code == 0


async def test_a_process_that_is_still_starting_ends_too() -> None:
    async with child(free_port(), "stuck") as process:
        await told(process, "building")
        process.terminate()
        said, _, code = await rest(process)
    assert said == ["closing", "closed"]
    assert code == 0


async def test_what_cannot_be_closed_does_not_keep_the_process() -> None:
    port = free_port()
    async with child(port, "lingering") as process, httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as http:
        await told(process, "built")
        await eventually(lambda: is_ready(http))
        process.terminate()
        said, _, code = await rest(process)
    assert said == ["work ends", "closing"]
    assert code == 0


async def test_work_that_failed_ends_the_process_which_says_so() -> None:
    async with child(free_port(), "failing") as process:
        await told(process, "work ends")
        said, err, code = await rest(process)
    assert said == ["closing", "closed"]
    assert code == 1
    assert "this work failed" in err


@pytest.mark.parametrize("how", ["returning", "cancelled"])
async def test_work_that_ends_without_an_error_ends_the_process_too(how: str) -> None:
    async with child(free_port(), how) as process:
        await told(process, "work ends")
        said, err, code = await rest(process)
    assert said == ["closing", "closed"]
    assert code == 1
    assert '"CRITICAL"' in err


@pytest.mark.parametrize(
    ("how", "said_last", "why"),
    [("lingering", "closing", "this work failed"), ("stubborn", "closing", "could not be closed within 0.5 seconds")],
)
async def test_a_process_that_failed_and_cannot_be_closed_ends_soon_and_says_that_it_failed(
    how: str, said_last: str, why: str
) -> None:
    async with child(free_port(), "failing", how) as process:
        await told(process, "work ends")
        said, err, code = await rest(process)
    assert said[-1] == said_last
    assert code == 1
    assert why in err


async def test_what_is_the_operators_has_a_port_of_its_own_which_answers_until_the_end() -> None:
    port, internal = free_port(), free_port()
    async with (
        child(port, "held", GOLDENTHREAD_INTERNAL_PORT=str(internal)) as process,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as http,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{internal}") as inside,
    ):
        await told(process, "built")
        await eventually(lambda: is_ready(inside))
        await eventually(lambda: listens(port))
        paths = ["/live", "/ready", "/metrics"]
        assert [(await http.get(path)).status_code for path in paths] == [404, 404, 404]
        assert [(await inside.get(path)).status_code for path in paths] == [200, 200, 200]
        assert (await inside.get("/slow")).status_code == 404
        asked = asyncio.create_task(http.get("/slow"))
        await told(process, "asked")
        process.terminate()
        await eventually(lambda: refused(port))
        assert (await inside.get("/ready")).status_code == 200
        assert process.stdin is not None
        process.stdin.write(b"go on\n")
        assert (await asked).text == "answered"
        said, _, code = await rest(process)
    assert said == ["work ends", "closing", "closed"]
    assert code == 0


async def test_an_internal_port_that_is_taken_ends_the_process_which_closes_everything() -> None:
    taken = await asyncio.start_server(lambda reader, writer: writer.close(), "127.0.0.1", 0)
    async with taken:
        internal = taken.sockets[0].getsockname()[1]
        async with child(free_port(), GOLDENTHREAD_INTERNAL_PORT=str(internal)) as process:
            said, err, code = await rest(process)
    assert said == []
    assert "address already in use" in err
    assert code not in (0, None)


async def test_without_an_internal_port_everything_is_on_the_one() -> None:
    port = free_port()
    async with child(port) as process, httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as http:
        await told(process, "built")
        await eventually(lambda: is_ready(http))
        assert (await http.get("/ready")).status_code == 200


async def test_with_a_certificate_it_answers_https_and_http_on_the_internal_port_alone(tmp_path: Path) -> None:
    port, internal, files = free_port(), free_port(), HttpsFiles(tmp_path)
    given = {"HTTP_CERTIFICATE_FILE": files.certificate, "HTTP_KEY_FILE": files.key, "INTERNAL_PORT": internal}
    async with (
        child(port, **{f"GOLDENTHREAD_{name}": str(value) for name, value in given.items()}) as process,
        httpx.AsyncClient(base_url=f"https://127.0.0.1:{port}", verify=files.trusting()) as http,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{internal}") as inside,
    ):
        await told(process, "built")
        await eventually(lambda: is_ready(inside))
        await eventually(lambda: listens(port))
        assert (await inside.get("/live")).status_code == 200
        asked = asyncio.create_task(http.get("/slow"))
        await told(process, "asked")
        process.terminate()
        assert (await asked).text == "answered"
        said, _, code = await rest(process)
    assert (said, code) == (["work ends", "closing", "closed"], 0)


@pytest.mark.parametrize("wrong", ["HTTP_CERTIFICATE_FILE", "HTTP_KEY_FILE", "HTTP_CA_FILE"])
async def test_files_of_https_that_cannot_be_used_end_the_process_with_a_sentence(tmp_path: Path, wrong: str) -> None:
    files = HttpsFiles(tmp_path)
    given = {
        "HTTP_CERTIFICATE_FILE": files.certificate,
        "HTTP_KEY_FILE": files.key,
        "HTTP_CA_FILE": files.authorities,
        wrong: tmp_path / "missing.pem",
    }
    async with child(free_port(), **{f"GOLDENTHREAD_{name}": str(value) for name, value in given.items()}) as process:
        said, err, code = await rest(process)
    assert (said, code) == ([], 2)
    assert f"{tmp_path / 'missing.pem'} cannot be read: No such file or directory" in err


async def refused(port: int) -> bool:
    """Whether nobody listens there any more, for new connections."""
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return True
    writer.close()
    return False


async def listens(port: int) -> bool:
    return not await refused(port)


async def is_ready(http: httpx.AsyncClient) -> bool:
    """Whether it serves its application: until then it listens, and answers 503."""
    try:
        return (await http.get("/ready")).status_code == 200
    except httpx.ConnectError:
        return False
