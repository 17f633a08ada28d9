"""What everybody else waits while somebody attacks the gateway, or a process beside it does not answer.

Everything runs, with an organization of 2,000 goals. Beside each attack a bystander asks a small query every 20 ms and
sends a mutation every 250 ms, whether the last one was answered or not, and has a subscription open. A wait counts
from the moment at which the request was due; one that is not answered at all waits until it is given up. The gateway's
memory is that of its process before, at its highest, and two seconds afterwards. The first row is the bystander alone:
what it waits there it waits for the machine. Where others keep the machine busy, the gateway's processor time tells
more than the waits.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Sequence
from contextlib import closing, suppress
from pathlib import Path
from time import perf_counter
from typing import Any

import msgspec
from rich.console import Console
from rich.table import Table

from benchmarks import _attacks
from benchmarks._bystander import AWAY, SMALL, Bystander, GatewayProcess, state_of
from benchmarks._graphql_requests import GraphQLRequests
from benchmarks._table import say
from benchmarks.telling import up
from goldenthread.launcher import instance_file

SETTLED = 2.0
"""Seconds that the bystander asks after an attack, and without one."""
ATTACK_WITHIN = 30.0
"""Seconds until an attack is ended."""
BACK_WITHIN = 60.0
"""Seconds in which the gateway must answer again by itself; then it is killed, and the launcher starts another."""
_ROWS = 200
_IMPORT = """mutation($input: ImportPlanInput!) { importPlan(input: $input) {
    created skipped { message } errors { message } } }"""


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One attack: what it got, what the bystander waited, what it cost the gateway."""

    attack: str
    got: str
    worst_ms: float
    p99_ms: float
    mutation_worst_ms: float
    asked: int
    unanswered: int
    subscription: str
    cpu_s: float
    before_mb: float
    peak_mb: float
    after_mb: float
    replaced: bool = False


def main(arguments: list[str]) -> None:
    """Attack, and print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks hostile", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print a JSON list")
    parser.add_argument("--goals", type=int, default=2_000, help="in the organization")
    parser.add_argument("--attack", action="append", choices=list(_attacks.ATTACKS), help="only this one; repeatable")
    asked = parser.parse_args(arguments)
    with up() as said:
        show(asyncio.run(_measured(said, asked.goals, asked.attack or list(_attacks.ATTACKS))), as_json=asked.json)


async def _measured(said: dict[str, Any], goals: int, attacks: Sequence[str]) -> list[Row]:
    with closing(GraphQLRequests(said["graphql"], said["token"], 1)) as ask:
        await _fill(ask, goals)
        goal = (await ask("{ objectives(first: 1) { nodes { id owners { id } } } }"))["nodes"][0]
        said = said | {"bystander": await _bystander(ask, said, goal["owners"][0]["id"]), "goal": goal}
    rows = []
    for name in ("", *attacks):
        say(name or "nothing")
        gateway = GatewayProcess(said)
        pid, row = gateway.pid, await _beside(said, gateway, name)
        await _answers(said)
        rows.append(msgspec.structs.replace(row, replaced=gateway.pid != pid))
    return rows


async def _bystander(ask: GraphQLRequests, said: dict[str, Any], unit: str) -> str:
    """A token of somebody else: the attacker's own pace is not the bystander's."""
    add = """mutation($input: AddPersonInput!) { addPerson(input: $input) { person { id } errors { message } } }"""
    await ask(add, name="A bystander", subject="bystander", roles=[{"role": "MEMBER", "unit": unit}])
    data_dir = Path(said["dataDir"])
    instance = instance_file.find(data_dir)
    if instance is None:
        raise RuntimeError("nothing runs any more")
    return instance_file.issuer_of(data_dir, instance).person_token("bystander", said["organization"])


async def _fill(ask: GraphQLRequests, goals: int) -> None:
    """A purpose and goals in a tree below it, in several commits, so that there is something to replay."""
    head = "Row ID,Type,Title,Description,Parent,Entity\np,purpose,Be useful,,,\n"
    rows = [f"g{n},objective,Goal {n},,{f'g{(n - 1) // 8}' if n else 'p'},Team {n % 20}\n" for n in range(goals)]
    for end in range(_ROWS, goals + _ROWS, _ROWS):
        content = head + "".join(rows[:end])
        done = await ask(_IMPORT, source="hostile", format="OKR_SHEET", content=content)
        if done["skipped"]:
            raise RuntimeError(f"not all of the plan was taken: {done['skipped'][:3]}")


async def _beside(said: dict[str, Any], gateway: GatewayProcess, name: str) -> Row:
    """One attack with its bystander, who begins when the attack does."""
    bystander = Bystander(said["graphql"], said["bystander"], said["goal"])
    socket = await bystander.subscribed()
    attacker = await _attacker(said, name) if name else None
    before, spent = gateway.resident_mb(), gateway.cpu_seconds()
    watching, asking = asyncio.create_task(gateway.watch()), asyncio.create_task(bystander.ask())
    got = await _attacked(attacker) if attacker is not None else ""
    await asyncio.sleep(SETTLED)
    bystander.enough = True
    await asking
    spent, after = gateway.cpu_seconds() - spent, gateway.resident_mb()
    watching.cancel()
    return Row(
        attack=name or "nothing",
        got=got,
        worst_ms=bystander.queries.quantile_ms(1),
        p99_ms=bystander.queries.quantile_ms(0.99),
        mutation_worst_ms=bystander.mutations.quantile_ms(1),
        asked=len(bystander.queries.seconds) + len(bystander.mutations.seconds),
        unanswered=bystander.queries.unanswered + bystander.mutations.unanswered,
        subscription=await state_of(socket),
        cpu_s=round(max(0.0, spent), 2),
        before_mb=before,
        peak_mb=gateway.peak_mb,
        after_mb=after,
    )


async def _attacker(said: dict[str, Any], name: str) -> Process:
    """A process that is ready to attack."""
    instance = instance_file.find(Path(said["dataDir"]))
    alignment = instance.pids["alignment"] if instance is not None else 0
    environment = os.environ | {"URL": said["graphql"], "TOKEN": said["token"], "ALIGNMENT": str(alignment)}
    command = (sys.executable, "-m", "benchmarks._attacks", name)
    process = await asyncio.create_subprocess_exec(*command, env=environment, stdin=PIPE, stdout=PIPE)
    assert process.stdout is not None
    await process.stdout.readline()
    return process


async def _attacked(attacker: Process) -> str:
    """What an attack got; it is ended when it takes too long."""
    try:
        async with asyncio.timeout(ATTACK_WITHIN):
            out, _ = await attacker.communicate(b"go\n")
        return out.decode().strip() or "failed"
    except TimeoutError:
        return "did not end"
    finally:
        with suppress(ProcessLookupError):
            attacker.kill()
        await attacker.wait()


async def _answers(said: dict[str, Any]) -> None:
    """Returns when the gateway answers. One that never does is killed, so that the next attack meets another."""
    killed, deadline = False, perf_counter() + BACK_WITHIN
    with closing(GraphQLRequests(said["graphql"], said["token"], 1)) as ask:
        while True:
            with suppress(*AWAY):
                async with asyncio.timeout(2):
                    await ask(SMALL)
                return
            if perf_counter() > deadline:
                if killed:
                    raise RuntimeError("the gateway does not come back")
                os.kill(GatewayProcess(said).pid, signal.SIGKILL)
                killed, deadline = True, perf_counter() + BACK_WITHIN
            await asyncio.sleep(0.1)


def show(rows: Sequence[Row], *, as_json: bool) -> None:
    """Print them on stdout."""
    if as_json:
        print(msgspec.json.encode(rows).decode())
        return
    numbers = ("worst ms", "p99 ms", "mutation", "unanswered", "CPU s", "before", "peak", "after MB")
    table = Table("attack", "the attacker got", *numbers, "subscription", row_styles=["", "dim"])
    for column in table.columns[2:-1]:
        column.justify, column.no_wrap = "right", True
    for row in rows:
        got = row.got + ("; the gateway was replaced" if row.replaced else "")
        waited = (
            *(f"{each:,.0f}" for each in (row.worst_ms, row.p99_ms, row.mutation_worst_ms)),
            f"{row.unanswered} of {row.asked}",
        )
        used = (f"{row.cpu_s:.1f}", *(f"{each:,.0f}" for each in (row.before_mb, row.peak_mb, row.after_mb)))
        table.add_row(row.attack, got, *waited, *used, row.subscription)
    Console(width=None if sys.stdout.isatty() else 160).print(table)
