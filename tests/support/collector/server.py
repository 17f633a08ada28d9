"""A collector as it is deployed, on this machine: what it takes it hands on to a receiver of the test's own."""

from __future__ import annotations

import asyncio
import signal
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx
import yaml

from goldenthread.launcher.child_process import spawn, stop
from goldenthread.launcher.ports import HOST, free_ports
from tests.support.collector.binary import collector_binary

_DEPLOY = Path(__file__).parents[3] / "deploy"
_SECONDS = 30.0


def deployed_config() -> dict[str, Any]:
    """The configuration of deploy/k8s/components/opentelemetry."""
    file = _DEPLOY / "k8s" / "components" / "opentelemetry" / "collector.yaml"
    found: dict[str, Any] = next(yaml.safe_load_all(file.read_text(encoding="utf-8")))["spec"]["config"]
    return found


def problems_of(config: dict[str, Any], folder: Path) -> str:
    """What the collector itself has against a configuration; nothing if it takes it."""
    file = folder / "config.yaml"
    file.write_text(yaml.safe_dump(config), encoding="utf-8")
    command = (collector_binary(), "validate", f"--config=file:{file}")
    ran = subprocess.run(command, capture_output=True, text=True, check=False, timeout=_SECONDS)
    return ran.stderr + ran.stdout if ran.returncode else ""


class Collector:
    """A collector with receiver and processors as they are deployed, for traces and metrics.

    It hands on to a receiver of OTLP over HTTP at `onward`, and shows metrics for Prometheus. It can be stopped and
    started again at the same address.
    """

    def __init__(self, folder: Path, onward: str) -> None:
        self._folder, self._onward = folder, onward
        self.port, self._page = free_ports(2)
        self._process: asyncio.subprocess.Process | None = None
        self.log = folder / "collector.log"

    @property
    def address(self) -> str:
        """Its base address for OTLP over HTTP."""
        return f"http://{HOST}:{self.port}"

    @property
    def metrics(self) -> str:
        """Where its exporter for Prometheus shows the metrics."""
        return f"http://{HOST}:{self._page}/metrics"

    def config(self) -> dict[str, Any]:
        """What is deployed, with addresses of this machine and other exporters."""
        found = deployed_config()
        found["receivers"]["otlp"]["protocols"]["http"]["endpoint"] = f"{HOST}:{self.port}"
        found["exporters"] |= {
            "otlp_http": {"endpoint": self._onward},
            "prometheus": {"endpoint": f"{HOST}:{self._page}"},
        }
        (traces,) = found["service"]["pipelines"].values()
        found["service"]["pipelines"] = {
            "traces": traces | {"exporters": ["debug", "otlp_http"]},
            "metrics": traces | {"exporters": ["otlp_http", "prometheus"]},
        }
        found["service"]["telemetry"] = {"metrics": {"level": "none"}}
        return found

    async def start(self) -> None:
        """Returns when it takes requests."""
        file = self._folder / "collector.yaml"
        file.write_text(yaml.safe_dump(self.config()), encoding="utf-8")
        self._process = await spawn((collector_binary(), f"--config=file:{file}"), log=self.log)
        async with asyncio.timeout(_SECONDS), httpx.AsyncClient() as http:
            while True:
                try:
                    await http.get(f"{self.address}/v1/traces")
                except httpx.TransportError:
                    if self._process.returncode is not None:
                        raise RuntimeError(f"the collector ended:\n{self.log.read_text()}") from None
                    await asyncio.sleep(0.05)
                else:
                    return

    async def stop(self) -> None:
        """End it; before, it hands on what it has."""
        if self._process is not None:
            await stop(self._process, signal.SIGTERM, _SECONDS)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()
