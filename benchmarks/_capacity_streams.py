"""What alignment and notifications carry, and what they need, in an installation that is real: for `capacity`.

Each is held still while events wait on the broker, then measured from when it goes on until it has saved the last.
Processor time is of the whole process: a replica on a core of its own carries one second's worth of it in a second.
"""

from __future__ import annotations

from time import perf_counter

from benchmarks._capacity_services import CapacityServices
from benchmarks._company import Company
from benchmarks._company_days import Mix, lived, turning, working_day
from benchmarks._table import say

LARGE, SMALL, SMALL_NODES = 10_000, 500, 20
_ONE_EVENTS, _TURNING_EVENTS, _EVENTS_EACH, COLD = 10_000, 3_000, 1, 200
Figures = dict[str, float]


async def cold(stage: CapacityServices) -> Figures:
    """Small organizations that are not in memory when they change: each is loaded first."""
    small = [Company(SMALL_NODES, seed=number) for number in range(COLD)]
    for each in small:
        await stage.write(each.founded())
    await stage.heard({each.id: each.sequence for each in small})
    say("small organizations that are not in memory …")
    found = await _round(stage, dict.fromkeys(small, _EVENTS_EACH), working_day, "small organizations, cold")
    return {what: number for what, number in found.items() if "a core" in what or "a second" in what}


async def streams(stage: CapacityServices) -> Figures:
    """One large organization, then many small ones of which each changes a little."""
    found: Figures = {}
    large = Company(LARGE)
    say("one organization is founded …")
    found |= await _founded(stage, [large], "large")
    for kind, mix, events in (("working day", working_day, _ONE_EVENTS), ("turning", turning, _TURNING_EVENTS)):
        say(f"one organization: {kind} …")
        found |= await _round(stage, {large: events}, mix, f"one organization, {kind}")
    small = [Company(SMALL_NODES, seed=number) for number in range(SMALL)]
    say("small organizations are founded …")
    found |= await _founded(stage, small, "small")
    for kind, mix in (("working day", working_day), ("turning", turning)):
        say(f"small organizations: {kind} …")
        found |= await _round(stage, dict.fromkeys(small, _EVENTS_EACH), mix, f"small organizations, {kind}")
    return found


async def _founded(stage: CapacityServices, companies: list[Company], name: str) -> Figures:
    """Bytes on disk that organizations need once they are there."""
    disk = {each: await stage.disk(each) for each in stage.pools}
    for company in companies:
        await stage.write(company.founded())
    ends = {each.id: each.sequence for each in companies}
    await stage.heard(ends)
    nodes = sum(each.nodes for each in companies)
    found: Figures = {f"{name}: events for a goal": sum(ends.values()) / nodes}
    for each in stage.pools:
        found[f"{name}: {each}, bytes on disk for a goal"] = (await stage.disk(each) - disk[each]) / nodes
    return found


async def _round(stage: CapacityServices, changes: dict[Company, int], mix: Mix, name: str) -> Figures:
    """Events wait for each of the two in turn; alignment's verdicts wait for notifications, too."""
    disk = {each: await stage.disk(each) for each in stage.pools}
    outputs = {each: await _stored(stage, each) for each in ("alignment", "notifications")}
    before = {each.id: each.sequence for each in changes}
    stage.hold("notifications")
    stage.hold("alignment")
    try:
        for company, events in changes.items():
            await stage.write(lived(company, mix, events))
        await stage.relayed("goals")
    finally:
        stage.go_on("alignment")
    ends = {each.id: each.sequence for each in changes}
    count = sum(ends.values()) - sum(before.values())
    found = await _measured(stage, "alignment", ends, count, name)
    await stage.relayed("alignment")
    stage.go_on("notifications")
    found |= await _measured(stage, "notifications", ends, count, name)
    for each, was in outputs.items():
        found[f"{name}: events of {each} for an event"] = (await _stored(stage, each) - was) / count
    for each in stage.pools:
        found[f"{name}: {each}, bytes on disk for an event"] = (await stage.disk(each) - disk[each]) / count
    return found


async def _stored(stage: CapacityServices, database: str) -> int:
    found: int = await stage.pools[database].fetchval("SELECT count(*) FROM outbox")
    return found


async def _measured(stage: CapacityServices, process: str, ends: dict[str, int], count: int, name: str) -> Figures:
    """How fast a process that goes on now is, and what it and those around it use for an event meanwhile."""
    used = {each: stage.spent(each) for each in (process, "gateway", "postgres")}
    began = perf_counter()
    ended = await (stage.heard(ends) if process == "notifications" else stage.folded(process, ends))
    found = {f"{name}: {process}, events a second": count / (ended - began)}
    for each, before in used.items():
        beside = "" if each == process else f" beside {process}"
        found[f"{name}: {each}{beside}, µs of a core for an event"] = (stage.spent(each) - before) / count * 1e6
    return found
