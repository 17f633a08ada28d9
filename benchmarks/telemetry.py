"""Processor time of our processes for one event and one request: telemetry off, and sent to a collector.

All variants run at once, are measured in turns, and are started anew for each turn. The collector is one that does
nothing. Metrics are sent every five seconds, which is twelve times as often as by default.

alignment: a round of events of a working day waits on the topic while alignment is held still, as in `pipeline`;
seconds of a core from when it goes on until it has judged the last. Every commit belongs to a trace; where a share of
traces is kept, it is the share of these.
requests: `goldenthread up`; objectives are created through GraphQL, then a page of them is read again and again.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, closing
from functools import partial
from typing import NamedTuple

import uvloop
from msgspec import structs

from benchmarks._alignment_consumer import AlignmentConsumer
from benchmarks._alignment_throughput import founded, settled, waiting_round
from benchmarks._company import Company
from benchmarks._company_days import Mix, working_day
from benchmarks._folder import temporary
from benchmarks._graphql_requests import GraphQLRequests
from benchmarks._paired import Measure
from benchmarks._processor_time import child_running, seconds_of
from benchmarks._real_services import RealServices
from benchmarks._table import say
from benchmarks._telemetry_sink import TelemetrySink, telemetry_sink
from benchmarks._variants import VariantFigures, all_in_turns
from benchmarks.telling import AT_ONCE, up
from goldenthread.contracts.envelope import Event

CASES = ("alignment", "requests")
_TRACES = {"OTEL_TRACES_EXPORTER": "otlp", "OTEL_BSP_SCHEDULE_DELAY": "500"}
_SHARE = {"OTEL_TRACES_SAMPLER": "parentbased_traceidratio", "OTEL_TRACES_SAMPLER_ARG": "0.05"}
_OBJECTIVE = """mutation($input: CreateObjectiveInput!) { createObjective(input: $input) {
    objective { id } errors { message } } }"""
_PAGE = "{ objectives(first: 20) { nodes { id title state } } }"
_PROCESSES = {"goals": "services.goals", "alignment": "services.alignment", "notifications": "services.notifications"}


class Variant(NamedTuple):
    """How telemetry is configured: variables of the processes, and the share of traces that is kept."""

    name: str
    variables: Mapping[str, str]
    kept: float | None = None
    """None: there are no traces."""


VARIANTS = (
    Variant("off", {}),
    Variant("metrics sent", {"OTEL_METRICS_EXPORTER": "otlp", "OTEL_METRIC_EXPORT_INTERVAL": "5000"}),
    Variant("all traces", _TRACES, 1.0),
    Variant("5 % of traces", _TRACES | _SHARE, 0.05),
)
Case = Callable[[AsyncExitStack, Variant, TelemetrySink, argparse.Namespace], Awaitable[Measure]]


def main(arguments: list[str]) -> None:
    """Measure the cases that are named, both by default, and print medians and ratios."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks telemetry", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--case", action="append", choices=CASES, help="measure this one only; may be repeated")
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--events", type=int, default=40_000, help="of a round of alignment")
    parser.add_argument("--nodes", type=int, default=10_000, help="of the organization in alignment")
    parser.add_argument("--requests", type=int, default=1_000, help="of each kind in a round of requests")
    parser.add_argument("--json", action="store_true", help="print a JSON object")
    asked = parser.parse_args(arguments)
    found = uvloop.run(_measured(asked))
    if asked.json:
        print(json.dumps({each.what: each.figures for each in found}))
        return
    for each in found:
        print(each.what)
        for name, numbers in each.figures.items():
            print(f"  {name:16}{numbers['median µs']:>10} µs{numbers['median ratio']:>8}  {numbers['ratios']}")


async def _measured(asked: argparse.Namespace) -> list[VariantFigures]:
    found: list[VariantFigures] = []
    async with telemetry_sink() as sink:
        for case in asked.case or CASES:
            say(f"{case} …")
            one = _alignment if case == "alignment" else _requests
            found += await all_in_turns(partial(_started, one, sink, asked), asked.turns)
        for path, count in sink.exports.items():
            say(f"{count} exports to {path}")
    return found


@asynccontextmanager
async def _started(case: Case, sink: TelemetrySink, asked: argparse.Namespace) -> AsyncIterator[Mapping[str, Measure]]:
    async with AsyncExitStack() as stack:
        yield {each.name: await case(stack, each, sink, asked) for each in VARIANTS}


async def _alignment(
    stack: AsyncExitStack, variant: Variant, sink: TelemetrySink, asked: argparse.Namespace
) -> Measure:
    """Real services, with an organization that has had its first round."""
    folder = stack.enter_context(temporary())
    stage = await stack.enter_async_context(RealServices(folder, _variables(variant, sink)))
    watch = await stack.enter_async_context(AlignmentConsumer(stage.kafka))
    company = Company(asked.nodes, partition=0)
    await founded(stage, company)
    await settled(stage, watch, company.id, company.sequence)
    mix = working_day if variant.kept is None else _in_traces(variant.kept)

    async def measure() -> dict[str, float]:
        measured = await waiting_round(stage, watch, company, mix, asked.events)
        await stage.tidy()
        return {"alignment: an event": measured.processor}

    await waiting_round(stage, watch, company, mix, asked.events // 4)
    return measure


def _in_traces(kept: float) -> Mix:
    """A working day of which every commit belongs to a trace of its own."""
    chance = random.Random(11)

    def commit(company: Company) -> list[Event]:
        flags = "01" if chance.random() < kept else "00"
        context = f"00-{chance.getrandbits(128):032x}-{chance.getrandbits(64):016x}-{flags}"
        return [structs.replace(event, traceparent=context) for event in working_day(company)]

    return commit


async def _requests(stack: AsyncExitStack, variant: Variant, sink: TelemetrySink, asked: argparse.Namespace) -> Measure:
    """Everything running, and a client."""
    said = stack.enter_context(up(_variables(variant, sink)))
    ask = stack.enter_context(closing(GraphQLRequests(said["graphql"], said["token"], AT_ONCE)))
    behind = [child_running(said["pid"], module) for module in _PROCESSES.values()]
    gateway = child_running(said["pid"], "gateway")
    root = (await ask("{ units { nodes { id } } }"))["nodes"][0]["id"]

    def spent() -> list[float]:
        return [seconds_of(pid) for pid in (*behind, gateway)]

    async def measure() -> dict[str, float]:
        began = spent()
        await asyncio.gather(*(ask(_OBJECTIVE, title=f"Goal {n}", owners=[root]) for n in range(asked.requests)))
        created = spent()
        await asyncio.gather(*(ask(_PAGE) for _ in range(asked.requests)))
        read = seconds_of(gateway)
        by_process = [after - before for before, after in zip(began, created, strict=True)]
        names = [*(f"{name}: a mutation" for name in _PROCESSES), "gateway: a mutation"]
        found = {**dict(zip(names, by_process, strict=True)), "all four: a mutation": sum(by_process)}
        found["gateway: a query"] = read - created[-1]
        return {what: seconds / asked.requests for what, seconds in found.items()}

    await measure()
    return measure


def _variables(variant: Variant, sink: TelemetrySink) -> dict[str, str]:
    if not variant.variables:
        return {}
    return {**variant.variables, "OTEL_EXPORTER_OTLP_ENDPOINT": sink.url} | (
        {"OTEL_TRACES_EXPORTER": "none"} if variant.kept is None else {}
    )
