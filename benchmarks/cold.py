"""How long a cold start takes: an organization that PostgreSQL has, until the next commit of it can be judged.

* engine restored: from packed rows to a graph that judges on; figures restored: the same of what is counted beside it.
* read and restored: both, the rows read from a real PostgreSQL first, as alignment does it.

What was counted is compared with what the process that stored it had. Memory is how much more this one has afterwards.
Each size has processes of its own. A machine's first start compiles the engine besides, once.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
from typing import Any

from benchmarks._folder import temporary
from benchmarks._table import OURS, Row, row_of, say, show, with_ratios
from goldenthread.contracts.secret import Secret
from goldenthread.launcher.postgres import Postgres

SIZES = [10_000, 100_000, 1_000_000]


def main(arguments: list[str]) -> None:
    """Measure the sizes that are asked for, and print what was found."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks cold", description=__doc__.split("\n")[0])
    parser.add_argument("--json", action="store_true", help="print a JSON list")
    parser.add_argument("--nodes", type=int, action="append", help=f"a size; may be repeated. Default: {SIZES}")
    asked = parser.parse_args(arguments)
    rows, notes = asyncio.run(_measured(asked.nodes or SIZES))
    show(with_ratios(rows), as_json=asked.json)
    for note in notes:
        (say if asked.json else print)(note)


async def _measured(sizes: list[int]) -> tuple[list[Row], list[str]]:
    rows: list[Row] = []
    notes: list[str] = []
    with temporary() as folder:
        async with Postgres(folder, databases=["cold"]) as postgres:
            url = postgres.url("cold")
            for nodes in sizes:
                stored = await _child(url, "store", str(nodes))
                say(f"{nodes:,} nodes: stored in {stored['seconds']:.0f} s")
                found = await _child(url, "load", stored["organization"])
                if found["health"] != stored["health"]:
                    raise RuntimeError(f"what is loaded says {found['health']}, what was stored {stored['health']}")
                rows += [row_of(case, nodes, OURS, spent) for case, spent in found["spent"].items()]
                notes += [f"{nodes:,} nodes: {how}" for how in found["notes"]]
    return rows, notes


async def _child(database: Secret, *command: str) -> dict[str, Any]:
    """What another process found. RuntimeError when it failed."""
    environment = os.environ | {"DATABASE": database.reveal()}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "benchmarks._cold_steps", *command, stdout=asyncio.subprocess.PIPE, env=environment
    )
    out, _ = await process.communicate()
    if process.returncode:
        raise RuntimeError(f"{' '.join(command)} failed")
    found: dict[str, Any] = json.loads(out)
    return found
