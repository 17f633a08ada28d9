"""What goals, the gateway and PostgreSQL need for a command and for a query: for `capacity`."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack, closing
from time import perf_counter

import httpx

from benchmarks._capacity_services import CapacityServices
from benchmarks._capacity_streams import Figures
from benchmarks._graphql_requests import GraphQLRequests
from benchmarks._table import say

ORGANIZATIONS, COMMANDS, QUERIES, AT_ONCE = 50, 500, 1_000, 16
_OBJECTIVE = """mutation($input: CreateObjectiveInput!) { createObjective(input: $input) {
    objective { id } errors { message } } }"""
_PAGE = "{ objectives(first: 20) { nodes { id title state } } }"
_ROOT = "{ units { nodes { id } } }"
_PROCESSES = ("goals", "alignment", "notifications", "gateway", "postgres")


async def commands(stage: CapacityServices) -> Figures:
    """Goals that are made, over many organizations and in one, and pages of goals that are read, through GraphQL."""
    say("organizations for commands …")
    with ExitStack() as stack:
        asks = [await _organization(stage, stack, number) for number in range(ORGANIZATIONS)]
        roots = [(await ask(_ROOT))["nodes"][0]["id"] for ask in asks]
        everywhere = [(asks[number % ORGANIZATIONS], roots[number % ORGANIZATIONS]) for number in range(COMMANDS)]
        say("commands …")
        found = await _commanded(stage, everywhere, "commands over many organizations")
        found |= await _commanded(stage, everywhere[:1] * COMMANDS, "commands in one organization")
        say("queries …")
        began, spent = perf_counter(), stage.spent("gateway")
        await _limited([asks[number % ORGANIZATIONS](_PAGE) for number in range(QUERIES)])
        found["queries: gateway, queries a second"] = QUERIES / (perf_counter() - began)
        found["queries: gateway, µs of a core for a query"] = (stage.spent("gateway") - spent) / QUERIES * 1e6
    return found | {f"{name}, MiB of memory": stage.memory(name) for name in _PROCESSES[:-1]}


async def _organization(stage: CapacityServices, stack: ExitStack, number: int) -> GraphQLRequests:
    """A client of a new organization, by a token of its administrator."""
    id, login = f"org_{number:05}", f"admin-{number}"
    body = {"id": id, "name": f"Example {number}", "admin_name": "Ada", "admin_subject": login}
    async with httpx.AsyncClient(headers={"Authorization": f"Bearer {stage.issuer.service_token()}"}) as http:
        (await http.post(f"{stage.url('goals')}/v1/organizations", json=body)).raise_for_status()
    token = stage.issuer.person_token(login, id)
    return stack.enter_context(closing(GraphQLRequests(f"{stage.url('gateway')}/graphql", token, AT_ONCE)))


async def _commanded(stage: CapacityServices, asks: list[tuple[GraphQLRequests, str]], name: str) -> Figures:
    before = {process: stage.spent(process) for process in _PROCESSES}
    log, transactions, began = await stage.log_position(), await stage.transactions(), perf_counter()
    await _limited([ask(_OBJECTIVE, title=f"Goal {n}", owners=[root]) for n, (ask, root) in enumerate(asks)])
    found = {f"{name}: commands a second": len(asks) / (perf_counter() - began)}
    for database in stage.pools:
        await stage.relayed(database)
    for process in _PROCESSES:
        spent = stage.spent(process) - before[process]
        found[f"{name}: {process}, µs of a core for a command"] = spent / len(asks) * 1e6
    found[f"{name}: bytes of write-ahead log for a command"] = (await stage.log_position() - log) / len(asks)
    found[f"{name}: transactions for a command"] = (await stage.transactions() - transactions) / len(asks)
    return found


async def _limited(work: list[object]) -> None:
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(each: object) -> None:
        async with gate:
            await each  # type: ignore[misc]

    await asyncio.gather(*map(one, work))
