"""Documents that multiply lists are refused whole, and one caller's costly requests leave room for everybody else's."""

from __future__ import annotations

import asyncio
import json
from time import monotonic

import pytest

from tests.support.graphql_client import Client
from tests.support.story_organization import StoryOrganization

pytestmark = pytest.mark.alone

GOALS = 2_000
VIEWER = "{ viewer { __typename } }"
PRODUCTS = [
    "{ objectives { nodes { owners { objectives { nodes { id } } } } } }",
    "{ goalTree(depth: null, first: 2000) { nodes { owners { objectives(first: 100) { nodes { id } } } } } }",
    "{ objectives(first: 500) { nodes { parents { parent { children(first: 100) { nodes { child { id } } } } } } } }",
]
COSTLY = """{ objectives(first: 500) { nodes { id title version state owners { id name } cycle { id name }
    alignment { state depth cause } parents { id because parent { id title } } } } }"""
"""Within the limits, and about a tenth of a second of processor time."""
AT_ONCE = 15
PATIENCE = 10.0
"""Seconds: far beyond what a bystander waits, far less than what these documents took when nothing was counted."""


async def filled(org: StoryOrganization) -> None:
    """Import two thousand goals below one why."""
    rows = [f"O{n},objective,Goal {n},W,Crew" for n in range(GOALS)]
    plan = "\n".join(["Row ID,Type,Title,Parent,Team", "P,purpose,Be useful,,", "W,why,On time,P,Crew", *rows])
    input = {"source": "plan", "content": plan}
    payload = await org.admin.do("importPlan", "created skippedCount impact { orphanedCount }", input)
    assert payload["created"] >= GOALS


async def waited(bystander: Client) -> float:
    """Seconds until a small request is answered."""
    before = monotonic()
    await asyncio.wait_for(bystander.ask(VIEWER), PATIENCE)
    return monotonic() - before


async def test_products_of_lists_end_in_one_error_and_a_bystander_is_answered(org: StoryOrganization) -> None:
    await filled(org)
    bystander = await org.person("bystander", {"role": "VIEWER"})
    for document in PRODUCTS:
        attack = asyncio.create_task(org.admin.post(document))
        await waited(bystander)
        answer = await asyncio.wait_for(attack, PATIENCE)
        assert (answer.status_code, set(answer.json())) == (400, {"errors"})
        (error,) = answer.json()["errors"]
        assert error["extensions"]["code"] == "COST_LIMIT"
        assert "`first`" in error["message"]


async def test_a_product_over_a_socket_leaves_the_socket_usable(org: StoryOrganization) -> None:
    await filled(org)
    async with org.admin.socket() as socket:
        for id, document in (("1", PRODUCTS[0]), ("2", VIEWER)):
            await socket.send(json.dumps({"id": id, "type": "subscribe", "payload": {"query": document}}))
        said = [json.loads(await asyncio.wait_for(socket.recv(), PATIENCE)) for _ in range(4)]
    found = {each["id"]: each for each in said if each["type"] == "next"}
    assert found["1"]["payload"]["data"] is None
    assert found["1"]["payload"]["errors"][0]["extensions"]["code"] == "COST_LIMIT"
    assert "errors" not in found["2"]["payload"]


@pytest.mark.parametrize("at_once", [AT_ONCE])
async def test_a_bystander_is_answered_between_many_costly_requests_of_one_caller(
    org: StoryOrganization, at_once: int
) -> None:
    await filled(org)
    bystander = await org.person("bystander", {"role": "VIEWER"})
    costly = [asyncio.create_task(org.admin.ask(COSTLY)) for _ in range(at_once)]
    answered = 0
    while not all(each.done() for each in costly):
        await waited(bystander)
        answered += 1
    assert answered >= at_once / 2, "the bystander waited for several costly requests at a time"
    for each in costly:
        assert len((await each)["objectives"]["nodes"]) == 500
