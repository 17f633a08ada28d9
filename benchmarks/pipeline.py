"""Alignment from Kafka to Kafka, on the real embedded broker and PostgreSQL, every service a process of its own.

Mixes: *working day* is mostly check-ins and changes of objectives, with some links proposed, accepted and withdrawn,
and now and then a why that is revised and reaffirmed; of *every event turns verdicts* each is the withdrawal or the
acceptance of the link that a goal hangs on. Both are written out in `_company_days.py`, the organization in
`_company.py`.

saturation: events wait on one partition of goals' topic, with alignment held still and the organization in its memory;
from the moment it goes on until it has judged the last and the last of its output is read from its topic. Beside it
a peer (`_naive_pipeline.py`, which says what it does less) on the same events.
latency: events enter goals' outbox when they are due (working day): through goals' relay, Kafka, alignment, its outbox
and relay, until the last record with their number as `basis` is read. Only events with output can be seen.
mutations: through GraphQL, each turns one verdict; until the subscription says so.
flip: the purpose is retired; until the last transition is stored and read.
crowd: a thousand small organizations of 20 nodes, some events a second among them that turn verdicts; while a huge one
rests and while it flips: first all in one process, then where processes share the work by size; and at last while other
processes keep every core busy, and nothing flips. The ratios are those of the p99s.

Everything, the reader and the injection too, shares the machine's cores.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

import uvloop

from benchmarks._alignment_consumer import AlignmentConsumer
from benchmarks._alignment_throughput import founded, latency, saturation, settled
from benchmarks._company import Company
from benchmarks._company_days import turning, working_day
from benchmarks._folder import temporary
from benchmarks._large_and_small import RATE, FlippingOrganization, crowded, flipped
from benchmarks._mutations import mutations
from benchmarks._real_services import RealServices
from benchmarks._table import Row, say, show, with_ratios

CASES = ("saturation", "latency", "mutations", "flip", "crowd")
RATES = (1_000, 4_000, 10_000)


def main(arguments: list[str]) -> None:
    """Measure the cases that are named, all by default, and print what was found."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks pipeline", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--json", action="store_true", help="print a JSON list")
    parser.add_argument("--case", action="append", choices=CASES, help="measure this one only; may be repeated")
    parser.add_argument("--nodes", type=int, default=10_000, help="of the organization in saturation and latency")
    parser.add_argument("--huge", type=int, default=100_000, help="nodes of the organization that flips")
    parser.add_argument("--rate", type=int, default=RATE, help="events a second of the small ones in crowd")
    parser.add_argument("--seconds", type=float, default=4.0, help="of each rate of latency")
    asked = parser.parse_args(arguments)
    rows = uvloop.run(measure(asked.case or CASES, asked.nodes, asked.huge, asked.seconds, asked.rate))
    show(rows, as_json=asked.json)


async def measure(cases: Sequence[str], nodes: int, huge: int, seconds: float, rate: int) -> list[Row]:
    """The rows of these cases."""
    rows: list[Row] = []
    if "mutations" in cases:
        say("mutations …")
        rows += await mutations()
    if set(cases) - {"mutations"}:
        with temporary() as folder:
            async with RealServices(folder) as stage, AlignmentConsumer(stage.kafka) as watch:
                rows += await _on_stage(stage, watch, cases, nodes, huge, seconds, rate)
    return rows


async def _on_stage(
    stage: RealServices,
    watch: AlignmentConsumer,
    cases: Sequence[str],
    nodes: int,
    huge: int,
    seconds: float,
    rate: int,
) -> list[Row]:
    rows: list[Row] = []
    if "saturation" in cases:
        say("saturation …")
        for partition, (name, mix) in enumerate({"working day": working_day, "turning": turning}.items()):
            rows += with_ratios(await saturation(stage, watch, mix, name, nodes, partition))
    if "latency" in cases:
        say("latency …")
        company = Company(nodes, partition=2)
        await founded(stage, company)
        await settled(stage, watch, company.id, company.sequence)
        rows += [await latency(stage, watch, company, working_day, rate, seconds) for rate in RATES]
    if "flip" in cases or "crowd" in cases:
        say("a huge organization …")
        flipping = FlippingOrganization(stage, watch, huge)
        await flipping.begin()
        rows += [await flipped(flipping)] if "flip" in cases else []
        rows += await crowded(stage, watch, flipping, rate) if "crowd" in cases else []
    return rows
