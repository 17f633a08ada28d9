"""The table of docs/operations.md, and a simulated week that checks it: skewed sizes, real partitions, queues.

For 100, 10,000 and 1,000,000 organizations `goldenthread sizing` is asked; then weeks with what it answers are
simulated (`_simulated_week.py` says how), one for each seed, and the worst of them is printed. Nothing is started.

--validate compares the queue model with the real alignment: 300 small organizations, changes that come by chance, at
some rates; its latency beside that of the model, whose service time is what alignment used of a core for these changes.
--plot FILE draws the load of partitions as an SVG (matplotlib; `make bench`).
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import msgspec
import uvloop

from benchmarks._model_against_alignment import compared
from benchmarks._partition_plot import draw
from benchmarks._simulated_week import ConsumerSimulation, WeekOfConsumer
from benchmarks._table import say
from goldenthread.cli.operations.sizing import shown
from goldenthread.sizing.answer import Sizing, size
from goldenthread.sizing.demand import Demand
from goldenthread.sizing.measured import CONSUMERS

DEMANDS = (
    Demand(organizations=100),
    Demand(organizations=10_000),
    Demand(organizations=1_000_000, goals=20, people=10),
)
"""A million organizations are small ones: as many of the others would be fifty million people."""
SEEDS = range(3)


def main(arguments: list[str]) -> None:
    """Print the table, and what weeks were simulated."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks sizing", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--table", action="store_true", help="print the table of docs/operations.md and nothing else")
    parser.add_argument("--validate", action="store_true", help="compare the model of queues with the real alignment")
    parser.add_argument("--plot", type=Path, help="write an SVG of the load of partitions")
    asked = parser.parse_args(arguments)
    if asked.validate:
        _validate(as_json=asked.json)
        return
    if asked.plot:
        _plot(asked.plot)
        return
    if not asked.json:
        print(table())
    if asked.table:
        return
    found = {demand.organizations: weeks(size(demand)) for demand in DEMANDS}
    if asked.json:
        print(
            json.dumps({count: {name: week._asdict() for name, week in each.items()} for count, each in found.items()})
        )
        return
    for count, each in found.items():
        for name, week in each.items():
            print(f"{count:,} organizations, {name}: {_told(week)}")


def table() -> str:
    """The answers side by side, in Markdown."""
    answers = [size(demand) for demand in DEMANDS]
    rows = ["| | " + " | ".join(f"{demand.organizations:,} organizations" for demand in DEMANDS) + " |"]
    rows.append("|---" * (1 + len(DEMANDS)) + "|")
    each = (f"{demand.goals:g}; {demand.people:g}" for demand in DEMANDS)
    rows.append("| goals; people of each, on average | " + " | ".join(each) + " |")
    for lines in zip(*(each.lines for each in answers), strict=True):
        rows.append(f"| {lines[0].what} | " + " | ".join(shown(line) for line in lines) + " |")
    return "\n".join(rows)


def weeks(answer: Sizing) -> dict[str, WeekOfConsumer]:
    """The worst of each figure in a week of each seed, of both projections."""
    return {name: _worst(answer, name) for name in CONSUMERS}


def _worst(answer: Sizing, name: str) -> WeekOfConsumer:
    say(f"{answer.demand.organizations:,} organizations, {name} …")
    found = [
        ConsumerSimulation(answer.demand, CONSUMERS[name], answer.partitions, answer.pods[name], seed).week()
        for seed in SEEDS
    ]
    return WeekOfConsumer(*map(max, zip(*found, strict=True)))


def _told(week: WeekOfConsumer) -> str:
    return (
        f"busiest partition {week.busiest_partition:.0%} of a core, busiest replica {week.busiest_replica:.0%} "
        f"({week.one_lost:.0%} while one is away); p50 {week.p50 * 1000:.0f} ms, p99 {week.p99 * 1000:.0f} ms, "
        f"{week.p99_one_lost:.1f} s in the hour in which a replica is lost, caught up after {week.caught_up:.0f} s; "
        f"import of the largest {week.imported:.0f} s, p99 of the others then {week.p99_import * 1000:.0f} ms"
    )


def _validate(*, as_json: bool) -> None:
    rows = uvloop.run(compared())
    if as_json:
        print(json.dumps([msgspec.to_builtins(each) for each in rows]))
        return
    for each in rows:
        print(
            f"{each.rate:6,.0f} changes/s, {each.load:4.0%} of a core: "
            f"p50 {each.p50_ms:7.1f} ms (model {each.model_p50_ms:.1f}), "
            f"p99 {each.p99_ms:7.1f} ms (model {each.model_p99_ms:.1f})"
        )


def _plot(path: Path) -> None:
    draw(size(Demand(organizations=10_000)), path)
