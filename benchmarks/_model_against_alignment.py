"""The model of queues beside the real alignment, at rates at which it uses a part of a core."""

from __future__ import annotations

import asyncio
from time import perf_counter

import numpy as np
from msgspec import Struct

from benchmarks._alignment_consumer import AlignmentConsumer
from benchmarks._alignment_throughput import founded, settled
from benchmarks._company import Company
from benchmarks._company_days import lived, turning
from benchmarks._folder import temporary
from benchmarks._garbage_collection import quiet
from benchmarks._real_services import RealServices
from benchmarks._simulated_week import sojourns
from benchmarks._table import say

RATES, SECONDS, SMALL, NODES = (50, 100, 200, 300), 10.0, 300, 20


class ModelRow(Struct, frozen=True):
    """Changes at one rate: seconds of a core that alignment used, and from release to the verdict on Kafka."""

    rate: float
    load: float
    p50_ms: float
    p99_ms: float
    model_p50_ms: float
    model_p99_ms: float


async def compared() -> list[ModelRow]:
    """A row for each rate. What the way costs besides the queue is taken from the lowest rate: its median."""
    rows: list[ModelRow] = []
    with temporary() as folder:
        async with RealServices(folder) as stage, AlignmentConsumer(stage.kafka) as watch:
            companies = [Company(NODES, seed=number) for number in range(SMALL)]
            each = max(1, int(sum(RATES) * SECONDS / SMALL) + 2)
            ends = {}
            for company in companies:
                await founded(stage, company)
                ends[company.id] = company.sequence
                await stage.stage(lived(company, turning, each))
            for id, end in ends.items():
                await settled(stage, watch, id, end)
            await stage.tidy()
            path: float | None = None
            for rate in RATES:
                say(f"{rate} changes a second …")
                arrivals, took, load = await _round(stage, watch, ends, rate)
                service = load / rate
                modelled = sojourns(arrivals, np.random.default_rng(1).exponential(service, len(arrivals)))
                path = float(np.median(took)) - float(np.median(modelled)) if path is None else path
                real, model = [np.quantile(found, (0.5, 0.99)) * 1000 for found in (took, modelled + path)]
                rows.append(ModelRow(rate, load, *map(float, (*real, *model))))
    return rows


async def _round(
    stage: RealServices, watch: AlignmentConsumer, ends: dict[str, int], rate: int
) -> tuple[np.ndarray, np.ndarray, float]:
    """When changes came, how long each took, and how much of a core alignment used."""
    chance = np.random.default_rng(rate)
    due = np.sort(chance.random(int(rate * SECONDS))) * SECONDS
    ids, at = list(ends), {}
    turns = {id: asyncio.Lock() for id in ids}
    with quiet():
        began, spent = perf_counter() + 0.1, stage.spent()
        async with asyncio.TaskGroup() as tasks:
            for number, when in enumerate(due):
                await asyncio.sleep(max(0.0, began + when - perf_counter()))
                id = ids[number % len(ids)]
                at[id, ends[id] + 1] = perf_counter()
                tasks.create_task(_released(stage, turns[id], id, ends[id]))
                ends[id] += 1
        for id, end in ends.items():
            await settled(stage, watch, id, end)
        load = (stage.spent() - spent) / (perf_counter() - began)
    seen = {key: watch.seen[key[0]][key[1]] - when for key, when in at.items() if key[1] in watch.seen[key[0]]}
    return np.array([at[key] - began for key in seen]), np.array(list(seen.values())), load


async def _released(stage: RealServices, turn: asyncio.Lock, organization: str, after: int) -> None:
    """The next event of an organization enters the outbox, when the one before has."""
    async with turn:
        await stage.release(organization, after, after + 1)
