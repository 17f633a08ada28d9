"""What the figures follow from: units and what is said, as goals published them; goals and links in the graph."""

from __future__ import annotations

from collections.abc import Iterator

from goldenthread.contracts.entities import Id
from goldenthread.contracts.enums import Kept, LinkState
from goldenthread.organization.organization import Organization
from services.alignment.domain.figures.owner_lists import NOBODY, OwnerLists, Units
from services.alignment.domain.verdict.columns import ENDED, KEY_RESULT
from services.alignment.domain.verdict.graph_view import GraphView

_REMEMBERED = 10_000
"""Pairs of lists of owners of which is remembered who is far from whom."""


class FigureFacts:
    """Everything that figures look at. `org` holds no objectives, key results, links or purpose: the graph does."""

    def __init__(self, goals: GraphView) -> None:
        self.goals = goals
        self.org = Organization()
        self.owners = OwnerLists()
        self.promises: dict[Id, Kept] = {}
        """By link: was the promise in return kept? Only those that were judged."""
        self._above: dict[Id, frozenset[Id]] = {}
        self._apart: dict[tuple[Units, Units], Units] = {}

    def owners_at(self, row: int) -> Units:
        """The owning units of a node, the primary first; empty for the purpose, and for a circle of measures."""
        steps = 0
        while self.goals.kind(row) == KEY_RESULT:
            row, steps = self.goals.measured(row), steps + 1
            if steps > len(self.goals):
                return NOBODY
        return self.owners.of(row)

    def owners_of(self, node: Id) -> Units:
        """The same by id."""
        return self.owners_at(self.goals.node(node))

    def heard(self, node: Id, row: int) -> bool:
        """Whether there is feedback of a customer about this goal, or about a key result of it."""
        about = self.org.feedback_about
        if not about or node in about:
            return bool(about)
        goals = self.goals
        return row >= 0 and any(
            goals.id(each) in about for each in goals.measures(row) if goals.own_status(each) != ENDED
        )

    def ties(self, link: int) -> Units:
        """The units that an accepted link between live goals connects with one neither above nor below them.

        A link connects all units that own one of its ends.
        """
        seen, goals = self.goals.link_view(link), self.goals
        if seen.state is not LinkState.ACCEPTED or seen.measure:
            return NOBODY
        if not (goals.live(seen.child) and goals.live(seen.parent)):
            return NOBODY
        ends = self.owners_at(seen.child), self.owners_at(seen.parent)
        found = self._apart.get(ends)
        if found is None:
            if len(self._apart) == _REMEMBERED:
                self._apart.clear()
            units = tuple(dict.fromkeys(ends[0] + ends[1]))
            found = tuple(one for one in units if any(not self._akin(one, other) for other in units))
            self._apart[ends] = found
        return found

    def links_of(self, node: int) -> Iterator[int]:
        """The links of a node, and of what measures it."""
        if node >= 0:
            yield from self.goals.links_at(node)
            for each in self.goals.measures(node):
                yield from self.goals.links_at(each)

    def links_of_units(self, units: set[Id]) -> list[int]:
        """The links with an end that one of these units owns. Looks at every goal when there is one."""
        if units.isdisjoint(self.owners.units):
            return []
        found: list[int] = self.goals.links_among(self.owners.owned(units, len(self.goals))).tolist()
        return found

    def promise(self, link: Id, kept: Kept | None) -> None:
        """Whether the promise in return for a link was kept; None where that was not stated."""
        if kept is None:
            self.promises.pop(link, None)
        else:
            self.promises[link] = kept

    def rearrange(self) -> None:
        """Units are above and below others than before."""
        self._above.clear()
        self._apart.clear()

    def _akin(self, one: Id, other: Id) -> bool:
        """Is it the same unit, or one above the other?"""
        return one == other or other in self._up(one) or one in self._up(other)

    def _up(self, unit: Id) -> frozenset[Id]:
        """A unit and those above it; nobody when it is not known."""
        found = self._above.get(unit)
        if found is None:
            found = self._above[unit] = frozenset(each.id for each in self.org.ancestors(unit))
        return found
