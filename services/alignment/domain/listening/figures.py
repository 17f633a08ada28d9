"""The figures of one organisation: a fold of goals' commits and the verdicts; a commit costs what it changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from msgspec import structs

from goldenthread.contracts.entities import (
    CustomerFeedback,
    Entity,
    Id,
    KeyResult,
    Objective,
    OrganizationInfo,
    OrgUnit,
    Why,
    WhyAnswer,
)
from goldenthread.contracts.enums import AnswerStance
from goldenthread.contracts.events.alignment import UnitHealth, Verdict
from goldenthread.contracts.events.goals import entities_of
from goldenthread.contracts.organization import Organization
from services.alignment.domain.listening.parts import of_debt, of_goal
from services.alignment.domain.listening.tally import Part, Tally

Verdicts = Callable[[Id], Verdict | None]
KEPT = (OrganizationInfo, OrgUnit, Why, Objective, KeyResult, WhyAnswer, CustomerFeedback)


class Figures:
    """Tallies by unit (None: the whole organisation) and what they are made of. `kept`: entities to write."""

    def __init__(self) -> None:
        self.org = Organization()
        self.tallies: dict[Id | None, Tally] = {None: Tally()}
        self.kept: dict[Id, Entity] = {}
        self.moved: set[Id | None] = set()
        """Units whose figures may have changed since `moved` was last cleared."""
        self._parts: dict[str, tuple[list[Id], Part]] = {}
        self._goals: set[Id] = set()
        self._debts: set[str] = set()

    @classmethod
    def load(cls, entities: Iterable[Entity], verdicts: Verdicts) -> Figures:
        """The figures that these kept entities, in any order, come to."""
        made = cls()
        made.org = Organization.of(entities)
        made._goals = {*made.org.whys, *made.org.objectives}
        made._debts = {f"{why.id} {unit}" for why in made.org.whys.values() for unit in made._reached(None, why)}
        made.settle(verdicts)
        made.moved.clear()
        return made

    def apply(self, payload: Any) -> None:
        """Fold one goals payload in; `settle` follows at the end of its commit."""
        for entity in entities_of(payload) if payload is not None else ():
            if isinstance(entity, KEPT):
                after = lean(entity)
                before = self.org.info if isinstance(after, OrganizationInfo) else self.org.get(after.id)
                if after != before:
                    self.org.put(after)
                    self.kept[after.id] = after
                    self._shake(before, after)

    def settle(self, verdicts: Verdicts, judged: Iterable[Id] = ()) -> None:
        """Bring the tallies up to date with what was applied, and with new verdicts on `judged`."""
        self._goals.update(judged)
        for node in self._goals:
            self._set(node, of_goal(self.org, node, verdicts(node)))
        for debt in self._debts:
            why, unit = debt.split(" ")
            part = of_debt(self.org, self.org.whys[why], unit) if unit in self.org.units else None
            self._set(debt, ([unit], part) if part is not None else None)
        self._goals.clear()
        self._debts.clear()

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

    def _set(self, source: str, after: tuple[list[Id], Part] | None) -> None:
        before = self._parts.get(source)
        if before == after:
            return
        for sign, each in ((-1, before), (1, after)):
            if each is not None:
                for unit in (None, *each[0]):
                    self.tallies.setdefault(unit, Tally()).add(each[1], sign)
                    self.moved.add(unit)
        if after is None:
            del self._parts[source]
        else:
            self._parts[source] = after

    def _shake(self, before: Any, after: Entity) -> None:
        """Remember whose part a change may have changed."""
        match after:
            case Objective():
                self._goals.add(after.id)
            case KeyResult():
                self._goals.update(each.measures for each in (before, after) if each is not None)
            case CustomerFeedback():
                about = {node for each in (before, after) if each is not None for node in each.about}
                self._goals.update(
                    about | {self.org.key_results[n].measures for n in about if n in self.org.key_results}
                )
            case Why():
                self._goals.add(after.id)
                self._debts.update(f"{after.id} {unit}" for unit in self._reached(before, after))
            case WhyAnswer():
                self._debts.update(f"{after.why} {unit}" for unit in self._below(before, after))
            case OrgUnit():
                placed = (after.parent, after.closed, after.placed_at)
                if before is None or placed != (before.parent, before.closed, before.placed_at):
                    below = list(self.org.subunits(after.id))
                    self._debts.update(f"{why} {unit}" for why in self.org.whys for unit in below)

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
        case WhyAnswer():
            return structs.replace(entity, statement="")
        case CustomerFeedback():
            return structs.replace(entity, source="", body="", segment=None, responses=[])
        case Objective():
            return structs.replace(entity, title="", description=None, outcome=None)
        case KeyResult():
            return structs.replace(entity, title="", description=None, current_value=None, status=None, confidence=None)
        case _:
            return entity
