"""The figures of one organisation: a fold of goals' commits and the verdicts; a commit costs what it changed.

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
from services.alignment.domain.listening.change_set import ChangeSet, Debt, Verdicts
from services.alignment.domain.listening.contributions import UnitContribution, active, part_of_objective, standing_of
from services.alignment.domain.listening.counters import Counters, StateAndDepth
from services.alignment.domain.listening.exchanges import (
    DatedExchange,
    Exchange,
    acts_of_debt,
    acts_of_link,
    acts_of_question,
)
from services.alignment.domain.listening.facts import FigureFacts
from services.alignment.domain.listening.owner_lists import NOBODY, OwnerLists, Units
from services.alignment.domain.listening.redaction import FigureEntity
from services.alignment.domain.verdict import LabelChange
from services.alignment.domain.verdict.columns import I64
from services.alignment.domain.verdict.graph_view import GraphView

OWNERS = 2
"""The column of `StoredFigures.owned` after the id."""


class StoredFigures(NamedTuple):
    """What was stored of an organization's figures: the fold is put together from it again."""

    said: Iterable[FigureEntity]
    lists: Iterable[Units]
    """Of owners, by their numbers from 1 on."""
    owned: I64
    """A goal's id, as two numbers, and the number of its owners in each row."""
    promises: Mapping[Id, Kept]
    tallies: Mapping[Id | None, Counters]


class FiguresFold:
    """The fold: counters by unit (None: the whole organization), and the facts they follow from."""

    def __init__(self, goals: GraphView, verdicts: Verdicts) -> None:
        """`goals` and `verdicts` are of the graph that is folded beside."""
        self.known = FigureFacts(goals)
        self.tallies: defaultdict[Id | None, Counters] = defaultdict(Counters, {None: Counters()})
        self.said: dict[Id, FigureEntity] = {}
        """What was said, to be written."""
        self.owned: dict[Id, int] = {}
        """Goals, and the number of their owners in `known.owners`, to be written."""
        self.promises: dict[Id, Kept | None] = {}
        """Links, and what was made of the promise in return, to be written."""
        self.moved: set[Id | None] = set()
        """Units whose figures may have changed since the last `saved`."""
        self.passed: Counter[DatedExchange] = Counter()
        """What passed between units since then."""
        self._verdicts = verdicts
        self._looks = ChangeSet(self.known, verdicts)
        self._touched: set[Id] = set()

    @classmethod
    def restore(cls, goals: GraphView, verdicts: Verdicts, stored: StoredFigures) -> FiguresFold:
        """The figures that were stored; the graph of `goals` is restored already."""
        made = cls(goals, verdicts)
        for each in stored.said:
            made.org.put(each)
        rows = goals.rows(stored.owned)
        made.known.owners = OwnerLists.restore(stored.lists, rows, stored.owned[:, OWNERS])
        made.known.promises.update(stored.promises)
        made.tallies.update(stored.tallies)
        for unit, tally in stored.tallies.items():
            if unit is not None:
                made.tallies[None].merge(tally)
        return made

    @property
    def org(self) -> Organization:
        """The units, and what was said: no goals and links."""
        return self.known.org

    def apply(self, payload: Any) -> None:
        """Take one goals payload in, before the graph does; `settle` follows when their commit is judged."""
        self._looks.apply(payload)

    @property
    def changed(self) -> bool:
        """May what was applied since the last `settle` change a figure?"""
        return self._looks.changed

    def settle(
        self, labels: Sequence[LabelChange] = (), day: date = date.min, rows: Sequence[int] | None = None
    ) -> set[Id]:
        """Bring the tallies up to date with what was applied, and with new verdicts.

        What passed between units is counted on `day`. `rows` are the labels' in the graph: without them they are looked
        up. Gives the units whose figures, or place in the tree, changed.
        """
        if not labels and not self._looks.changed:
            return set()
        looks, self._looks = self._looks, ChangeSet(self.known, self._verdicts)
        for id, units in looks.owned.items():
            self.owned[id] = self.known.owners.put(self.known.goals.node(id), units)
        self._turn(labels, rows, looks.goals)
        for id, before in looks.goals.items():
            self._count(before, looks.part_of_goal(id))
        for debt, before in looks.debts.items():
            self._owe(looks, debt, before, day)
        for id, before in looks.voices.items():
            self._count(before, looks.part_of_voice(id))
        self._tie(looks)
        self._hear(looks, day)
        self.said.update(looks.said)
        touched, self._touched = self._touched | looks.placed, set()
        return touched

    def health(self, unit: Id | None) -> UnitHealth:
        """The figures of a unit, or (None) of the organisation."""
        return UnitHealth(unit, self.tallies.get(unit, NOTHING).health())

    def with_objectives(self) -> Iterator[UnitHealth]:
        """The organisation, then every unit that has active objectives."""
        yield self.health(None)
        for unit in sorted(unit for unit in self.tallies if unit is not None):
            if self.tallies[unit].states:
                yield self.health(unit)

    def sums(self) -> Iterator[tuple[Id | None, Counters]]:
        """The tallies that changed, as they are stored."""
        for unit in self.moved:
            tally = self.tallies.get(unit, NOTHING)
            yield unit, tally if unit is not None else tally.bare()

    def owners_to_write(self) -> I64:
        """What `owned` says, in its order, as `StoredFigures.owned` has it."""
        halves = self.known.goals.halves
        rows = [(*halves(id), number) for id, number in self.owned.items()]
        return np.array(rows, np.int64).reshape(-1, OWNERS + 1)

    def saved(self) -> None:
        """Everything that was to be written is."""
        for each in (self.said, self.owned, self.known.owners.unsaved, self.promises, self.moved, self.passed):
            each.clear()

    # -- inside -------------------------------------------------------------------------------------------------------

    def _turn(self, labels: Sequence[LabelChange], rows: Sequence[int] | None, but: Container[Id]) -> None:
        """Goals that are as they were, all but those, have other verdicts: counted together where they turn alike."""
        alike: Counter[tuple[int, StateAndDepth, StateAndDepth]] = Counter()
        for place, label in enumerate(labels):
            before, after = standing_of(label.before), standing_of(label.after)
            if before == after or label.node in but:
                continue
            row = self.known.goals.node(label.node) if rows is None else rows[place]
            if not active(self.known, row):
                continue
            if before is None or after is None:
                self._count(*(part_of_objective(self.known, label.node, row, each) for each in (before, after)))
            else:
                alike[self.known.owners.list_of(row), before, after] += 1
        for (number, before, after), count in alike.items():
            units = dict.fromkeys(self.known.owners.lists[number])
            for unit in (None, *units):
                self.tallies[unit].stand(before, -count)
                self.tallies[unit].stand(after, count)
            self._changed(units)

    def _count(self, before: UnitContribution | None, after: UnitContribution | None) -> None:
        """A part is another one now, or was none, or is none."""
        if before == after:
            return
        for sign, each in ((-1, before), (1, after)):
            if each is not None:
                self.tallies[None].add(each[1], sign)
                for unit in each[0]:
                    self.tallies[unit].add(each[1], sign)
                    self.tallies[unit].hold(each[1], sign)
                self._changed(each[0])

    def _changed(self, units: Iterable[Id]) -> None:
        self.moved.add(None)
        self.moved.update(units)
        self._touched.update(units)

    def _tie(self, looks: ChangeSet) -> None:
        known = self.known
        fresh = [known.goals.link(id) for id, (before, _) in looks.links.items() if before is None]
        for link, before in [*looks.ties.items(), *((link, NOBODY) for link in fresh)]:
            after = known.ties(link)
            if before != after:
                for sign, units in ((-1, before), (1, after)):
                    for unit in units:
                        self.tallies[unit].ties += sign
                    self.moved.update(units)
                    self._touched.update(units)

    def _hear(self, looks: ChangeSet, day: date) -> None:
        """What passed between units by this commit, debts of answers apart."""
        for id, (stood, link) in looks.links.items():
            self._pass(acts_of_link(self.known, stood, link, looks.judged.get(id, link)), day)
            if link.kept is not (stood.kept if stood else None):
                self.promises[id] = link.kept
                self.known.promise(id, link.kept)
        for id, asked in looks.questions.items():
            self._pass(acts_of_question(asked, self.org.questions[id]), day)

    def _owe(self, looks: ChangeSet, debt: Debt, before: UnitContribution | None, day: date) -> None:
        after = looks.part_of_debt(debt)
        self._count(before, after)
        if after is not None and after != before:
            fresh = self._answers(looks, debt)
            self._pass(acts_of_debt(debt[1], before[1] if before else None, after[1], fresh=fresh), day)

    def _answers(self, looks: ChangeSet, debt: Debt) -> bool:
        """Did this commit bring the unit's first answer to the version it speaks of?"""
        found = self.org.answer(*debt)
        if found is None or found.id not in looks.answers:
            return False
        before = looks.answers[found.id]
        return before is None or before.version != found.version

    def _pass(self, acts: Iterable[Exchange], day: date) -> None:
        for each in acts:
            self.passed[DatedExchange(*each, day)] += 1


NOTHING = Counters()
