"""The verdicts by brute force: every simple path of a small graph is written down and the best one taken.

Says what the engine should say, and shares nothing with it but the contracts.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from math import inf

from goldenthread.contracts.entities import Entity, Id, KeyResult, Link, Objective, Purpose, Why
from goldenthread.contracts.enums import LinkState, ObjectiveState, PurposeState, WhyState
from goldenthread.contracts.events.alignment import AlignmentState, OrphanCause, Verdict

Path = list[Link]


@dataclass
class Oracle:
    """Entities as they stand, when each appeared first, and the last verdicts."""

    nodes: dict[Id, Purpose | Why | Objective | KeyResult] = field(default_factory=dict)
    links: dict[Id, Link] = field(default_factory=dict)
    appeared: dict[Id, int] = field(default_factory=dict)
    verdicts: dict[Id, Verdict] = field(default_factory=dict)

    def put(self, entity: Entity, sequence: int) -> None:
        self.appeared.setdefault(entity.id, sequence)
        if isinstance(entity, Link):
            self.links[entity.id] = entity
        elif isinstance(entity, Purpose | Why | Objective | KeyResult):
            self.nodes[entity.id] = entity

    def copy(self) -> Oracle:
        return Oracle(dict(self.nodes), dict(self.links), dict(self.appeared), dict(self.verdicts))

    def judge(self) -> dict[Id, tuple[Verdict | None, Verdict]]:
        """Judge everything anew; what differs from the judgement before."""
        after = {id: self.verdict(id) for id in self.nodes}
        changed = {id: (self.verdicts.get(id), now) for id, now in after.items() if self.verdicts.get(id) != now}
        self.verdicts = after
        return dict(sorted(changed.items(), key=lambda each: (self.appeared[each[0]], each[0])))

    def verdict(self, id: Id) -> Verdict:
        if not self.live(id):
            return self.unjudged(id)
        aligned: list[Path] = []
        broken: list[Path] = []
        for path in self.paths(id, {id}):
            top = path[-1].parent if path else id
            (aligned if isinstance(self.nodes[top], Purpose) else broken).append(path)
        if aligned:
            best = min(aligned, key=self.rank)
            unexplained = sum(not self.explained(link) for link in best)
            state = AlignmentState.UNEXPLAINED if unexplained else AlignmentState.ALIGNED
            return Verdict(state, len(best), unexplained, best[0].id if best else None)
        if broken:
            best = min(broken, key=self.rank)
            top = best[-1].parent if best else id
            cause, lost, link = self.cause(top)
            return orphan(best[0].id if best else None, cause, top, lost, link)
        return self.loop(id)

    def unjudged(self, id: Id) -> Verdict:
        before = self.verdicts.get(id)
        if not self.ended(id) or before is None:
            return Verdict(AlignmentState.NOT_JUDGED)
        judged = before.state is not AlignmentState.NOT_JUDGED
        return Verdict(AlignmentState.NOT_JUDGED, frozen=before.state if judged else before.frozen)

    def loop(self, id: Id) -> Verdict:
        """Along every node's oldest accepted link until a node comes twice."""
        walk, links = [id], []
        while True:
            link = min(self.up(walk[-1]), key=self.age)
            links.append(link)
            if link.parent in walk:
                break
            walk.append(link.parent)
        start = walk.index(links[-1].parent)
        oldest = min(walk[start:], key=lambda each: (self.appeared[each], each))
        newest = max(links[start:], key=self.age)
        return orphan(None if oldest == id else links[0].id, OrphanCause.LOOP, oldest, None, newest.id)

    def paths(self, id: Id, seen: set[Id]) -> Iterator[Path]:
        """Every simple path of counting links up from a live node that ends at the purpose or at a break."""
        up = self.up(id)
        if isinstance(self.nodes[id], Purpose) or not up:
            yield []
            return
        for link in up:
            if link.parent not in seen:
                for rest in self.paths(link.parent, seen | {link.parent}):
                    yield [link, *rest]

    def up(self, id: Id) -> list[Link]:
        return [
            each
            for each in self.links.values()
            if each.child == id and each.state is LinkState.ACCEPTED and self.live(each.parent)
        ]

    def links_of(self, id: Id) -> list[Link]:
        return [each for each in self.links.values() if each.child == id]

    def rank(self, path: Path) -> tuple[int, int, list[tuple[float, int, Id]]]:
        return sum(not self.explained(link) for link in path), len(path), [self.age(link) for link in path]

    def age(self, link: Link) -> tuple[float, int, Id]:
        order = inf if link.accepted_order is None else link.accepted_order
        return order, self.appeared[link.id], link.id

    def explained(self, link: Link) -> bool:
        return link.measure or link.because_version == self.nodes[link.parent].version

    def bottom(self, id: Id) -> Purpose | Why | Objective | KeyResult | None:
        """What a key result measures in the end, itself when it was removed; None for a circle of measures."""
        seen: list[Id] = []
        while isinstance(node := self.nodes.get(id), KeyResult) and not node.removed:
            if id in seen:
                return None
            seen.append(id)
            id = node.measures
        return node

    def live(self, id: Id) -> bool:
        node = self.bottom(id)
        if isinstance(node, Purpose | Why):
            return node.state in (PurposeState.PUBLISHED, WhyState.PUBLISHED)
        return isinstance(node, Objective) and node.state is ObjectiveState.ACTIVE

    def ended(self, id: Id) -> bool:
        node = self.bottom(id)
        if isinstance(node, Objective):
            return node.state in (ObjectiveState.CLOSED, ObjectiveState.ARCHIVED)
        return node is not None and not self.live(id)

    def cause(self, id: Id) -> tuple[OrphanCause, Id | None, Id | None]:
        """Cause, lost parent and link at a break."""
        mine = sorted(self.links_of(id), key=self.age)
        accepted = [each for each in mine if each.state is LinkState.ACCEPTED and self.ended(each.parent)]
        pending = [
            each for each in mine if each.state in (LinkState.PROPOSED, LinkState.COUNTERED) and self.live(each.parent)
        ]
        whys = [each for each in accepted if isinstance(self.nodes[each.parent], Why)]
        others = [each for each in accepted if isinstance(self.nodes[each.parent], Objective | KeyResult)]
        withdrawn = [each for each in mine if each.state is LinkState.WITHDRAWN]
        declined = [each for each in mine if each.state is LinkState.DECLINED]
        purposes = [each for each in accepted if isinstance(self.nodes[each.parent], Purpose)]
        once = [each for each in withdrawn if each.accepted_order is not None]
        lost = next((each.parent for each in (*whys, *others, *once, *purposes)), None)
        for cause, links in (
            (OrphanCause.LINK_PENDING, pending),
            (OrphanCause.WHY_RETIRED, whys),
            (OrphanCause.PARENT_ENDED, others),
            (OrphanCause.LINK_WITHDRAWN, withdrawn),
            (OrphanCause.LINK_DECLINED, declined),
            (OrphanCause.PURPOSE_MISSING, purposes),
        ):
            if links:
                return cause, lost, links[0].id if "LINK" in cause else None
        return OrphanCause.NOT_LINKED, lost, None


def orphan(via: Id | None, cause: OrphanCause, broken_at: Id, lost: Id | None, link: Id | None) -> Verdict:
    """An orphan's verdict."""
    return Verdict(AlignmentState.ORPHANED, via=via, cause=cause, broken_at=broken_at, lost_parent=lost, link=link)
