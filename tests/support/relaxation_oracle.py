"""The same verdicts as `oracle`, for graphs whose paths nobody can write down: labels are relaxed until none changes.

Everything is computed anew for every judgement, in the plainest way that ends.
"""

from __future__ import annotations

from goldenthread.contracts.entities import Id, Link, Purpose
from goldenthread.contracts.enums import LinkState
from goldenthread.contracts.events.alignment import AlignmentState, OrphanCause, Verdict
from tests.support.oracle import Oracle, orphan

Key = tuple[int, int, int]
"""Does it end at a break, unexplained hops, hops."""


class RelaxationOracle(Oracle):
    """An oracle that is quick enough for some hundred nodes."""

    def judge(self) -> dict[Id, tuple[Verdict | None, Verdict]]:
        self.alive = {id for id in self.nodes if super(RelaxationOracle, self).live(id)}
        self.ups: dict[Id, list[Link]] = {id: [] for id in self.alive}
        self.mine: dict[Id, list[Link]] = {id: [] for id in self.nodes}
        for link in self.links.values():
            if link.child in self.mine:
                self.mine[link.child].append(link)
        for id in self.alive:
            self.ups[id] = [
                each for each in self.mine[id] if each.state is LinkState.ACCEPTED and each.parent in self.alive
            ]
        self.keys = self.relaxed()
        self.vias = {id: self.via(id) for id in self.alive}
        return super().judge()

    def live(self, id: Id) -> bool:
        return id in self.alive

    def up(self, id: Id) -> list[Link]:
        return self.ups[id]

    def links_of(self, id: Id) -> list[Link]:
        return self.mine.get(id, [])

    def relaxed(self) -> dict[Id, Key]:
        keys: dict[Id, Key] = {}
        for id in self.alive:
            if isinstance(self.nodes[id], Purpose):
                keys[id] = (0, 0, 0)
            elif not self.ups[id]:
                keys[id] = (1, 0, 0)
        changed = True
        while changed:
            changed = False
            for id in self.alive:
                for link in () if isinstance(self.nodes[id], Purpose) else self.ups[id]:
                    if link.parent in keys:
                        key = self.beyond(keys[link.parent], link)
                        if id not in keys or key < keys[id]:
                            keys[id], changed = key, True
        return keys

    def beyond(self, key: Key, link: Link) -> Key:
        return key[0], key[1] + (not self.explained(link)), key[2] + 1

    def via(self, id: Id) -> Link | None:
        if isinstance(self.nodes[id], Purpose) or not self.ups[id]:
            return None
        key = self.keys.get(id)
        realise = [
            link
            for link in self.ups[id]
            if key is None or (link.parent in self.keys and self.beyond(self.keys[link.parent], link) == key)
        ]
        return min(realise, key=self.age)

    def verdict(self, id: Id) -> Verdict:
        if id not in self.alive:
            return self.unjudged(id)
        key, via = self.keys.get(id), self.vias[id]
        if key is None:
            return self.loop(id)
        if key[0] == 0:
            state = AlignmentState.UNEXPLAINED if key[1] else AlignmentState.ALIGNED
            return Verdict(state, key[2], key[1], via.id if via else None)
        top = id
        while (link := self.vias[top]) is not None:
            top = link.parent
        cause, lost, link_id = self.cause(top)
        return orphan(via.id if via else None, cause, top, lost, link_id)

    def loop(self, id: Id) -> Verdict:
        walk: list[Id] = []
        while id not in walk:
            walk.append(id)
            link = self.vias[id]
            assert link is not None, "a node on the way into a loop has a parent"
            id = link.parent
        cycle = walk[walk.index(id) :]
        links = [link for each in cycle if (link := self.vias[each]) is not None]
        oldest = min(cycle, key=lambda each: (self.appeared[each], each))
        first = self.vias[walk[0]]
        via = first.id if first is not None and walk[0] != oldest else None
        return orphan(via, OrphanCause.LOOP, oldest, None, max(links, key=self.age).id)
