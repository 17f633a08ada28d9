"""A request that asks for too much ends whole, with COST_LIMIT; one that does not is never told so."""

from __future__ import annotations

import asyncio
import time
from itertools import pairwise
from typing import Any

import pytest
from msgspec import structs

from gateway.budget import cost
from gateway.budget.caller_pace import MOST_READS, CallerPaces
from gateway.budget.cost import BudgetExceeded
from gateway.schema.build import make
from goldenthread.contracts.entities import Id
from goldenthread.contracts.enums import WhyState
from goldenthread.contracts.events.goals import ObjectiveCreated, WhyRetired
from goldenthread.contracts.replies import Accepted
from tests.support.entities import link, objective, purpose, why
from tests.unit.gateway.documents import codes
from tests.unit.gateway.fakes import Client, accepted
from tests.unit.gateway.world import World

DEEP = "{ objectives(first: 100) { nodes { owners { objectives(first: 100) { nodes { owners { id } } } } } } }"
HUGE = "{ objectives(first: 500) { nodes { owners { objectives(first: 100) { nodes { id } } } } } }"


def world(goals: int = 600) -> World:
    """A unit with many goals, all below one why."""
    made = [objective(f"objective_{number}") for number in range(goals)]
    links = [link(f"link_{number}", f"objective_{number}", "why_1", number + 2) for number in range(goals)]
    return World(purpose(), why("why_1"), link("link_why", "why_1", "purpose_1"), *made, *links)


async def test_a_product_of_lists_ends_the_whole_request() -> None:
    result = await Client(world()).run(HUGE)
    assert result.data is None
    assert codes(result) == ["COST_LIMIT"]
    assert "pages with `after`" in result.errors[0].message


async def test_a_request_over_the_limit_has_no_data_even_where_its_fields_are_nullable() -> None:
    result = await Client(world()).run(f'{{ viewer {{ __typename }} node(id: "unit_a") {{ ... on OrgUnit {DEEP} }} }}')
    assert (result.data, codes(result)) == (None, ["COST_LIMIT"])


async def test_rows_that_are_looked_through_count_also_where_none_is_shown() -> None:
    aliased = " ".join(
        f'a{number}: objectives(filter: {{search: "nothing {number}"}}) {{ totalCount }}' for number in range(100)
    )
    client = Client(world(3_000))
    assert codes(await client.run("{" + aliased + "}")) == ["COST_LIMIT"]
    assert await client.ask('{ objectives(filter: {search: "nothing"}) { totalCount } }') == {
        "objectives": {"totalCount": 0}
    }


@pytest.mark.slow
async def test_every_request_has_a_budget_of_its_own() -> None:
    client, half = Client(world()), "{ objectives(first: 500) { nodes { id title state version owners { id name } } } }"
    for _ in range(20):
        assert len((await client.ask(half))["objectives"]["nodes"]) == 500
    both = await asyncio.gather(*(client.run(half) for _ in range(20)), client.run(HUGE))
    assert [codes(each) for each in both] == [[]] * 20 + [["COST_LIMIT"]]


async def test_every_event_of_a_subscription_has_a_budget_of_its_own() -> None:
    client = Client(world(300))
    selection = " ".join(f"a{number}: links {{ id }} b{number}: changed {{ id title }}" for number in range(40))
    document = f"subscription {{ goalTreeChanged {{ revision {selection} }} }}"
    context = await client.context()
    stream = await make().subscribe(document, context_value=context)
    for number in range(40):
        waiting = asyncio.ensure_future(anext(stream))
        await asyncio.sleep(0)
        client.cache.deliver_all(client.world.commit(ObjectiveCreated(objective(f"objective_new_{number}"))))
        found: Any = await waiting
        assert (found.errors, found.data["goalTreeChanged"]["revision"]) == (None, number + 1)
    await stream.aclose()


async def test_a_mutation_that_ends_so_says_that_its_change_stands() -> None:
    def decide(world: World, _: Any) -> Accepted:
        return accepted(world, world.commit(ObjectiveCreated(objective("objective_new"))), Id("objective_new"))

    created = f'createObjective(input: {{title: "x", owners: ["unit_a"]}}) {{ objective {{ id owners {DEEP} }} }}'
    client = Client(world(), decide)
    result = await client.run(f"mutation {{ {created} }}")
    assert (result.data, codes(result)) == (None, ["COST_LIMIT"])
    assert "The changes were made" in result.errors[0].message
    assert (await client.context()).view.org.objectives["objective_new"]


async def test_the_impact_of_a_change_is_counted_whole_and_listed_in_part() -> None:
    def decide(world: World, _: Any) -> Accepted:
        retired = WhyRetired(structs.replace(world.org.whys["why_1"], state=WhyState.RETIRED), "over")
        events = world.commit(retired, write=False)
        return accepted(world, events, Id("why_1"), dry_run=True)

    client = Client(world(), decide)
    document = """mutation { retireWhy(input: {why: "why_1", reason: "over", dryRun: true}) {
        impact { orphanedCount orphaned { id } some: orphaned(first: 3) { id } mendedCount } errors { message } } }"""
    found = (await client.ask(document))["retireWhy"]["impact"]
    assert (found["orphanedCount"], len(found["orphaned"]), len(found["some"]), found["mendedCount"]) == (
        600,
        100,
        3,
        0,
    )


async def test_reads_from_other_processes_are_counted() -> None:
    client = Client(world())
    history = "{ objectives(first: %d) { nodes { history(first: 1) { totalCount } } } }"
    assert codes(await client.run(history % 50)) == []
    assert codes(await client.run(history % 200)) == ["COST_LIMIT"]


async def test_lists_have_fifty_items_and_at_most_a_hundred_inside_another() -> None:
    client = Client(world())
    assert len((await client.ask("{ objectives { nodes { id } } }"))["objectives"]["nodes"]) == 50
    assert len((await client.ask("{ objectives(first: 500) { nodes { id } } }"))["objectives"]["nodes"]) == 500
    children = 'query($first: Int) { node(id: "why_1") { ... on Why { children(first: $first) { nodes { id } } } } }'
    assert len((await client.ask(children, first=100))["node"]["children"]["nodes"]) == 100
    refused = [await client.run(children, first=101), await client.run("{ objectives(first: 501) { nodes { id } } }")]
    assert [codes(each) for each in refused] == [["INVALID"], ["INVALID"]]


async def test_what_the_budget_does_not_foresee_is_ended_by_the_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    now = iter(range(1_000))
    monkeypatch.setattr(time, "thread_time", lambda: next(now) * 0.1)
    budget = cost.Budget()
    for _ in range(6):
        budget.take(3_000)
    for _ in range(2):
        with pytest.raises(BudgetExceeded, match="processor time"):
            budget.take(3_000)


async def test_time_that_others_take_while_a_request_waits_is_not_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    now = iter(range(1_000))
    monkeypatch.setattr(time, "thread_time", lambda: next(now) * 0.1)
    budget = cost.Budget()
    for _ in range(20):
        budget.take(3_000)
        await asyncio.sleep(0)


async def test_a_larger_organization_may_be_looked_through_once() -> None:
    assert cost.Budget(100_000).most >= 3 * 100_000
    assert cost.Budget(10_000_000).most == cost.MOST


async def test_reads_from_other_processes_are_made_a_few_at_a_time() -> None:
    client, under_way = Client(world()), list[int]()
    history = client.upstreams.history

    async def slow(*asked: Any) -> Any:
        under_way.append(1)
        most.append(len(under_way))
        await asyncio.sleep(0)
        under_way.pop()
        return await history(*asked)

    most = list[int]()
    client.upstreams.history = slow  # type: ignore[method-assign,assignment]
    await client.ask("{ objectives(first: 50) { nodes { history(first: 1) { totalCount } } } }")
    assert (len(most), max(most)) == (50, MOST_READS)


class Shared(Client):
    """A caller whose requests have one pace."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.pace = CallerPaces().of("caller")

    async def context(self) -> Any:
        made = await super().context()
        made.pace = self.pace
        return made


async def test_what_many_requests_waited_for_is_not_completed_in_one_turn_of_the_loop() -> None:
    client, order = Shared(world()), list[str]()
    costly = "children(first: 100) { nodes { id child { id title alignment { state } parents { id because } } } }"
    node = f'node(id: "why_1") {{ ... on Why {{ {costly} }} }}'
    document = f"{{ a: {node} b: {node} }}"

    async def ask() -> None:
        await client.ask(document)
        order.append("answered")

    async def bystander() -> None:
        while order.count("answered") < 8:
            order.append("-")
            await asyncio.sleep(0)

    await asyncio.gather(*(ask() for _ in range(8)), bystander())
    answered = [place for place, each in enumerate(order) if each == "answered"]
    assert all(later - earlier > 1 for earlier, later in pairwise(answered))


async def test_reading_a_document_is_charged_also_when_it_is_refused() -> None:
    client = Shared(world(1))
    refused = (
        "{ objectives(filter: {" + " ".join(f"unknown{number}: 1" for number in range(1_000)) + "}) { totalCount } }"
    )
    assert codes(await client.run(refused))
    assert client.pace.debt() > 0
