"""Progress of objectives, from their key results and from what contributes to them: never mixed."""

from __future__ import annotations

from collections.abc import Iterator
from math import fsum

from gateway import cost
from goldenthread.contracts.entities import Id, KeyResult
from goldenthread.contracts.enums import Direction, LinkKind, LinkState
from goldenthread.contracts.organization import Organization


def of_key_result(measure: KeyResult) -> float | None:
    """0..1 of the way from start to target; None where that is not known. Without a reading it stands where it started.

    Without a start the way begins at 0. Where there is no way in the direction of the measure (the target is 0, or on
    the other side, or the start itself), all that can be known is whether the target is reached. INCREASE is what a
    measure gets whose direction nobody gave: there only the target itself counts as reached, and nothing beyond it.
    """
    target, start = measure.target_value, measure.start_value
    if target is None:
        return None
    now = measure.current_value if measure.current_value is not None else start
    if measure.direction is Direction.STAY_ABOVE:
        return float(now is not None and now >= target)
    if measure.direction is Direction.STAY_BELOW:
        return float(now is not None and now <= target)
    rising, first = measure.direction is Direction.INCREASE, 0.0 if start is None else start
    if target > first if rising else target < first:
        return 0.0 if now is None else min(1.0, max(0.0, (now - first) / (target - first)))
    reached = now is not None and (now == target if rising else now <= target)
    return 1.0 if reached else None


class Progress:
    """Progress of the nodes of one organisation at one revision; remembers what it has worked out."""

    def __init__(self, org: Organization) -> None:
        self._org = org
        self._contributed: dict[Id, float | None] = {}

    def own(self, node: Id) -> float | None:
        """The mean over the measurable key results of an objective or why (of a key result: its own)."""
        measure = self._org.key_results.get(node)
        if measure is not None:
            return None if measure.removed else of_key_result(measure)
        found = [
            value
            for id in self._org.measures_of.get(node, {})
            if not (each := self._org.key_results[id]).removed and (value := of_key_result(each)) is not None
        ]
        return fsum(found) / len(found) if found else None

    def contributed(self, node: Id) -> float | None:
        """The weighted mean over accepted CONTRIBUTES children; None when the weights sum to 0 or it is on a loop.

        A child counts with its own progress, or, having none, with what contributes to it. A link without a weight
        weighs 1.
        """
        if node not in self._contributed:
            self._work_out(node)
        return self._contributed[node]

    def _children(self, node: Id) -> Iterator[tuple[Id, float]]:
        for id in self._org.down.get(node, {}):
            link = self._org.links[id]
            if link.state is LinkState.ACCEPTED and link.kind is LinkKind.CONTRIBUTES and not link.measure:
                yield link.child, 1.0 if link.weight is None else link.weight

    def _mean(self, node: Id) -> float | None:
        parts: list[float] = []
        weights: list[float] = []
        for child, weight in self._children(node):
            value = self.own(child)
            if value is None:
                value = self._contributed[child]
            if value is not None:
                parts.append(weight * value)
                weights.append(weight)
        # Exact sums: every replica says the same, in whichever order the links came to it.
        return fsum(parts) / fsum(weights) if fsum(weights) > 0 else None

    def _work_out(self, root: Id) -> None:
        """Tarjan's components from `root` down, without recursion: children are finished before their parents."""
        order: dict[Id, int] = {}
        low: dict[Id, int] = {}
        component: list[Id] = []
        work: list[tuple[Id, Iterator[tuple[Id, float]]]] = []

        def enter(node: Id) -> None:
            cost.rows(3)
            order[node] = low[node] = len(order)
            component.append(node)
            work.append((node, self._children(node)))

        enter(root)
        while work:
            node, children = work[-1]
            for child, _ in children:
                if child in self._contributed:
                    continue
                if child not in order:
                    enter(child)
                    break
                low[node] = min(low[node], order[child])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[node])
                if low[node] == order[node]:
                    self._finish(component, node)

    def _finish(self, component: list[Id], node: Id) -> None:
        members = [component.pop()]
        while members[-1] != node:
            members.append(component.pop())
        looped = len(members) > 1 or any(child == node for child, _ in self._children(node))
        for each in members:
            self._contributed[each] = None if looped else self._mean(each)
