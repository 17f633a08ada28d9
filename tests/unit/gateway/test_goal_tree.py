"""The pages of a goal tree are the tree: every node, root and link of it once, whatever the size of a page."""

from __future__ import annotations

import asyncio
import dataclasses
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.live.organization_view import OrganizationView
from gateway.views.goal_tree import Scope, tree
from goldenthread.contracts.enums import ObjectiveState
from tests.support.entities import key_result, link, objective, purpose, why
from tests.unit.gateway.fakes import Client
from tests.unit.gateway.world import World

PAGE = """query($first: Int, $after: String, $depth: Int, $root: ID, $orphans: Boolean!) {
  goalTree(root: $root, depth: $depth, first: $first, after: $after, includeOrphans: $orphans) {
    revision truncated roots { id } nodes { id } links { id } pageInfo { hasNextPage hasPreviousPage endCursor } } }"""
NODES = ["purpose_1", "why_1", "why_2", *(f"objective_{number}" for number in range(6)), "keyresult_1"]


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """A few nodes with any links among them, loops too."""
    states = st.sampled_from([ObjectiveState.ACTIVE, ObjectiveState.DRAFT, ObjectiveState.CLOSED])
    entities: list[Any] = [why("why_1"), why("why_2"), key_result("keyresult_1", "objective_0")]
    entities += [purpose()] if draw(st.booleans()) else []
    entities += [objective(f"objective_{number}", draw(states)) for number in range(6)]
    pairs = draw(st.sets(st.tuples(st.sampled_from(NODES[1:]), st.sampled_from(NODES)), max_size=14))
    linked = [(child, parent) for child, parent in sorted(pairs) if child != parent]
    return World(*entities, *(link(f"link_{n}", *pair, order=n) for n, pair in enumerate(linked)))


async def pages(world: World, **asked: Any) -> list[dict[str, Any]]:
    """Every page of a tree."""
    client, found, after = Client(world), list[dict[str, Any]](), None
    while True:
        page = (await client.ask(PAGE, after=after, **asked))["goalTree"]
        found.append(page)
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            return found


def ids(pages: list[dict[str, Any]], name: str) -> list[str]:
    return [each["id"] for page in pages for each in page[name]]


@settings(max_examples=60, deadline=None)
@given(worlds(), st.integers(1, 12), st.none() | st.integers(0, 3), st.booleans(), st.sampled_from([None, *NODES[1:]]))
def test_the_pages_of_a_tree_are_the_tree(
    world: World, first: int, depth: int | None, orphans: bool, root: str | None
) -> None:
    whole = tree(world.view(), root, depth, Scope(), orphans)
    found = asyncio.run(pages(world, first=first, depth=depth, orphans=orphans, root=root))
    assert ids(found, "nodes") == whole.nodes
    assert ids(found, "roots") == whole.roots
    among = [each.id for id in whole.nodes for each in world.org.parents(id) if each.parent in whole.nodes]
    assert ids(found, "links") == among
    assert all(page["truncated"] == len(whole.nodes) - len(page["nodes"]) + whole.deeper for page in found)
    assert [page["pageInfo"]["hasPreviousPage"] for page in found] == [number > 0 for number in range(len(found))]
    assert all(len(page["nodes"]) == first for page in found[:-1])


def late(world: World) -> OrganizationView:
    """The organization of which alignment has judged nothing."""
    return OrganizationView(world.view().id, dataclasses.replace(world.loaded(), alignment=None))


def test_while_nothing_is_judged_the_tops_of_the_tree_are_its_roots() -> None:
    world = World(
        purpose(),
        *(objective(f"objective_{number}") for number in range(5)),
        key_result("keyresult_1", "objective_1"),
        link("link_0", "objective_0", "purpose_1"),
        link("link_1", "objective_2", "keyresult_1"),
        link("link_2", "objective_3", "objective_4"),
        link("link_3", "objective_4", "objective_3"),
        link("link_4", "keyresult_1", "objective_1"),
    )
    found = tree(late(world), None, None, Scope(), True)
    assert found.roots == ["purpose_1", "objective_1", "objective_3"]
    assert set(found.nodes) == {"purpose_1", "keyresult_1", *(f"objective_{number}" for number in range(5))}


@settings(max_examples=60, deadline=None)
@given(worlds())
def test_every_live_node_is_in_the_tree_also_while_nothing_is_judged(world: World) -> None:
    """A tree that leaves out what is not judged yet would say that it is not there."""
    judged, unjudged = tree(world.view(), None, None, Scope(), True), tree(late(world), None, None, Scope(), True)
    live = {id for id in NODES if world.org.live(id)}
    assert live <= set(unjudged.nodes)
    assert set(judged.nodes) <= set(unjudged.nodes)
    assert len(unjudged.nodes) == len(set(unjudged.nodes))
    assert tree(late(world), None, None, Scope(), False).nodes == tree(world.view(), None, None, Scope(), False).nodes
