"""Units that a plan names: found by name, or made. A name that cannot be one costs the rows that name it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from goldenthread.contracts.entities import Id, OrgUnit
from goldenthread.contracts.enums import UnitFunction
from goldenthread.contracts.errors import Refused
from goldenthread.contracts.events.goals import UnitCreated
from goldenthread.contracts.plan import PlanFormat, PlanProblem, PlanRow, PlanUnit
from goldenthread.contracts.texts import folded
from services.goals.domain import validation
from services.goals.domain.imports.import_state import ImportState
from services.goals.domain.imports.successors import followed_unit
from services.goals.domain.imports.unit_names import UnitNames, way_of

_SHOWN = 60


def place_units(state: ImportState) -> None:
    """Every unit the file names: as its spelling was understood before, by name, by the way to it, or a new one.

    A name that several units bear means none of them: it is unfit, like one that cannot be a name.
    """
    if state.command.unit is not None:
        validation.open_unit(state.case.org, state.command.unit, "unit")
    _Units(state).take()


class _Units:
    """The units of one import."""

    def __init__(self, state: ImportState) -> None:
        self._state, self._case = state, state.case
        self._names = UnitNames(state.case.org)
        self._stated: dict[str, PlanUnit] = {}
        """Units that the file places: it says more of them than a name."""
        self._topped = any(each.top for each in state.plan.units)
        """Does the file say which unit is its root?"""

    def take(self) -> None:
        state = self._state
        state.units |= self._remembered()
        for each in state.plan.units:
            if not each.person and state.plan.format is not PlanFormat.OKR_SHEET:
                self._stated.setdefault(folded(each.key or each.name), each)
            if each.top:
                state.units[folded(each.key or each.name)] = state.command.unit or state.case.root
        named = list(dict.fromkeys(_named(state.plan.rows)))
        self._all([each.key or each.name for each in self._stated.values()])
        # Ways first: a unit that is placed in one row is the one that another row calls by its name alone.
        self._all(sorted(named, key=lambda name: len(way_of(name)) == 1))
        state.remembered_units.update(self._spellings(named))
        unnamed = state.unfit.keys() - {folded(name) for name in named}
        state.problems += [PlanProblem(f"unit {name[:_SHOWN]}", state.unfit[name]) for name in sorted(unnamed)]

    def _remembered(self) -> dict[str, Id]:
        org = self._case.org
        found = {name: followed_unit(org, id) for name, id in self._state.merge_base.units.items()}
        return {name: id for name, id in found.items() if id in org.units and not org.units[id].closed}

    def _spellings(self, named: list[str]) -> dict[str, Id]:
        """What the spellings of this file mean, where they meant nothing before, or what is closed."""
        meant, before = self._state.units, self._remembered()
        found = {name: meant[name] for name in map(folded, named) if name in meant}
        return {name: id for name, id in found.items() if before.get(name) != id}

    def _all(self, names: Iterable[str]) -> None:
        for name in names:
            try:
                self._state.units.setdefault(folded(name), self._meant(name))
            except Refused as error:
                self._state.unfit[folded(name)] = str(error)

    def _meant(self, name: str) -> Id:
        known = self._state.units.get(folded(name))
        said = self._stated.get(folded(name))
        if known is not None:
            return known
        found = self._found(name)
        if said is not None and (said.key is not None or (len(found) != 1 and said.parent is not None)):
            return self._below(name)
        if not found and said is None:
            found = self._names.meant(name)
            return found[0] if len(found) == 1 else self._at(way_of(name))
        if len(found) > 1:
            raise self._names.several(name, found)
        return found[0] if found else self._below(name)

    def _found(self, name: str) -> list[Id]:
        """The units of a name; without the root for one that the file has below its own root."""
        found, said = self._names.named(name), self._stated.get(folded(name))
        if len(found) == 1 and said is not None and self._topped and not said.top and said.parent is not None:
            return [each for each in found if each != self._case.root]
        return found

    def _at(self, way: list[str]) -> Id:
        """The unit a way leads to, made with what is missing below the part of it that is there."""
        for depth in range(len(way), 0, -1):
            known = self._state.units.get(folded(way[0])) if depth == 1 else None
            found = [known] if known is not None else self._names.at(way[:depth])
            if len(found) > 1:
                raise self._names.several(" / ".join(way[:depth]), found)
            if found:
                break
        parent, missing = (found[0], way[depth:]) if found else (self._state.case.root, way)
        clean = [validation.title(each, "unit") for each in missing]
        for each in clean:
            parent = self._make(each, UnitFunction.BUSINESS, parent)
        return parent

    def _below(self, name: str) -> Id:
        """A unit that the file places, made with everything it is below; units in a circle go below the root."""
        state = self._state
        chain: dict[str, str] = {}
        at: str | None = name
        while at is not None and folded(at) not in state.units and folded(at) not in chain:
            above = self._stated.get(folded(at))
            found = self._found(at)
            if at != name and len(found) == 1 and (above is None or above.key is None):
                state.units[folded(at)] = found[0]
                break
            chain[folded(at)] = at
            at = above.parent if above is not None else None
        parent = state.units.get(folded(at), state.case.root) if at is not None else state.case.root
        for each in reversed(chain.values()):
            state.units[folded(each)] = parent = self._placed(each, self._stated.get(folded(each)), parent)
        return parent

    def _placed(self, key: str, said: PlanUnit | None, parent: Id) -> Id:
        """The unit of a name at a place, else a new one there."""
        clean = validation.tidied_title(said.name if said is not None else key, "unit")
        function = said.function if said is not None else None
        return self._names.below(parent, clean) or self._make(clean, function or UnitFunction.BUSINESS, parent)

    def _make(self, name: str, function: UnitFunction, parent: Id) -> Id:
        unit = OrgUnit(self._case.new_id("unit"), name, function, parent, placed_at=self._case.now)
        self._case.emit(UnitCreated(unit))
        self._names.add(unit.id)
        self._state.new_units.append(name)
        return unit.id


def _named(rows: list[PlanRow]) -> Iterator[str]:
    for row in rows:
        if row.unit:
            yield row.unit
        yield from (*row.co_owners, *row.invited, *row.audience)
