"""What is rendered, started: the processes of an overlay, and what is asked of them until they end.

`run` starts one container: `containers.run` without an image, or as an image (`tests/image`).
"""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from pathlib import Path

import httpx

from goldenthread.launcher.topology import DATABASES, PROCESSES
from goldenthread.runtime.observability import health
from tests.deploy import containers
from tests.deploy.cluster import Cluster
from tests.deploy.manifests import Container, at
from tests.deploy.process_containers import Running, running

Started = Mapping[Running, containers.Run]
Runs = Callable[[Container, Mapping[str, str], Path], AbstractAsyncContextManager[containers.Run]]
_PAUSE = 0.2
"""Seconds between two questions: those who start are not to be kept from it."""


@asynccontextmanager
async def all_running(around: Cluster, folder: Path, run: Runs = containers.run) -> AsyncIterator[Started]:
    """The four processes."""
    async with AsyncExitStack() as stack:
        started = {}
        for found in running(around.render):
            name = found.process.name
            told = around.told(found.container, name, folder / name)
            started[found] = await stack.enter_async_context(run(found.container, told, folder / name))
        yield started


async def run_what_ends(around: Cluster, folder: Path, run: Runs = containers.run) -> None:
    """The schemas are made, and the topics where no operator makes them; each command ends with 0."""

    async def one(number: int, container: Container) -> None:
        place = folder / str(number)
        told = around.told(container, next(iter(container.command[2:]), PROCESSES[0].name), place)
        async with run(container, told, place) as started:
            assert await started.ended(60) == 0, started.output()

    commands = (each for each in around.render.containers() if each.command[:1] == ["goldenthread"])
    found = {" ".join(each.command): each for each in commands}
    assert set(found) - {"goldenthread topics"} == {f"goldenthread migrate {name}" for name in DATABASES}
    await asyncio.gather(*(one(number, container) for number, container in enumerate(found.values())))


async def waits(found: Running, started: Started, around: Cluster) -> None:
    """It is live and not ready, and runs."""
    for probe, code in (("startupProbe", 200), ("livenessProbe", 200), ("readinessProbe", 503)):
        await becomes(found, started, around, probe, code)


async def serves(found: Running, started: Started, around: Cluster) -> None:
    """It is live, ready and in want of nothing, on its internal port; of which nothing is on the public one."""
    for probe in ("readinessProbe", "startupProbe", "livenessProbe"):
        await becomes(found, started, around, probe, 200)
    public = f"http://127.0.0.1:{around.ports[found.process.name]['http']}"
    for path in health.PATHS:
        assert (await around.http.get(public + path)).status_code == 404, f"{found}: {path} on the public port"


async def becomes(found: Running, started: Started, around: Cluster, probe: str, code: int) -> None:
    """A probe is answered so, with nothing missing, within what the startup probe gives the process."""
    patience = found.container.body["startupProbe"]
    deadline = time.monotonic() + patience["failureThreshold"] * patience["periodSeconds"]
    while True:
        given = await answer(found, probe, around)
        if given is not None and given.status_code == code and "degraded" not in given.json():
            return
        run, said = started[found], given.text if given is not None else "nothing"
        if run.process.returncode is not None or time.monotonic() > deadline:
            raise AssertionError(f"{found}: {probe} answers {said}, not {code}:\n{run.output()}")
        await asyncio.sleep(_PAUSE)


async def answer(found: Running, probe: str, around: Cluster) -> httpx.Response | None:
    """What a process answers to a probe of its container, if it does."""
    asked = found.container.body[probe]["httpGet"]
    url = f"http://127.0.0.1:{around.ports[found.process.name][asked['port']]}{asked['path']}"
    try:
        return await around.http.get(url)
    except httpx.TransportError:
        return None


async def ends(found: Running, run: containers.Run) -> None:
    """Told to, it ends with 0 before Kubernetes would kill it."""
    grace = found.container.pod.spec["terminationGracePeriodSeconds"]
    pause = at(found.container.body, "lifecycle", "preStop", "sleep", "seconds")
    run.process.send_signal(signal.SIGTERM)
    assert await run.ended(grace - pause) == 0, f"{found}: {run.output()}"
