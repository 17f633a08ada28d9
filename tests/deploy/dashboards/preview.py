"""Pictures of the dashboards' files: their layout, filled with the answers of a Prometheus. It is not Grafana.

`python -m tests.deploy.dashboards.preview` runs an installation for two minutes, and writes the pictures of
`docs/dashboards.md`. It needs Prometheus, and matplotlib (`make bench` installs it).
"""

from __future__ import annotations

import asyncio
import json
import os
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from goldenthread.launcher.broker import Broker
from goldenthread.launcher.issuer import Issuer
from goldenthread.launcher.issuer_server import IssuerServer
from goldenthread.launcher.ports import free_port
from goldenthread.launcher.postgres import Postgres
from tests.deploy.dashboards import DASHBOARDS
from tests.deploy.dashboards.files import file_of
from tests.deploy.dashboards.picture import Answers, picture
from tests.deploy.dashboards.tables import PROCESSES
from tests.support.monitored_installation import MonitoredInstallation, monitored_installation, tell
from tests.support.prometheus_server import NAMESPACE, PrometheusServer

DOCS = Path(__file__).parents[3] / "docs"
_ORGANIZATIONS = ("Alpine Rail", "Harbor Foods", "Nordic Post")
_SECONDS = 120
_CHOSEN = {"namespace": NAMESPACE, "component": PROCESSES, "pod": ".*", "organization": ".*"}


def filled(query: str, chosen: Mapping[str, str]) -> str:
    """A query of Grafana with the values of its variables."""
    for name, value in chosen.items():
        query = query.replace(f"${name}", value)
    return query.replace("$__rate_interval", "10s")


async def answers(prometheus: PrometheusServer, panel: Mapping[str, Any], start: float) -> Answers:
    """What the panel's queries say: legend and points for lines, labels and one value otherwise."""
    now = time.time()
    found: Answers = []
    for target in panel.get("targets", []):
        query = filled(target["expr"], _CHOSEN)
        if target.get("instant"):
            series = await prometheus.now(query)
            found.append([(each["metric"], [each["value"]]) for each in series])
        else:
            series = await prometheus.over_time(query, start, now, (now - start) / 200)
            found.append([(each["metric"], each["values"]) for each in series])
    return found


async def work(installation: MonitoredInstallation, until: float) -> None:
    """People who read, write and change, in three organizations."""
    for name in _ORGANIZATIONS:
        await tell(installation, name)
    organization = await installation.organization("Small Start")
    why, number = await organization.why("Begin"), 0
    async with organization.ada.subscribed("subscription { alertChanged { id } }"):
        while time.time() < until:
            number += 1
            await organization.objective(f"Step {number}", why)
            await organization.lea.ask("{ objectives(first: 20) { nodes { title } } }")
            await asyncio.sleep(0.5 + number % 3)


async def main() -> None:
    """Writes one picture for each dashboard into `docs`."""
    with tempfile.TemporaryDirectory() as name:
        os.chmod(name, 0o755)  # PostgreSQL runs as another user
        folder = Path(name)
        port = free_port()
        issuer = Issuer.load(folder, f"http://127.0.0.1:{port}")
        server = IssuerServer(issuer, port)
        await server.start()
        try:
            async with Postgres(folder, databases=[]) as postgres, Broker(folder) as kafka:
                async with monitored_installation(postgres, kafka, issuer, folder) as installation:
                    start = time.time()
                    await work(installation, start + _SECONDS)
                    for each in DASHBOARDS:
                        made = json.loads(file_of(each).read_text(encoding="utf-8"))
                        panels = [
                            (panel, await answers(installation.prometheus, panel, start)) for panel in made["panels"]
                        ]
                        picture(made["title"], panels, DOCS / f"dashboard-{each.name}.png")
        finally:
            await server.stop()


if __name__ == "__main__":
    asyncio.run(main())
