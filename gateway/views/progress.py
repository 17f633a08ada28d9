"""Progress of objectives, from their key results and from what contributes to them: never mixed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from math import fsum

from gateway.budget import cost
from goldenthread.contracts.entities import Id, KeyResult, Objective
from goldenthread.contracts.enums import LinkKind, LinkState
from goldenthread.organization.measured_progress import of_key_result, own_progress
from goldenthread.organization.organization import Organization

_ALWAYS = datetime.min.replace(tzinfo=UTC)


class GoalProgress:
    """Progress of the nodes of one organization at one revision; remembers what it has worked out."""

    def __init__(self, org: Organization) -> None:
        self._org = org
        self._contributed: dict[Id, float | None] = {}

    def own(self, node: Id) -> float | None:
        """The mean over the measurable key results of an objective or why (of a key result: its own)."""
        measure = self._org.key_results.get(node)
        if measure is not None:
            return None if measure.removed else of_key_result(measure)
        return own_progress(self._org, node)

    def contributed(self, node: Id) -> float | None:
        """The weighted mean over accepted CONTRIBUTES children; None when the weights sum to 0 or it is on a loop.

        A child counts with its own progress, or, having none, with what contributes to it; one that was copied while
        this goal went on, with the whole way of its key results. A link without a weight weighs 1.
        """
        if node not in self._contributed:
            self._work_out(node)
        return self._contributed[node]

    def _children(self, node: Id) -> Iterator[tuple[Id, float]]:
        for id in self._org.down.get(node, {}):
            link = self._org.links[id]
            if link.state is LinkState.ACCEPTED and link.kind is LinkKind.CONTRIBUTES and not link.measure:
                yield link.child, 1.0 if link.weight is None else link.weight

    def _towards(self, node: Id, child: Id) -> float | None:
        """How far a child has come since `node` is there: whys and the purpose are there in every cycle."""
        if child in self._org.key_results:
            return self.own(child)
        there = self._org.node(node)
        since = there.created_at if isinstance(there, Objective | KeyResult) else _ALWAYS
        return own_progress(self._org, child, since)

    def _mean(self, node: Id) -> float | None:
        parts: list[float] = []
        weights: list[float] = []
        for child, weight in self._children(node):
            value = self._towards(node, child)
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
