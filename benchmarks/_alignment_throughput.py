"""How much alignment takes in, and how long it needs from input to output, with real processes around it."""

from __future__ import annotations

import asyncio
from bisect import bisect_right
from collections.abc import Sequence
from time import perf_counter
from typing import NamedTuple

from benchmarks._alignment_consumer import AlignmentConsumer
from benchmarks._company import Company
from benchmarks._company_days import Mix, lived
from benchmarks._garbage_collection import quiet
from benchmarks._naive_pipeline import rate_of_peer
from benchmarks._real_services import RealServices
from benchmarks._table import OURS, Row, say
from goldenthread.contracts.envelope import Event

PATIENCE = 240.0
_FIRST, _MOST, _SECONDS = 8_000, 200_000, 5.0
"""A first round of so many events is the warm-up, and says how many make a round of about so many seconds."""


async def founded(stage: RealServices, company: Company) -> list[Event]:
    """The organization as it came to be, in goals' outbox; alignment may be at it."""
    commits = list(company.founded())
    await stage.stage(commits)
    await stage.release(company.id, 0, company.sequence)
    return [event for commit in commits for event in commit]


async def settled(stage: RealServices, watch: AlignmentConsumer, organization: str, end: int) -> float:
    """When everything up to a sequence was judged and all that follows from it was seen. Raises TimeoutError."""
    async with asyncio.timeout(PATIENCE):
        while True:
            judged, length = await stage.judged(organization)
            if judged >= end and watch.last.get(organization, 0) >= length:
                return perf_counter()
            await asyncio.sleep(0.005)


async def saturation(
    stage: RealServices, watch: AlignmentConsumer, mix: Mix, name: str, nodes: int, partition: int
) -> list[Row]:
    """Events/s of ours, then of the peer on the same events."""
    company = Company(nodes, partition=partition)
    founding = await founded(stage, company)
    await settled(stage, watch, company.id, company.sequence)
    rate = (await waiting_round(stage, watch, company, mix, _FIRST)).rate
    say(f"  {name}: {rate:,.0f} events/s in the first round")
    events = min(_MOST, max(_FIRST, int(rate * _SECONDS)))
    outputs = watch.last.get(company.id, 0)
    rate, processor = await waiting_round(stage, watch, company, mix, events)
    outputs = watch.last.get(company.id, 0) - outputs
    say(f"  {name}: {rate:,.0f} events/s, {outputs / events:.2f} events published for one")
    say(f"  {name}: alignment used {processor * 1e6:,.0f} µs of a core for one")
    case = f"saturation, {name}"
    peer = await rate_of_peer(stage, company, founding)
    say(f"  {name}: the peer {peer:,.0f} events/s")
    return [
        Row(case, nodes, OURS, round(rate, 1), None, None),
        Row(case, nodes, "FastStream, a transaction an event", round(peer, 1), None, None),
    ]


class WaitingRound(NamedTuple):
    """Events a second, and seconds of a core that alignment used for each."""

    rate: float
    processor: float


async def waiting_round(
    stage: RealServices, watch: AlignmentConsumer, company: Company, mix: Mix, events: int
) -> WaitingRound:
    """Events wait on the topic while alignment is held still; it is measured from when it goes on until it is done."""
    before = company.sequence
    await stage.stage(lived(company, mix, events))
    stage.hold()
    try:
        await stage.release(company.id, before, company.sequence)
        await stage.published()
        began, spent = perf_counter(), stage.spent()
    finally:
        stage.go_on()
    ended = await settled(stage, watch, company.id, company.sequence)
    count = company.sequence - before
    return WaitingRound(count / (ended - began), (stage.spent() - spent) / count)


async def latency(
    stage: RealServices, watch: AlignmentConsumer, company: Company, mix: Mix, rate: int, seconds: float
) -> Row:
    """Events enter goals' outbox when they are due, `rate` a second, whatever became of those before."""
    before, commits = company.sequence, list(lived(company, mix, int(rate * seconds)))
    await stage.stage(commits)
    with quiet():
        began = perf_counter() + 0.1
        late = await _inject(stage, company.id, [commit[-1].sequence for commit in commits], before, rate, began)
        done = await settled(stage, watch, company.id, company.sequence)
    seen = {basis: at for basis, at in watch.seen[company.id].items() if basis > before}
    spent = [at - began - (basis - before) / rate for basis, at in seen.items()]
    say(f"  {rate:,}/s: {len(seen):,} with output; injecting was {late * 1000:.0f} ms late at most")
    reached = (company.sequence - before) / (done - began)
    return row(f"input → output at {rate:,} events/s", company.nodes, OURS, reached, spent)


async def _inject(
    stage: RealServices, organization: str, ends: Sequence[int], before: int, rate: int, began: float
) -> float:
    """Release whole commits as they become due; the most seconds by which one was too late."""
    done, last, late = 0, before, 0.0
    while done < len(ends):
        due = bisect_right(ends, before + int((perf_counter() - began) * rate), done)
        if due == done:
            await asyncio.sleep(0.001)
            continue
        late = max(late, perf_counter() - began - (ends[done] - before) / rate)
        await stage.release(organization, last, ends[due - 1])
        done, last = due, ends[due - 1]
    return late


def row(case: str, nodes: int, engine: str, rate: float, spent: Sequence[float], ratio: float | None = None) -> Row:
    """A row of latencies, given in seconds."""
    ordered = sorted(max(0.0, each) * 1e6 for each in spent)
    p50, p99 = (round(ordered[min(len(ordered) - 1, int(len(ordered) * part))]) for part in (0.5, 0.99))
    return Row(case, nodes, engine, round(rate, 1), p50, p99, ratio)
