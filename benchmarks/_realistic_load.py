"""What happens in an organization, as goals publishes it: the realistic load.

Out of 1,000 commits: 400 check-ins and 60 editorial changes, which change no verdict; 135 links proposed, 110 accepted,
15 declined, 40 withdrawn, 50 reaffirmed; 35 objectives drafted, 35 activated, 25 closed, 5 reopened; 19 objectives and
1 why revised (which takes the why from every link up to them until it is reaffirmed); 50 key results added (with the
link to what they measure, in one commit) and 20 removed. What lost its parent is the first to be proposed a new one.
Where there is nothing to do of a kind (no draft to activate), another kind is drawn.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from benchmarks._graph_shapes import closed, objective, opened, turned
from benchmarks._graphs import DRAFT, ENDED, KEY_RESULT, LIVE, OBJECTIVE, EdgeEdit, FlatGraph, GraphCommit, uuid7
from goldenthread.contracts.entities import CheckIn, KeyResult, Why
from goldenthread.contracts.enums import LinkState
from goldenthread.contracts.events import goals

_NOW = datetime(2026, 6, 1, tzinfo=UTC)
_STANDS = (LinkState.PROPOSED, LinkState.ACCEPTED)
_TRIES = 30


class RealisticLoad:
    """Draws commits, and makes each of them happen in `world`."""

    def __init__(self, world: FlatGraph, chance: random.Random) -> None:
        self._world, self._chance = world, chance
        self._levels: dict[int, list[int]] = {}
        for node, level in enumerate(world.level):
            self._levels.setdefault(level, []).append(node)
        self._top = max(level for level in self._levels if level % 2 == 0)
        self._drafts = [node for node in range(len(world.kind)) if world.own[node] == DRAFT]
        self._wanting = [node for node in range(len(world.kind)) if next(world.up(node), None) is None and node]
        self._stale = [link for link in range(len(world.child)) if not world.explained(link)]
        self._pending: list[int] = []
        self._closed: list[int] = []
        self._mix: dict[Callable[[], GraphCommit | None], int] = {
            self.check_in: 400, self.rename: 60,
            self.propose: 135, self.accept: 110, self.decline: 15, self.withdraw: 40, self.reaffirm: 50,
            self.draft: 35, self.activate: 35, self.close: 25, self.reopen: 5,
            self.revise: 19, self.revise_why: 1, self.add: 50, self.remove: 20,
        }  # fmt: skip

    def commits(self) -> Iterator[GraphCommit]:
        """One after the other, for ever."""
        kinds, weights = list(self._mix), list(self._mix.values())
        while True:
            commit = self._chance.choices(kinds, weights)[0]()
            if commit is not None:
                yield commit

    def check_in(self) -> GraphCommit | None:
        node = self._some(KEY_RESULT)
        if node is None:
            return None
        key_result = self._key_result(node)
        id = f"checkin_{uuid7(self._chance.getrandbits(40))}"
        return GraphCommit((goals.CheckInRecorded(CheckIn(id, key_result.id, 8.0, _NOW, None), key_result),), [])

    def rename(self) -> GraphCommit | None:
        node = self._some(OBJECTIVE)
        if node is None:
            return None
        entity = objective(self._world, node)
        return GraphCommit((goals.ObjectiveChanged(entity, entity, editorial=True),), [])

    def propose(self) -> GraphCommit | None:
        world, chance = self._world, self._chance
        child = self._popped(self._wanting) if self._wanting and chance.random() < 0.7 else self._some(OBJECTIVE)
        if child is None or world.own[child] == ENDED:
            return None
        level = world.level[child] - chance.choice((1, 2, 2, 2))
        parent = chance.choice(self._levels.get(max(1, level), [0]))
        linked = any(world.parent[link] == parent and world.is_in(link, *_STANDS) for link in world.up(child))
        if linked or not world.live(parent):
            return None
        made = world.link(child, parent, LinkState.PROPOSED)
        self._pending.append(made)
        return GraphCommit((goals.LinkProposed(world.link_entity(made)),), [])

    def accept(self) -> GraphCommit | None:
        link = self._popped(self._pending)
        return None if link is None else turned(self._world, link, LinkState.ACCEPTED)

    def decline(self) -> GraphCommit | None:
        link = self._popped(self._pending)
        if link is None:
            return None
        self._wanting.append(self._world.child[link])
        edits = self._world.set_link(link, LinkState.DECLINED)
        return GraphCommit((goals.LinkDeclined(self._world.link_entity(link)),), edits)

    def withdraw(self) -> GraphCommit | None:
        world = self._world
        for _ in range(_TRIES):
            link = self._chance.randrange(len(world.child))
            child = world.child[link]
            if world.is_in(link, LinkState.ACCEPTED) and not world.measure[link] and world.kind[child] == OBJECTIVE:
                self._wanting.append(child)
                return turned(world, link, LinkState.WITHDRAWN)
        return None

    def reaffirm(self) -> GraphCommit | None:
        world, link = self._world, self._popped(self._stale)
        if link is None or world.explained(link) or not world.is_in(link, LinkState.ACCEPTED):
            return None
        edits = world.set_link(link, LinkState.ACCEPTED, reaffirmed=True)
        return GraphCommit((goals.LinkReaffirmed(world.link_entity(link)),), edits)

    def draft(self) -> GraphCommit | None:
        level = 2 * self._chance.randint(1, self._top // 2)
        node = self._world.node(OBJECTIVE, DRAFT, level=level)
        self._levels[level].append(node)
        self._drafts.append(node)
        self._wanting.append(node)
        return GraphCommit((goals.ObjectiveCreated(objective(self._world, node)),), [])

    def activate(self) -> GraphCommit | None:
        node = self._popped(self._drafts)
        if node is None:
            return None
        edits = self._world.set_node(node, LIVE)
        return GraphCommit((goals.ObjectiveActivated(objective(self._world, node)),), edits)

    def close(self) -> GraphCommit | None:
        node = self._some(OBJECTIVE)
        if node is None:
            return None
        self._closed.append(node)
        below = [self._world.child[link] for link in self._world.down(node) if not self._world.measure[link]]
        self._wanting += below
        return closed(self._world, node)

    def reopen(self) -> GraphCommit | None:
        node = self._popped(self._closed)
        return None if node is None else opened(self._world, node)

    def revise(self) -> GraphCommit | None:
        node = self._some(OBJECTIVE)
        if node is None:
            return None
        before, edits = objective(self._world, node), self._revised(node)
        return GraphCommit((goals.ObjectiveChanged(objective(self._world, node), before),), edits)

    def revise_why(self) -> GraphCommit | None:
        node = self._chance.choice(self._levels[1])
        before, edits = self._world.entity(node), self._revised(node)
        after = self._world.entity(node)
        assert isinstance(before, Why)
        assert isinstance(after, Why)
        return GraphCommit((goals.WhyRevised(after, before),), edits)

    def add(self) -> GraphCommit | None:
        world, measured = self._world, self._some(OBJECTIVE)
        if measured is None:
            return None
        level = world.level[measured] + 1
        node = world.node(KEY_RESULT, measures=measured, level=level)
        self._levels.setdefault(level, []).append(node)
        link = world.link(node, measured, LinkState.ACCEPTED, measure=True)
        payloads = goals.KeyResultAdded(self._key_result(node)), goals.LinkAccepted(world.link_entity(link))
        return GraphCommit(payloads, world.set_link(link, LinkState.ACCEPTED))

    def remove(self) -> GraphCommit | None:
        node = self._some(KEY_RESULT)
        if node is None:
            return None
        edits = self._world.set_node(node, ENDED)
        return GraphCommit((goals.KeyResultRemoved(self._key_result(node)),), edits)

    def _revised(self, node: int) -> list[EdgeEdit]:
        """The node has another version; the links up to it are to be reaffirmed."""
        self._stale += [link for link in self._world.down(node) if not self._world.measure[link]]
        return self._world.set_node(node, revised=True)

    def _some(self, kind: int) -> int | None:
        """A live node of this kind, drawn at random."""
        world = self._world
        for _ in range(_TRIES):
            node = self._chance.randrange(len(world.kind))
            if world.kind[node] == kind and world.live(node):
                return node
        return None

    def _popped(self, pool: list[int]) -> int | None:
        """One of the pool, taken out of it."""
        if not pool:
            return None
        place = self._chance.randrange(len(pool))
        pool[place], pool[-1] = pool[-1], pool[place]
        return pool.pop()

    def _key_result(self, node: int) -> KeyResult:
        found = self._world.entity(node)
        assert isinstance(found, KeyResult)
        return found
