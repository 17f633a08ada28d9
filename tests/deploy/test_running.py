"""What is rendered runs: the containers of an overlay, with their commands and variables, on real servers."""

from __future__ import annotations

import asyncio
import warnings
from pathlib import Path

import pytest

from goldenthread.launcher.broker import Broker
from goldenthread.launcher.postgres import Postgres
from goldenthread.launcher.topology import DATABASES
from tests.deploy import containers, kustomize
from tests.deploy.cluster import cluster
from tests.deploy.manifests import at
from tests.deploy.quantities import MIB, bytes_of
from tests.deploy.started import all_running, ends, run_what_ends, serves, waits
from tests.support.process_memory import megabytes


@pytest.mark.parametrize("overlay", kustomize.folders("overlays"))
async def test_the_containers_run_as_they_are_rendered(
    overlay: str, postgres: Postgres, broker: Broker, tmp_path: Path
) -> None:
    """Each process waits for its schema, answers its probes, gets on with the others and its servers, and ends in time
    with 0. Where an operator keeps PostgreSQL, each comes to it by the certificate of its own role.
    """
    if not containers.isolates():
        warnings.warn("no mount namespaces here: that containers write to /tmp alone is not seen", stacklevel=1)
    render = kustomize.rendered(f"overlays/{overlay}")
    async with cluster(render, postgres, broker, tmp_path / "servers") as around:
        async with all_running(around, tmp_path) as started:
            await asyncio.gather(*(waits(each, started, around) for each in started if each.process.database))
            await run_what_ends(around, tmp_path / "ending")
            await asyncio.gather(*(serves(each, started, around) for each in started))
            for each, run in started.items():
                limit = bytes_of(at(each.container.body, "resources", "limits", "memory"))
                assert megabytes(run.process.pid) * MIB < limit, each
            await asyncio.gather(*(ends(each, run) for each, run in started.items()))
        assert {role for role, _ in around.roles.users} == (set(DATABASES) if render.of("Cluster") else set())
