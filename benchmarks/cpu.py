"""Processor time of our processes for one event and one request: an earlier revision against this tree.

The earlier revision is checked out into a temporary folder and run with the same virtual environment; databases,
brokers and clients are those of this tree. Both run at once, are measured in turns, and are started anew for each pair;
telemetry is off.

alignment: a round of events of a working day waits on the topic while alignment is held still, as in `pipeline`;
seconds of a core from when it goes on until it has judged the last.
requests: `goldenthread up`; objectives are created through GraphQL, then a page of them is read again and again.
"""

from __future__ import annotations

import argparse
import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, closing
from functools import partial

import uvloop

from benchmarks._alignment_consumer import AlignmentConsumer
from benchmarks._alignment_throughput import founded, settled, waiting_round
from benchmarks._company import Company
from benchmarks._company_days import working_day
from benchmarks._folder import temporary
from benchmarks._graphql_requests import GraphQLRequests
from benchmarks._paired import Comparison, Measure, in_turns
from benchmarks._processor_time import child_running, seconds_of
from benchmarks._real_services import RealServices
from benchmarks._source_trees import SourceTree, checked_out
from benchmarks._table import say
from benchmarks.telling import AT_ONCE, up

CASES = ("alignment", "requests")
Case = Callable[[AsyncExitStack, SourceTree, argparse.Namespace], Awaitable[Measure]]
_OBJECTIVE = """mutation($input: CreateObjectiveInput!) { createObjective(input: $input) {
    objective { id } errors { message } } }"""
_PAGE = "{ objectives(first: 20) { nodes { id title state } } }"


def main(arguments: list[str]) -> None:
    """Measure the cases that are named, both by default, and print medians and ratios."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks cpu", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--before", required=True, metavar="REVISION", help="what this tree is compared with")
    parser.add_argument("--case", action="append", choices=CASES, help="measure this one only; may be repeated")
    parser.add_argument("--pairs", type=int, default=9)
    parser.add_argument("--events", type=int, default=40_000, help="of a round of alignment")
    parser.add_argument("--nodes", type=int, default=10_000, help="of the organization in alignment")
    parser.add_argument("--requests", type=int, default=1_000, help="of each kind in a round of requests")
    parser.add_argument("--json", action="store_true", help="print a JSON object")
    asked = parser.parse_args(arguments)
    with checked_out(asked.before) as earlier:
        trees = (earlier, SourceTree())
        for tree in trees:
            tree.prepare()
        found = uvloop.run(_measured(trees, asked))
    figures = {each.what: each.figures for each in found}
    if asked.json:
        print(json.dumps(figures))
        return
    for what, numbers in figures.items():
        print(what)
        for name, number in numbers.items():
            print(f"  {name:20}{number}")


async def _measured(trees: Sequence[SourceTree], asked: argparse.Namespace) -> list[Comparison]:
    found: list[Comparison] = []
    for case in asked.case or CASES:
        say(f"{case} …")
        found += await in_turns(
            partial(_started, _alignment if case == "alignment" else _requests, trees, asked), asked.pairs
        )
    return found


@asynccontextmanager
async def _started(
    case: Case, trees: Sequence[SourceTree], asked: argparse.Namespace
) -> AsyncIterator[tuple[Measure, Measure]]:
    async with AsyncExitStack() as stack:
        before, after = [await case(stack, tree, asked) for tree in trees]
        yield before, after


async def _alignment(stack: AsyncExitStack, tree: SourceTree, asked: argparse.Namespace) -> Measure:
    """Real services of this tree's processes, with an organization that has had its first round."""
    folder = stack.enter_context(temporary())
    stage = await stack.enter_async_context(RealServices(folder, tree.variables))
    watch = await stack.enter_async_context(AlignmentConsumer(stage.kafka))
    company = Company(asked.nodes, partition=0)
    await founded(stage, company)
    await settled(stage, watch, company.id, company.sequence)

    async def measure() -> dict[str, float]:
        measured = await waiting_round(stage, watch, company, working_day, asked.events)
        await stage.tidy()
        return {"alignment: an event": measured.processor}

    await waiting_round(stage, watch, company, working_day, asked.events // 4)
    return measure


async def _requests(stack: AsyncExitStack, tree: SourceTree, asked: argparse.Namespace) -> Measure:
    """Everything running from this tree, and a client."""
    said = stack.enter_context(up(tree.variables))
    ask = stack.enter_context(closing(GraphQLRequests(said["graphql"], said["token"], AT_ONCE)))
    goals, gateway = (child_running(said["pid"], module) for module in ("services.goals", "gateway"))
    root = (await ask("{ units { nodes { id } } }"))["nodes"][0]["id"]

    async def measure() -> dict[str, float]:
        began = seconds_of(goals), seconds_of(gateway)
        await asyncio.gather(*(ask(_OBJECTIVE, title=f"Goal {n}", owners=[root]) for n in range(asked.requests)))
        created = seconds_of(goals), seconds_of(gateway)
        await asyncio.gather(*(ask(_PAGE) for _ in range(asked.requests)))
        spent = {
            "goals: a command": created[0] - began[0],
            "gateway: a mutation": created[1] - began[1],
            "gateway: a query": seconds_of(gateway) - created[1],
        }
        return {what: seconds / asked.requests for what, seconds in spent.items()}

    await measure()
    return measure
