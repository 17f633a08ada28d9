"""The figures of one organization: a fold of goals' commits and the verdicts; a commit costs what it changed.

What a goal, a debt of an answer, a question or a link adds follows from the state. `apply` looks, before the graph
takes a commit in, at everything of which that may change; `settle` looks at it again when the commit is judged, and
counts the difference. So nothing is held but the sums, the graph, and what was said of units.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

import numpy as np

from goldenthread.contracts.entities import Id
from goldenthread.contracts.enums import Kept
from goldenthread.contracts.events.alignment import UnitHealth
from goldenthread.organization.organization import Organization
from services.alignment.domain.figures.change_set import ChangeSet, Debt, Verdicts
from services.alignment.domain.figures.contributions import (
    UnitContribution,
    active,
    part_of_objective,
    state_and_depth_of,
)
from services.alignment.domain.figures.counters import Counters, StateAndDepth
from services.alignment.domain.figures.exchanges import (
    DatedExchange,
    Exchange,
    acts_of_debt,
    acts_of_link,
    acts_of_question,
)
from services.alignment.domain.figures.facts import FigureFacts
from services.alignment.domain.figures.owner_lists import NOBODY, OwnerLists, Units
from services.alignment.domain.figures.redaction import FigureEntity
from services.alignment.domain.verdict import LabelChange
from services.alignment.domain.verdict.columns import I64
from services.alignment.domain.verdict.graph_view import GraphView

OWNERS = 2
"""The column of `StoredFigures.owners` after the id."""


class StoredFigures(NamedTuple):
    """What was stored of an organization's figures: the fold is put together from it again."""

    entities: Iterable[FigureEntity]
    lists: Iterable[Units]
    """Of owners, by their numbers from 1 on."""
    owners: I64
    """A goal's id, as two numbers, and the number of its owners in each row."""
    promises: Mapping[Id, Kept]
    counters: Mapping[Id | None, Counters]


class FiguresFold:
    """The fold: counters by unit (None: the whole organization), and the facts they follow from."""

    def __init__(self, goals: GraphView, verdicts: Verdicts) -> None:
        """`goals` and `verdicts` are of the graph that is folded beside."""
        self.facts = FigureFacts(goals)
        self.counters: defaultdict[Id | None, Counters] = defaultdict(Counters, {None: Counters()})
        self.unsaved_entities: dict[Id, FigureEntity] = {}
        """Entities to be written."""
        self.unsaved_owners: dict[Id, int] = {}
        """Goals, and the number of their owners in `facts.owners`, to be written."""
        self.unsaved_promises: dict[Id, Kept | None] = {}
        """Links, and what was made of the promise in return, to be written."""
        self.unsaved_units: set[Id | None] = set()
        """Units whose figures may have changed since the last `mark_saved`."""
        self.unsaved_exchanges: Counter[DatedExchange] = Counter()
        """The exchanges between units since then."""
        self._verdicts = verdicts
        self._changes = ChangeSet(self.facts, verdicts)
        self._touched: set[Id] = set()

    @classmethod
    def restore(cls, goals: GraphView, verdicts: Verdicts, stored: StoredFigures) -> FiguresFold:
        """The figures that were stored; the graph of `goals` is restored already."""
        made = cls(goals, verdicts)
        for each in stored.entities:
            made.org.put(each)
        rows = goals.rows(stored.owners)
        made.facts.owners = OwnerLists.restore(stored.lists, rows, stored.owners[:, OWNERS])
        made.facts.promises.update(stored.promises)
        made.counters.update(stored.counters)
        for unit, counted in stored.counters.items():
            if unit is not None:
                made.counters[None].add_durations(counted)
        return made

    @property
    def org(self) -> Organization:
        """The units, whys, answers, questions and feedback; no goals and links."""
        return self.facts.org

    def apply(self, payload: Any) -> None:
        """Take one goals payload in, before the graph does; `settle` follows when their commit is judged."""
        self._changes.apply(payload)

    @property
    def changed(self) -> bool:
        """May what was applied since the last `settle` change a figure?"""
        return self._changes.changed

    def settle(
        self, labels: Sequence[LabelChange] = (), day: date = date.min, rows: Sequence[int] | None = None
    ) -> set[Id]:
        """Bring the counters up to date with what was applied, and with new verdicts.

        Exchanges between units are counted on `day`. `rows` are the labels' in the graph: without them they are looked
        up. Gives the units whose figures, or place in the tree, changed.
        """
        if not labels and not self._changes.changed:
            return set()
        changes, self._changes = self._changes, ChangeSet(self.facts, self._verdicts)
        for id, units in changes.owners.items():
            self.unsaved_owners[id] = self.facts.owners.put(self.facts.goals.node(id), units)
        self._count_new_verdicts(labels, rows, changes.goals)
        for id, before in changes.goals.items():
            self._replace(before, changes.part_of_goal(id))
        for debt, before in changes.debts.items():
            self._count_debt(changes, debt, before, day)
        for id, before in changes.voices.items():
            self._replace(before, changes.part_of_voice(id))
        self._count_ties(changes)
        self._count_exchanges(changes, day)
        self.unsaved_entities.update(changes.unsaved)
        touched, self._touched = self._touched | changes.placed_units, set()
        return touched

    def health(self, unit: Id | None) -> UnitHealth:
        """The figures of a unit, or (None) of the organization."""
        return UnitHealth(unit, self.counters.get(unit, NOTHING).health())

    def with_objectives(self) -> Iterator[UnitHealth]:
        """The organization, then every unit that has active objectives."""
        yield self.health(None)
        for unit in sorted(unit for unit in self.counters if unit is not None):
            if self.counters[unit].states:
                yield self.health(unit)

    def unsaved_counters(self) -> Iterator[tuple[Id | None, Counters]]:
        """The counters that changed, as they are stored."""
        for unit in self.unsaved_units:
            counted = self.counters.get(unit, NOTHING)
            yield unit, counted if unit is not None else counted.without_durations()

    def owners_to_write(self) -> I64:
        """The rows of `unsaved_owners`, in its order, as `StoredFigures.owners` has it."""
        halves = self.facts.goals.halves
        rows = [(*halves(id), number) for id, number in self.unsaved_owners.items()]
        return np.array(rows, np.int64).reshape(-1, OWNERS + 1)

    def mark_saved(self) -> None:
        """Everything that was to be written has been written."""
        for each in (
            self.unsaved_entities,
            self.unsaved_owners,
            self.facts.owners.unsaved,
            self.unsaved_promises,
            self.unsaved_units,
            self.unsaved_exchanges,
        ):
            each.clear()

    # -- inside -------------------------------------------------------------------------------------------------------

    def _count_new_verdicts(
        self, labels: Sequence[LabelChange], rows: Sequence[int] | None, changed: Container[Id]
    ) -> None:
        """Count goals with other verdicts, except those that changed themselves; equal changes are counted together."""
        alike: Counter[tuple[int, StateAndDepth, StateAndDepth]] = Counter()
        for place, label in enumerate(labels):
            before, after = state_and_depth_of(label.before), state_and_depth_of(label.after)
            if before == after or label.node in changed:
                continue
            row = self.facts.goals.node(label.node) if rows is None else rows[place]
            if not active(self.facts, row):
                continue
            if before is None or after is None:
                self._replace(*(part_of_objective(self.facts, label.node, row, each) for each in (before, after)))
            else:
                alike[self.facts.owners.list_of(row), before, after] += 1
        for (number, before, after), count in alike.items():
            units = dict.fromkeys(self.facts.owners.lists[number])
            for unit in (None, *units):
                self.counters[unit].count_objective(before, -count)
                self.counters[unit].count_objective(after, count)
            self._mark_changed(units)

    def _replace(self, before: UnitContribution | None, after: UnitContribution | None) -> None:
        """Take one contribution away and add another in its place; either may be None."""
        if before == after:
            return
        for sign, each in ((-1, before), (1, after)):
            if each is not None:
                self.counters[None].add(each[1], sign)
                for unit in each[0]:
                    self.counters[unit].add(each[1], sign)
                    self.counters[unit].add_for_unit(each[1], sign)
                self._mark_changed(each[0])

    def _mark_changed(self, units: Iterable[Id]) -> None:
        self.unsaved_units.add(None)
        self.unsaved_units.update(units)
        self._touched.update(units)

    def _count_ties(self, changes: ChangeSet) -> None:
        facts = self.facts
        fresh = [facts.goals.link(id) for id, (before, _) in changes.links.items() if before is None]
        for link, before in [*changes.ties.items(), *((link, NOBODY) for link in fresh)]:
            after = facts.ties(link)
            if before != after:
                for sign, units in ((-1, before), (1, after)):
                    for unit in units:
                        self.counters[unit].ties += sign
                    self.unsaved_units.update(units)
                    self._touched.update(units)

    def _count_exchanges(self, changes: ChangeSet, day: date) -> None:
        """Count the exchanges between units that this commit brought, but those of whys."""
        for id, (before, link) in changes.links.items():
            self._add_exchanges(acts_of_link(self.facts, before, link, changes.judged_promises.get(id, link)), day)
            if link.kept is not (before.kept if before else None):
                self.unsaved_promises[id] = link.kept
                self.facts.promise(id, link.kept)
        for id, asked in changes.questions.items():
            self._add_exchanges(acts_of_question(asked, self.org.questions[id]), day)

    def _count_debt(self, changes: ChangeSet, debt: Debt, before: UnitContribution | None, day: date) -> None:
        after = changes.part_of_debt(debt)
        self._replace(before, after)
        if after is not None and after != before:
            fresh = self._is_first_answer(changes, debt)
            self._add_exchanges(acts_of_debt(debt[1], before[1] if before else None, after[1], fresh=fresh), day)

    def _is_first_answer(self, changes: ChangeSet, debt: Debt) -> bool:
        """Did this commit bring the unit's first answer to the version it speaks of?"""
        found = self.org.answer(*debt)
        if found is None or found.id not in changes.answers:
            return False
        before = changes.answers[found.id]
        return before is None or before.version != found.version

    def _add_exchanges(self, acts: Iterable[Exchange], day: date) -> None:
        for each in acts:
            self.unsaved_exchanges[DatedExchange(*each, day)] += 1


NOTHING = Counters()
