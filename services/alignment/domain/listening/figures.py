"""The figures of one organisation: a fold of goals' commits and the verdicts; a commit costs what it changed."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from typing import Any

from msgspec import structs

from goldenthread.contracts.entities import (
    CustomerFeedback,
    Entity,
    Id,
    KeyResult,
    Link,
    Objective,
    OrganizationInfo,
    OrgUnit,
    Purpose,
    Question,
    Why,
    WhyAnswer,
)
from goldenthread.contracts.enums import AnswerStance
from goldenthread.contracts.events.alignment import UnitHealth, Verdict
from goldenthread.contracts.events.goals import entities_of
from goldenthread.contracts.organization import Organization
from services.alignment.domain.listening.parts import of_debt, of_feedback, of_goal, of_link, of_question
from services.alignment.domain.listening.passed import Between, Passed, acts_of, acts_of_debt
from services.alignment.domain.listening.tally import Part, Tally

Verdicts = Callable[[Id], Verdict | None]
KEPT = (OrganizationInfo, OrgUnit, Purpose, Why, Objective, KeyResult, WhyAnswer, CustomerFeedback, Link, Question)


class Figures:
    """Tallies by unit (None: the whole organisation) and what they are made of.

    A *source* is what adds a part: the id of a goal, a question or a link, or "why unit" for an answer that is owed.
    """

    def __init__(self) -> None:
        self.org = Organization()
        self.tallies: defaultdict[Id | None, Tally] = defaultdict(Tally, {None: Tally()})
        self.kept: dict[Id, Entity] = {}
        """Entities to write."""
        self.moved: set[Id | None] = set()
        """Units whose figures may have changed since `moved` was last cleared."""
        self.passed: Counter[Passed] = Counter()
        """What passed between units since `passed` was last cleared."""
        self._parts: dict[str, tuple[list[Id], Part]] = {}
        self._dirty: set[str] = set()
        self._before: dict[Id, Entity | None] = {}
        self._touched: set[Id] = set()

    @classmethod
    def load(cls, entities: Iterable[Entity], verdicts: Verdicts) -> Figures:
        """The figures that these kept entities, in any order, come to."""
        made = cls()
        made.org = org = Organization.of(entities)
        made._dirty = {*org.whys, *org.objectives, *org.questions, *org.links, *org.feedback}
        made._dirty.update(f"{why.id} {unit}" for why in org.whys.values() for unit in made._reached(None, why))
        made.settle(verdicts)
        made.moved.clear()
        made.passed.clear()
        return made

    def apply(self, payload: Any) -> None:
        """Fold one goals payload in; `settle` follows at the end of its commit."""
        for entity in entities_of(payload) if payload is not None else ():
            if isinstance(entity, KEPT):
                after = lean(entity)
                before = self.org.info if isinstance(after, OrganizationInfo) else self.org.get(after.id)
                if after != before:
                    self._before.setdefault(after.id, before)
                    self.org.put(after)
                    self.kept[after.id] = after
                    self._shake(before, after)

    def settle(self, verdicts: Verdicts, judged: Iterable[Id] = (), day: date = date.min) -> set[Id]:
        """Bring the tallies up to date with what was applied, and with new verdicts on `judged`.

        What passed between units is counted on `day`. Gives the units whose figures, or place in the tree, changed.
        """
        self._dirty.update(judged)
        for source in self._dirty:
            self._set(source, self._part(source, verdicts), day)
        for id, before in self._before.items():
            self._pass(acts_of(self.org, before, self.org.get(id)), day)
        touched, self._touched = self._touched, set()
        self._dirty.clear()
        self._before.clear()
        return touched

    def health(self, unit: Id | None) -> UnitHealth:
        """The figures of a unit, or (None) of the organisation."""
        return UnitHealth(unit, self.tallies.get(unit, _NONE).health())

    def with_objectives(self) -> Iterator[UnitHealth]:
        """The organisation, then every unit that has active objectives."""
        yield self.health(None)
        for unit in sorted(unit for unit in self.tallies if unit is not None):
            if self.tallies[unit].states:
                yield self.health(unit)

    # -- inside -------------------------------------------------------------------------------------------------------

    def _part(self, source: str, verdicts: Verdicts) -> tuple[list[Id], Part] | None:
        """What a source adds to whose figures now."""
        why, _, unit = source.partition(" ")
        if unit:
            return of_debt(self.org, self.org.whys[why], unit) if unit in self.org.units else None
        found = self.org.get(source)
        if isinstance(found, Question):
            return of_question(found)
        if isinstance(found, CustomerFeedback):
            return of_feedback(found)
        return of_link(self.org, found) if isinstance(found, Link) else of_goal(self.org, source, verdicts(source))

    def _set(self, source: str, after: tuple[list[Id], Part] | None, day: date) -> None:
        before = self._parts.get(source)
        if before == after:
            return
        for sign, each in ((-1, before), (1, after)):
            if each is not None:
                for unit in (None, *each[0]):
                    self.tallies[unit].add(each[1], sign)
                    self.moved.add(unit)
                self._touched.update(each[0])
        if after is None:
            del self._parts[source]
        else:
            self._parts[source] = after
            fresh = self._answers(source)
            self._pass(acts_of_debt(after[0][0], before[1] if before else None, after[1], fresh=fresh), day)

    def _answers(self, debt: str) -> bool:
        """Did this commit bring the unit's first answer to the version it speaks of?"""
        found = self.org.answer(*debt.split(" ")) if " " in debt else None
        if found is None or found.id not in self._before:
            return False
        before = self._before[found.id]
        return not isinstance(before, WhyAnswer) or before.version != found.version

    def _pass(self, acts: Iterable[Between], day: date) -> None:
        self.passed.update(Passed(*each, day) for each in acts)

    def _shake(self, before: Any, after: Entity) -> None:
        """Remember whose part a change may have changed."""
        match after:
            case Objective():
                self._dirty.add(after.id)
                self._untie(before, after, after.id)
            case KeyResult():
                self._dirty.update(each.measures for each in (before, after) if each is not None)
                self._untie(before, after, after.id)
            case CustomerFeedback():
                self._dirty.add(after.id)
                about = {node for each in (before, after) if each is not None for node in each.about}
                self._dirty.update(
                    about | {self.org.key_results[n].measures for n in about if n in self.org.key_results}
                )
            case Why():
                self._dirty.add(after.id)
                self._dirty.update(f"{after.id} {unit}" for unit in self._reached(before, after))
                self._untie(before, after, after.id)
            case WhyAnswer():
                self._dirty.update(f"{after.why} {unit}" for unit in self._below(before, after))
            case Question() | Link():
                self._dirty.add(after.id)
            case Purpose():
                self._untie(before, after, after.id)
            case OrgUnit():
                self._place(before, after)

    def _place(self, before: OrgUnit | None, after: OrgUnit) -> None:
        """A unit that is new, elsewhere or closed: those below it are told otherwise, those above have others below."""
        placed = (after.parent, after.closed, after.placed_at)
        if before is None or placed != (before.parent, before.closed, before.placed_at):
            below = list(self.org.subunits(after.id))
            self._dirty.update(f"{why} {unit}" for why in self.org.whys for unit in below)
            self._touched.update(below)
            for parent in (before.parent if before else None, after.parent):
                self._touched.update(each.id for each in self.org.ancestors(parent))

    def _untie(self, before: Any, after: Any, node: Id) -> None:
        """The links of a node, and of what measures it, connect others (or nobody) once its state or owners change."""
        if before is None or _holds(before) != _holds(after):
            for each in (node, *self.org.measures_of.get(node, {})):
                self._dirty.update([*self.org.up.get(each, {}), *self.org.down.get(each, {})])

    def _reached(self, before: Why | None, after: Why) -> Iterator[Id]:
        tops = dict.fromkeys([*(before.audience if before else ()), *after.audience])
        return (unit for top in tops for unit in self.org.subunits(top))

    def _below(self, before: WhyAnswer | None, after: WhyAnswer) -> Iterable[Id]:
        """Whom an answer concerns: the unit, those next below, and all below when they are excused by it or no more."""
        if after.why not in self.org.whys:
            return ()
        if AnswerStance.NO_PART in (after.stance, before.stance if before else None):
            return self.org.subunits(after.unit)
        return (after.unit, *self.org.units_below.get(after.unit, {}))


_NONE = Tally()


def lean(entity: Entity) -> Entity:
    """An entity without the words that no figure depends on: they stay with goals."""
    match entity:
        case Why():
            return structs.replace(entity, statement="", because=None, title="")
        case Purpose():
            return structs.replace(entity, statement="", title="")
        case WhyAnswer():
            return structs.replace(entity, statement="")
        case CustomerFeedback():
            said = [structs.replace(each, body="") for each in entity.responses]
            return structs.replace(entity, source="", body="", segment=None, responses=said)
        case Objective():
            return structs.replace(entity, title="", description=None, outcome=None)
        case KeyResult():
            return structs.replace(entity, title="", description=None, current_value=None, status=None, confidence=None)
        case Link():
            return structs.replace(entity, rounds=[], because=None, in_return=None, reason=None)
        case Question():
            answers = [structs.replace(each, body="") for each in entity.answers]
            return structs.replace(entity, body="", settlement=None, answers=answers)
        case _:
            return entity


def _holds(node: Any) -> tuple[Any, ...]:
    """What of a node decides whether its links are between live goals, and of which units."""
    match node:
        case Objective():
            return (node.state, *node.owners)
        case Why():
            return (node.state, node.unit)
        case KeyResult():
            return (node.removed, node.measures)
        case _:
            return (node.state,)
