"""A real Prometheus of its own, which reads the metrics of processes with the labels that they have on Kubernetes."""

from __future__ import annotations

import asyncio
import shutil
import signal
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import yaml

from goldenthread import __version__
from goldenthread.launcher.child_process import spawn, stop
from goldenthread.launcher.ports import free_port
from tests.support.asgi_server import eventually

NAMESPACE = "goldenthread"
SCRAPED_EVERY = 1
"""Seconds."""


class PrometheusRefused(AssertionError):
    """Prometheus says that a query is wrong; the message is its sentence."""


class PrometheusServer:
    """Its HTTP API, as far as Grafana asks it."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http

    async def now(self, query: str) -> list[dict[str, Any]]:
        """The answers to a query now: `metric` (labels) and `value` (time, text). Raises PrometheusRefused."""
        return list((await self.get("query", query=query))["result"])

    async def over_time(self, query: str, start: float, end: float, step: float) -> list[dict[str, Any]]:
        """The answers between two times, every `step` seconds: `metric` and `values`. Raises PrometheusRefused."""
        asked = {"query": query, "start": str(start), "end": str(end), "step": str(step)}
        return list((await self.get("query_range", **asked))["result"])

    async def values_of(self, label: str, selector: str) -> list[str]:
        """The values of a label in the series of a selector."""
        return list(await self.get(f"label/{label}/values", **{"match[]": selector}))

    async def get(self, path: str, **asked: str) -> Any:
        """The data of an answer. Raises PrometheusRefused."""
        answer = (await self._http.get(f"/api/v1/{path}", params=asked)).json()
        if answer["status"] != "success":
            raise PrometheusRefused(f"{answer['error']}: {asked}")
        return answer["data"]


@asynccontextmanager
async def prometheus_server(
    folder: Path, processes: Mapping[str, str], rules: Sequence[Path] = ()
) -> AsyncIterator[PrometheusServer]:
    """A server that has read the metrics of all `processes` (name → URL) at least once, with its files in `folder`."""
    program = shutil.which("prometheus")
    assert program is not None, "prometheus is not installed"
    port = free_port()
    config = folder / "prometheus.yml"
    config.write_text(yaml.safe_dump(_config(processes, rules)))
    command = [program, f"--config.file={config}", f"--storage.tsdb.path={folder / 'data'}", "--log.level=warn"]
    process = await spawn([*command, f"--web.listen-address=127.0.0.1:{port}"], log=folder / "prometheus.log")
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=30) as http:
            server = PrometheusServer(http)

            async def reads_all() -> bool:
                assert process.returncode is None, (folder / "prometheus.log").read_text()
                try:
                    return len(await server.now("up == 1")) == len(processes)
                except (httpx.TransportError, ValueError):  # it is starting
                    await asyncio.sleep(0.1)
                    return False

            await eventually(reads_all)
            yield server
    finally:
        await stop(process, signal.SIGTERM, 10)


def _config(processes: Mapping[str, str], rules: Sequence[Path]) -> dict[str, Any]:
    targets = [
        {
            "targets": [url.removeprefix("http://")],
            "labels": {
                "namespace": NAMESPACE,
                "pod": f"goldenthread-{name}-0",
                "app_kubernetes_io_component": name,
                "app_kubernetes_io_version": __version__,
            },
        }
        for name, url in processes.items()
    ]
    times = {"scrape_interval": f"{SCRAPED_EVERY}s", "evaluation_interval": f"{SCRAPED_EVERY}s"}
    job = {"job_name": f"{NAMESPACE}/goldenthread", "static_configs": targets}
    return {"global": times, "rule_files": [str(each) for each in rules], "scrape_configs": [job]}
