"""What is rendered runs: the containers of an overlay, with their commands and variables, on real servers.

Addresses are changed to those of the servers and ports to free ones; nothing else.
"""

from __future__ import annotations

import asyncio
import signal
import warnings
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest

from goldenthread.launcher.broker import Broker
from goldenthread.launcher.issuer import Issuer
from goldenthread.launcher.issuer_server import IssuerServer
from goldenthread.launcher.ports import free_port, free_ports
from goldenthread.launcher.postgres import Postgres
from goldenthread.launcher.topology import DATABASES, PROCESSES
from goldenthread.runtime import health
from goldenthread.runtime.settings import SERVICE_CLAIM
from tests.deploy import containers, kustomize
from tests.deploy.manifests import Container, Render, at
from tests.deploy.quantities import MIB, bytes_of
from tests.deploy.running import Running, running, setting, variables
from tests.support.process import megabytes
from tests.support.serving import eventually
from tests.support.token_server import TokenServer

EMBEDDED_BROKER = {
    setting("kafka_idempotent"): "false",
    setting("kafka_fetch_wait_ms"): "10",
    setting("kafka_session_timeout_ms"): "3000",
}
"""What the embedded broker cannot do, or needs."""


class Servers(NamedTuple):
    """What the containers connect to."""

    postgres: Postgres
    broker: Broker
    tokens: Mapping[str, TokenServer]
    """The issuer as each process sees it: it gives tokens to that one's client."""
    ports: Mapping[str, Mapping[str, int]]
    """Where each process listens, by the names of its container's ports."""


@pytest.fixture(scope="session")
def overlay() -> Render:
    return kustomize.rendered("overlays/local")


@pytest.fixture(scope="session")
async def servers(room: Path, postgres: Postgres, broker: Broker, overlay: Render) -> AsyncIterator[Servers]:
    if not containers.isolates():
        warnings.warn("no mount namespaces here: that containers write to /tmp alone is not seen", stacklevel=1)
    identifier = variables(running(overlay)[0].container, overlay)[setting("issuer")].text
    port = free_port()
    issuer = Issuer.load(room, identifier, url=f"http://127.0.0.1:{port}")
    keys = IssuerServer(issuer, port)
    await keys.start()
    async with AsyncExitStack() as stack:
        stack.push_async_callback(keys.stop)
        tokens = {process.name: TokenServer(issuer, process.client, seconds=3600) for process in PROCESSES}
        for server in tokens.values():
            await stack.enter_async_context(server.running())
        found = free_ports(2 * len(PROCESSES))
        ports = {process.name: {"http": found.pop(), "internal": found.pop()} for process in PROCESSES}
        yield Servers(postgres, broker, tokens, ports)


def told(container: Container, name: str, overlay: Render, servers: Servers, folder: Path) -> dict[str, str]:
    """What the container of the process `name` is told, with the servers of this machine in place of the cluster's."""
    given = {
        key: each.text
        for key, each in variables(container, overlay).items()
        if not (each.secret and each.secret.optional)
    }
    here = {
        setting("database_url"): servers.postgres.url(name).reveal(),
        setting("kafka"): servers.broker.address,
        setting("http_port"): str(servers.ports[name]["http"]),
        setting("internal_port"): str(servers.ports[name]["internal"]),
        setting("service_client_secret_file"): str(folder / "client-secret"),
        **{setting(f"{other}_url"): f"http://127.0.0.1:{ports['http']}" for other, ports in servers.ports.items()},
    }
    changed = {key: here.get(key, text) for key, text in given.items()}
    if setting("issuer") in given:
        # Its name stays; its documents are read here, and its clients stand in the claim that ours has them in.
        changed |= {setting("issuer_url"): servers.tokens[name].url, setting("service_claim"): SERVICE_CLAIM}
    if isinstance(servers.broker, Broker) and setting("kafka") in given:
        changed |= EMBEDDED_BROKER
    return changed


def ending(overlay: Render) -> dict[str, Container]:
    """The containers that run first, or once, by their commands."""
    return {" ".join(each.command): each for each in overlay.containers() if each.command[:1] == ["goldenthread"]}


async def run_what_ends(overlay: Render, servers: Servers, folder: Path) -> None:
    """The topics and the schemas are made; each command ends with 0."""

    async def one(number: int, container: Container) -> None:
        place = folder / str(number)
        name = next(iter(container.command[2:]), PROCESSES[0].name)
        async with containers.run(container, told(container, name, overlay, servers, place), place) as run:
            assert await run.ended(60) == 0, run.output()

    found = ending(overlay)
    assert set(found) == {"goldenthread topics", *(f"goldenthread migrate {name}" for name in DATABASES)}
    await asyncio.gather(*(one(number, container) for number, container in enumerate(found.values())))


@asynccontextmanager
async def all_running(overlay: Render, servers: Servers, folder: Path) -> AsyncIterator[dict[Running, containers.Run]]:
    """The four processes."""
    async with AsyncExitStack() as stack:
        started = {}
        for found in running(overlay):
            name = found.process.name
            place = folder / name
            place.mkdir()
            (place / "client-secret").write_text(servers.tokens[name].secret)
            variables_ = told(found.container, name, overlay, servers, place)
            started[found] = await stack.enter_async_context(containers.run(found.container, variables_, place))
        yield started


async def answer(found: Running, probe: str, servers: Servers) -> httpx.Response | None:
    """What a process answers to a probe of its container, if it does."""
    asked = found.container.body[probe]["httpGet"]
    url = f"http://127.0.0.1:{servers.ports[found.process.name][asked['port']]}{asked['path']}"
    async with httpx.AsyncClient(timeout=10) as http:
        try:
            return await http.get(url)
        except httpx.TransportError:
            return None


async def test_the_processes_run_as_they_are_rendered(overlay: Render, servers: Servers, tmp_path: Path) -> None:
    """Each waits for its schema, answers its probes, gets on with the others and its servers, and ends in time with 0.
    What ends by itself does nothing the second time.
    """
    async with all_running(overlay, servers, tmp_path) as started:
        await asyncio.gather(*(waits(found, run, servers) for found, run in started.items() if found.process.database))
        await run_what_ends(overlay, servers, tmp_path / "first")
        await asyncio.gather(*(serves(found, run, servers) for found, run in started.items()))
        await run_what_ends(overlay, servers, tmp_path / "again")
        for found, run in started.items():
            limit = bytes_of(at(found.container.body, "resources", "limits", "memory"))
            assert megabytes(run.process.pid) * MIB < limit, found
        await asyncio.gather(*(ends(found, run) for found, run in started.items()))


async def waits(found: Running, run: containers.Run, servers: Servers) -> None:
    """It is live and not ready, and runs."""
    await becomes(found, run, servers, "startupProbe", 200)
    await becomes(found, run, servers, "livenessProbe", 200)
    await becomes(found, run, servers, "readinessProbe", 503)


async def serves(found: Running, run: containers.Run, servers: Servers) -> None:
    """It is live, ready and in want of nothing, on its internal port; of which nothing is on the public one."""
    for probe in ("readinessProbe", "startupProbe", "livenessProbe"):
        await becomes(found, run, servers, probe, 200)
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{servers.ports[found.process.name]['http']}") as http:
        for path in health.PATHS:
            assert (await http.get(path)).status_code == 404, f"{found}: {path} on the public port"


async def becomes(found: Running, run: containers.Run, servers: Servers, probe: str, code: int) -> None:
    """A probe is answered so, with nothing missing, within what the startup probe gives it."""

    async def is_so() -> bool:
        assert run.process.returncode is None, run.output()
        given = await answer(found, probe, servers)
        return given is not None and given.status_code == code and "degraded" not in given.json()

    patience = found.container.body["startupProbe"]
    try:
        await eventually(is_so, patience["failureThreshold"] * patience["periodSeconds"])
    except AssertionError as error:
        given = await answer(found, probe, servers)
        said = given.text if given is not None else "nothing"
        raise AssertionError(f"{found}: {probe} answers {said}, not {code}:\n{run.output()}") from error


async def ends(found: Running, run: containers.Run) -> None:
    """Told to, it ends with 0 before Kubernetes would kill it."""
    grace = found.container.pod.spec["terminationGracePeriodSeconds"]
    pause = at(found.container.body, "lifecycle", "preStop", "sleep", "seconds")
    run.process.send_signal(signal.SIGTERM)
    assert await run.ended(grace - pause) == 0, f"{found}: {run.output()}"
