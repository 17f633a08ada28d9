"""Seconds to tell a why to 5,000 units, and to answer it, through GraphQL with everything running; and in 50 units.

The units stand in three levels (70 below the root, the others below these). An answer costs what lies above and next
below its unit, whatever the size of the organization: the last line is the ratio.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from statistics import quantiles
from typing import Any

import httpx

from benchmarks._folder import temporary

_COMMAND = Path(sys.executable).with_name("goldenthread")
MANY, FEW, TOP, ANSWERS = 5_000, 50, 70, 40
AT_ONCE = 16
_UNIT = "mutation($input: CreateUnitInput!) { createUnit(input: $input) { unit { id } errors { message } } }"
_WHY = "mutation($input: PublishWhyInput!) { publishWhy(input: $input) { why { id } errors { message } } }"
_ANSWER = "mutation($input: AnswerWhyInput!) { answerWhy(input: $input) { revision errors { message } } }"
_PURPOSE = "mutation($input: PublishPurposeInput!) { publishPurpose(input: $input) { revision errors { message } } }"
_OWED = "{ whys { nodes { cascade { addressed } } } }"


def measure() -> dict[str, float]:
    """Seconds, for many units and for few."""
    many, few = asyncio.run(_told(MANY)), asyncio.run(_told(FEW))
    found = {f"{MANY} units: {what}": seconds for what, seconds in many.items()}
    found |= {f"{FEW} units: {what}": seconds for what, seconds in few.items()}
    answer = "answered, p50 s"
    return found | {"an answer among many units by one among few": many[answer] / few[answer]}


class GraphQLEndpoint:
    """Asks one GraphQL endpoint. Raises RuntimeError for any answer with errors."""

    def __init__(self, http: httpx.AsyncClient, url: str) -> None:
        self._http, self._url = http, url

    async def __call__(self, document: str, **input: Any) -> dict[str, Any]:
        body = {"query": document, "variables": {"input": input}}
        answer = (await self._http.post(self._url, json=body)).json()
        data: dict[str, Any] | None = answer.get("data")
        payload = next(iter(data.values())) if data else None
        if "errors" in answer or data is None or (isinstance(payload, dict) and payload.get("errors")):
            raise RuntimeError(json.dumps(answer))
        return data


async def _told(units: int) -> dict[str, float]:
    with up() as said:
        headers = {"Authorization": f"Bearer {said['token']}"}
        async with httpx.AsyncClient(headers=headers, timeout=120) as http:
            return await _measured(GraphQLEndpoint(http, said["graphql"]), units)


async def _measured(ask: GraphQLEndpoint, units: int) -> dict[str, float]:
    root = (await ask("{ units { nodes { id } } }"))["units"]["nodes"][0]["id"]
    top = await _units(ask, [root] * min(TOP, units // 2))
    await _units(ask, [top[number % len(top)] for number in range(units - len(top))])
    await ask(_PURPOSE, statement="Be useful")
    began = time.perf_counter()
    told = await ask(_WHY, statement="Be fast", because="It helps", audience=[root])
    published = time.perf_counter() - began
    why, spent = told["publishWhy"]["why"]["id"], []
    for unit in (top * ANSWERS)[:ANSWERS] if len(top) >= ANSWERS else top:
        began = time.perf_counter()
        await ask(_ANSWER, why=why, version=1, unit=unit, statement="We will")
        spent.append(time.perf_counter() - began)
    addressed = (await ask(_OWED))["whys"]["nodes"][0]["cascade"]["addressed"]
    if addressed < units:
        raise RuntimeError(f"{addressed} of {units} units were addressed")
    parts = quantiles(spent, n=100)
    return {"told, s": published, "answered, p50 s": parts[49], "answered, p99 s": parts[98]}


async def _units(ask: GraphQLEndpoint, parents: list[str]) -> list[str]:
    """A unit below each of these, `AT_ONCE` at a time."""
    limit = asyncio.Semaphore(AT_ONCE)

    async def one(number: int, parent: str) -> str:
        async with limit:
            made = await ask(_UNIT, name=f"Unit {number}", function="BUSINESS", parent=parent)
            return str(made["createUnit"]["unit"]["id"])

    return list(await asyncio.gather(*(one(number, parent) for number, parent in enumerate(parents))))


@contextmanager
def up(variables: Mapping[str, str] | None = None) -> Iterator[dict[str, Any]]:
    """Everything, running on a data dir of its own: what it said when it was ready, with `dataDir` and its `pid`.

    `variables` are added to the environment.
    """
    with temporary() as folder:
        command = (str(_COMMAND), "up", "--json", "--data-dir", str(folder))
        environment = {**os.environ, **(variables or {})}
        with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as process:
            assert process.stdout is not None
            try:
                yield json.loads(process.stdout.readline()) | {"dataDir": str(folder), "pid": process.pid}
            finally:
                process.send_signal(signal.SIGTERM)
                process.wait()
