"""An installation with very many organizations: what idleness costs, what one of them waits, and what they take.

One organization is made through GraphQL (a purpose, a why, two objectives that serve it) and multiplied in the three
databases (`_many_organizations`). Then `goldenthread up` runs on them: everything on this machine, with few partitions.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from statistics import quantiles
from typing import Any

import httpx

from benchmarks._folder import temporary
from benchmarks._graphql_requests import GraphQLRequests
from benchmarks._many_organizations import fill, organization_id
from benchmarks._table import say
from benchmarks._watched_processes import WatchedProcesses, cost_of, environment_of
from goldenthread.launcher.issuer import Issuer
from goldenthread.launcher.ports import HOST, free_ports

COUNTS, ACTIVE = [10_000], 1_000
_COMMAND = Path(sys.executable).with_name("goldenthread")
_AT_ONCE = 16
_IDLE = 60.0
"""Seconds over which idleness is measured, and the start of a process beside another."""
_SINGLY = 50
"""Organizations that are asked one after the other."""
_UNITS = "{ units { nodes { id } } }"
_PURPOSE = "mutation($input: PublishPurposeInput!) { publishPurpose(input: $input) { revision errors { message } } }"
_WHY = "mutation($input: PublishWhyInput!) { publishWhy(input: $input) { why { id } errors { message } } }"
_OBJECTIVE = """mutation($input: CreateObjectiveInput!) { createObjective(input: $input) {
    objective { id alignment { state } } errors { message } } }"""


def main(arguments: list[str]) -> None:
    """Measure each number of organizations, and print what was found."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks organizations", description=__doc__.split("\n")[0])
    parser.add_argument("--json", action="store_true", help="print a JSON object")
    parser.add_argument("--count", type=int, action="append", help=f"may be repeated. Default: {COUNTS}")
    parser.add_argument("--active", type=int, default=ACTIVE, help="organizations that are active at the same time")
    asked = parser.parse_args(arguments)
    found = {str(count): _measured(count, min(count, asked.active)) for count in asked.count or COUNTS}
    if asked.json:
        print(json.dumps(found))
        return
    for count, numbers in found.items():
        print(f"{int(count):,} organizations")
        for what, number in numbers.items():
            print(f"  {what:66}{number:14,.2f}")


def _measured(count: int, active: int) -> dict[str, float]:
    with temporary() as folder:
        with _up(folder) as (said, _):
            template = asyncio.run(_template(said))
        began = time.perf_counter()
        found = asyncio.run(fill(folder, template.organization, count))
        say(f"filled in {time.perf_counter() - began:,.0f} s")
        with _up(folder) as (said, seconds):
            found["start until everything is ready, s"] = seconds
            asyncio.run(Installation(said, folder, template, count).measure(found, active))
    return found


class Template:
    """The organization that is multiplied: who administers it, its root unit, and its why."""

    def __init__(self, token: str, unit: str, why: str) -> None:
        part = token.split(".")[1]
        self.claims: dict[str, str] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
        self.unit, self.why = unit, why

    @property
    def organization(self) -> str:
        """Its id."""
        return self.claims["organization"]


class Installation:
    """What is running, filled with `count` organizations."""

    def __init__(self, said: dict[str, Any], folder: Path, template: Template, count: int) -> None:
        self._said, self._template, self._count = said, template, count
        self._issuer = Issuer.load(folder, template.claims["iss"])
        self._watched = WatchedProcesses(said["pid"])
        self._step = max(1, count // 10_000)

    async def measure(self, found: dict[str, float], active: int) -> None:
        """One thing after the other."""
        found |= _named("the first minute: {}, share of a core", await self._watched.cores(_IDLE))
        found |= _named("idle: {}, share of a core", await self._watched.cores(_IDLE))
        found |= _named("idle: {}, MB", {name: each / 1e6 for name, each in self._watched.memory().items()})
        await self._all_heads(found)
        singly = range(1, 1 + _SINGLY)
        found |= await self._mutations("one organization, cold", singly, 1)
        found |= await self._mutations("one organization, warm", singly, 1)
        before = self._watched.memory()
        chosen = [100 + (number * 7919) % (self._count - 100) for number in range(active)]
        found |= await self._mutations(f"{active:,} organizations, cold", chosen, _AT_ONCE)
        grown = {name: (each - before[name]) / active / 1e3 for name, each in self._watched.memory().items()}
        found |= _named("memory of an active organization: {}, kB", grown)
        found |= await self._mutations(f"{active:,} organizations, warm", chosen, _AT_ONCE)
        await self._another_consumer(found)

    async def _all_heads(self, found: dict[str, float]) -> None:
        """What a round of all heads of goals costs who asks for it, page by page."""
        url = environment_of(self._watched.pids["gateway"])["GOLDENTHREAD_GOALS_URL"]
        headers = {"Authorization": f"Bearer {self._issuer.service_token()}"}
        size, pages, behind, began = 0, 0, "", time.perf_counter()
        async with httpx.AsyncClient(headers=headers, timeout=60) as http:
            while True:
                answer = await http.post(f"{url}/v1/heads", json={"limit": 2_000, "behind": behind})
                size, pages = size + len(answer.raise_for_status().content), pages + 1
                if (next_ := answer.json().get("next_behind")) is None:
                    break
                behind = next_
        found |= {"all heads of goals: s": time.perf_counter() - began, "all heads of goals: MB": size / 1e6}
        found["all heads of goals: pages"] = pages

    async def _mutations(self, what: str, numbers: Any, at_once: int) -> dict[str, float]:
        """A new goal in each of these organizations, until its verdict is known."""
        gate, spent = asyncio.Semaphore(at_once), list[float]()

        async def one(number: int) -> None:
            organization = organization_id(self._template.organization, number)
            token = self._issuer.person_token(self._template.claims["sub"], organization)
            link = {"parent": self._template.why, "because": "It helps"}
            async with gate:
                with closing(GraphQLRequests(self._said["graphql"], token, 1)) as ask:
                    began = time.perf_counter()
                    made = await ask(_OBJECTIVE, title="A goal", owners=[self._template.unit], linkTo=link)
                    spent.append((time.perf_counter() - began) * 1000)
            if made["objective"]["alignment"]["state"] != "ALIGNED":
                raise RuntimeError(f"{organization}: {made}")

        began = time.perf_counter()
        await asyncio.gather(*(one(number) for number in numbers))
        whole = time.perf_counter() - began
        parts = quantiles(spent, n=100)
        return {
            f"{what}: mutation to verdict, p50 ms": parts[49],
            f"{what}: mutation to verdict, p99 ms": parts[98],
            f"{what}: a second": len(spent) / whole,
        }

    async def _another_consumer(self, found: dict[str, float]) -> None:
        """A second process of alignment joins the first."""
        (port,) = free_ports(1)
        variables = environment_of(self._watched.pids["alignment"]) | {"GOLDENTHREAD_HTTP_PORT": str(port)}
        before = self._watched.spent()
        began = time.perf_counter()
        command = (sys.executable, "-P", "-m", "services.alignment")
        process = await asyncio.create_subprocess_exec(*command, env=variables, stdout=subprocess.DEVNULL)
        try:
            await _answered(f"http://{HOST}:{port}/ready")
            found["another alignment: s until ready"] = time.perf_counter() - began
            await asyncio.sleep(_IDLE)
            cost = cost_of(process.pid)
            found["another alignment: seconds of a core in its first minute"] = cost.seconds
            found["another alignment: MB"] = cost.memory / 1e6
            spent = {name: each - before[name] for name, each in self._watched.spent().items()}
            found |= _named("another alignment: seconds of a core of {} meanwhile", spent)
        finally:
            process.send_signal(signal.SIGTERM)
            await process.wait()


def _named(what: str, numbers: dict[str, float]) -> dict[str, float]:
    return {what.format(name): number for name, number in numbers.items()}


async def _answered(url: str) -> None:
    async with httpx.AsyncClient(timeout=5) as http, asyncio.timeout(300):
        while True:
            try:
                if (await http.get(url)).status_code == 200:
                    return
            except httpx.HTTPError:
                pass
            await asyncio.sleep(0.1)


async def _template(said: dict[str, Any]) -> Template:
    with closing(GraphQLRequests(said["graphql"], said["token"], 1)) as ask:
        root = (await ask(_UNITS))["nodes"][0]["id"]
        await ask(_PURPOSE, statement="Be useful to those who live here")
        told = await ask(_WHY, statement="Answer sooner", because="People decide while they wait", audience=[root])
        why = told["why"]["id"]
        for title in ("Every question is answered on the same day", "Nobody asks twice"):
            await ask(_OBJECTIVE, title=title, owners=[root], linkTo={"parent": why, "because": "It is sooner"})
        return Template(said["token"], root, why)


@contextmanager
def _up(folder: Path) -> Iterator[tuple[dict[str, Any], float]]:
    """Everything, running on a data dir: what it said when it was ready, with its `pid`, and the seconds until then."""
    began = time.perf_counter()
    command = (str(_COMMAND), "up", "--json", "--data-dir", str(folder))
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=os.environ) as process:
        assert process.stdout is not None
        try:
            said = json.loads(process.stdout.readline()) | {"pid": process.pid}
            yield said, time.perf_counter() - began
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait()
