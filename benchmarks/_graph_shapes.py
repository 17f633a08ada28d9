"""Goal graphs of some size: the realistic one, and those that are hard for an incremental engine, with their events."""

from __future__ import annotations

import random
from array import array
from collections.abc import Iterator

from benchmarks._graphs import DRAFT, ENDED, KEY_RESULT, LIVE, OBJECTIVE, PURPOSE, WHY, FlatGraph, GraphCommit
from goldenthread.contracts.entities import Objective, Purpose
from goldenthread.contracts.enums import LinkState, Side
from goldenthread.contracts.events import goals

LEVELS, FAN_OUT = 5, 3.2
CHAIN, RING, PARENTS = 10_000, 100, 20


def realistic(nodes: int, chance: random.Random) -> FlatGraph:
    """A purpose, a why per 1,000 nodes, and below them objectives in five levels and the key results that measure them.

    Half of the nodes are key results. An objective has 3.2 below it on average; of ten, one hangs on a key result of
    another objective and one has a second parent. 3 % hang on nothing, 3 % are drafts, 5 % of the links have no why.
    """
    world, whys = FlatGraph(), max(1, nodes // 1000)
    world.node(PURPOSE)
    levels = [[world.node(WHY, level=1) for _ in range(whys)]]
    objectives = max(LEVELS, (nodes - whys - 1) // 2)
    shares = [FAN_OUT**depth for depth in range(LEVELS)]
    sizes = [max(1, round(objectives * share / sum(shares))) for share in shares]
    for depth, size in enumerate(sizes, 1):
        levels.append([world.node(OBJECTIVE, _own(chance), level=2 * depth) for _ in range(size)])
    first, measured = levels[1][0], array("i", [-1]) * len(world.kind)
    for _ in range(nodes - len(world.kind)):
        objective = chance.randrange(first, len(measured))
        measured[objective] = world.node(KEY_RESULT, measures=objective, level=world.level[objective] + 1)
    for why in levels[0]:
        world.link(why, 0, LinkState.ACCEPTED)
    for depth, level in enumerate(levels[1:], 1):
        for place, child in enumerate(level):
            _hang(world, child, levels, depth, place * len(levels[depth - 1]) // len(level), measured, chance)
    for key_result in range(len(measured), len(world.kind)):
        world.link(key_result, world.measures[key_result], LinkState.ACCEPTED, measure=True)
    return world


def _own(chance: random.Random) -> int:
    return DRAFT if chance.random() < 0.03 else LIVE


def _hang(
    world: FlatGraph, child: int, levels: list[list[int]], depth: int, place: int, measured: array[int],
    chance: random.Random,
) -> None:  # fmt: skip
    """Link an objective up: to the one at its place in the level above, and now and then to another."""
    if chance.random() < 0.03:
        return
    parent = levels[depth - 1][place]
    if measured[parent] >= 0 and chance.random() < 0.1:
        parent = measured[parent]
    world.link(child, parent, LinkState.ACCEPTED, explained=chance.random() >= 0.05)
    other = chance.choice(levels[chance.randrange(depth)])
    if other != parent and chance.random() < 0.1:
        world.link(child, other, LinkState.ACCEPTED, explained=chance.random() >= 0.05)


def flips(world: FlatGraph) -> Iterator[GraphCommit]:
    """The purpose is retired and published again, for ever."""
    while True:
        for own in (ENDED, LIVE):
            edits = world.set_node(0, own)
            purpose = world.entity(0)
            assert isinstance(purpose, Purpose)
            payload = goals.PurposePublished(purpose) if own == LIVE else goals.PurposeRetired(purpose, "We merge")
            yield GraphCommit((payload,), edits)


def chain(nodes: int, _chance: random.Random) -> FlatGraph:
    """Chains below the purpose, each 10,000 deep, or as deep as the nodes suffice for."""
    world = FlatGraph()
    world.node(PURPOSE)
    for place in range(nodes - 1):
        child = world.node(OBJECTIVE)
        world.link(child, 0 if place % CHAIN == 0 else child - 1, LinkState.ACCEPTED, explained=place % 7 > 0)
    return world


def cuts(world: FlatGraph, chance: random.Random) -> Iterator[GraphCommit]:
    """The top link of a chain is withdrawn, and accepted again."""
    tops = list(world.down(0))
    while True:
        link = chance.choice(tops)
        yield turned(world, link, LinkState.WITHDRAWN)
        yield turned(world, link, LinkState.ACCEPTED)


def ring(nodes: int, _chance: random.Random) -> FlatGraph:
    """Chains of 100 below the purpose, each with a link, not yet accepted, from its top to its bottom."""
    world = FlatGraph()
    world.node(PURPOSE)
    for place in range(nodes - 1):
        child = world.node(OBJECTIVE)
        world.link(child, 0 if place % RING == 0 else child - 1, LinkState.ACCEPTED)
    for top in range(1, nodes - RING + 1, RING):
        world.link(top, top + RING - 1, LinkState.PROPOSED)
    return world


def rings(world: FlatGraph, chance: random.Random) -> Iterator[GraphCommit]:
    """A chain is closed to a ring, cut off from the purpose (now it is a loop), tied to it again, and opened."""
    closing = [link for link in range(len(world.child)) if world.is_in(link, LinkState.PROPOSED)]
    while True:
        ties = chance.choice(closing)
        top = next(link for link in world.up(world.child[ties]) if world.parent[link] == 0)
        yield turned(world, ties, LinkState.ACCEPTED)
        yield turned(world, top, LinkState.WITHDRAWN)
        yield turned(world, top, LinkState.ACCEPTED)
        yield turned(world, ties, LinkState.WITHDRAWN)


def dense(nodes: int, chance: random.Random) -> FlatGraph:
    """Twenty levels below the purpose; every objective has 20 parents in the level above, one link of four no why."""
    world = FlatGraph()
    world.node(PURPOSE)
    above, size = [0], max(PARENTS, (nodes - 1) // 20)
    while len(world.kind) < nodes:
        level = [world.node(OBJECTIVE) for _ in range(min(size, nodes - len(world.kind)))]
        for child in level:
            for parent in chance.sample(above, min(PARENTS, len(above))):
                world.link(child, parent, LinkState.ACCEPTED, explained=chance.random() >= 0.25)
        above = level
    return world


def blows(world: FlatGraph, chance: random.Random) -> Iterator[GraphCommit]:
    """A link is withdrawn, an objective closed; then both again as they were."""
    while True:
        link, node = chance.randrange(len(world.child)), chance.randrange(1, len(world.kind))
        yield turned(world, link, LinkState.WITHDRAWN)
        yield closed(world, node)
        yield turned(world, link, LinkState.ACCEPTED)
        yield opened(world, node)


def turned(world: FlatGraph, link: int, state: LinkState) -> GraphCommit:
    """A link is accepted or withdrawn."""
    edits = world.set_link(link, state)
    entity = world.link_entity(link)
    accepted = state is LinkState.ACCEPTED
    return GraphCommit((goals.LinkAccepted(entity) if accepted else goals.LinkWithdrawn(entity, Side.CHILD),), edits)


def closed(world: FlatGraph, node: int) -> GraphCommit:
    """An objective ends."""
    edits = world.set_node(node, ENDED)
    return GraphCommit((goals.ObjectiveClosed(objective(world, node)),), edits)


def opened(world: FlatGraph, node: int) -> GraphCommit:
    """An objective that ended goes on."""
    edits = world.set_node(node, LIVE)
    return GraphCommit((goals.ObjectiveReopened(objective(world, node), "Not done"),), edits)


def objective(world: FlatGraph, node: int) -> Objective:
    """The node, which is an objective."""
    found = world.entity(node)
    assert isinstance(found, Objective)
    return found
