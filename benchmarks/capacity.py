"""What one replica, one partition and one PostgreSQL carry: the figures behind `goldenthread sizing`.

An installation is started for each case: PostgreSQL, the embedded broker, and the four processes, one of each.
Processes are measured by the processor time that they use for an event, a command or a query, because everything here
shares the machine: a replica that has a core to itself carries a second of it in a second. What passed in a second is
printed, too.

streams: an organization of 10,000 goals, and 500 of 20 goals, of which each changes once. Events wait on the broker
while alignment and notifications are held still; each is measured from when it goes on until it has saved the last.
*working day* and *turning* are the mixes of `pipeline`. Disk is what organizations need more once they are there.
cold: the small organizations again, in processes that hold ten of them in memory, so that each is loaded first.
commands: goals made by GraphQL in 50 organizations and in one, 16 at a time; then pages of 20 goals.
memory: what alignment, notifications and the gateway hold of one organization of 10,000 goals, and the first two of 500
organizations of 20 goals.

It takes about four minutes.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence

import uvloop

from benchmarks._capacity_commands import commands
from benchmarks._capacity_services import CapacityServices
from benchmarks._capacity_streams import Figures, cold, streams
from benchmarks._folder import temporary
from benchmarks._held_memory import held

CASES = {"streams": streams, "cold": cold, "commands": commands}
_HELD = {"large": (1, 10_000), "small": (500, 20)}
_VARIABLES = {"cold": {"GOLDENTHREAD_HELD": "10"}}


def main(arguments: list[str]) -> None:
    """Measure the cases that are named, all by default, and print the figures."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks capacity", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument(
        "--case", action="append", choices=[*CASES, "memory"], help="measure this one only; may be repeated"
    )
    asked = parser.parse_args(arguments)
    found = uvloop.run(measure(asked.case or [*CASES, "memory"]))
    if asked.json:
        print(json.dumps(found))
        return
    for what, number in found.items():
        print(f"{what:80}{number:12,.1f}")


def memory() -> Figures:
    """Bytes of memory that each process holds for a goal, of one large organization and of many small ones."""
    return {
        f"{kind}: {process}, bytes of memory for a goal": held(process, *shape)
        for process in ("alignment", "notifications", "gateway")
        for kind, shape in _HELD.items()
        if (process, kind) != ("gateway", "small")
    }


async def measure(cases: Sequence[str]) -> Figures:
    """The figures of these cases, by what they say."""
    found: Figures = {}
    for case in cases:
        if case == "memory":
            found |= memory()
            continue
        with temporary() as folder:
            async with CapacityServices(folder, _VARIABLES.get(case)) as stage:
                await stage.watch_idle()
                found |= await CASES[case](stage)
    return found
