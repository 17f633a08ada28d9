"""The names of units in an exported plan, each the name of one unit only."""

from __future__ import annotations

from collections import Counter

from goldenthread.cli.common.graphql_client import Data
from goldenthread.contracts.enums import UnitFunction
from goldenthread.contracts.plan import (
    PlanUnit,
)
from goldenthread.contracts.texts import folded


class ExportUnitNames:
    """How the plan calls each unit: by its name, or by the way to it where its name is not the only one."""

    def __init__(self, units: list[Data]) -> None:
        self._units = {unit["id"]: unit for unit in units}
        self._names = Counter(folded(unit["name"]) for unit in units)
        ways = {id: self._way(id) for id in self._units}
        self._ways = Counter(map(folded, ways.values()))
        self._called = {id: self._call(id, way) for id, way in ways.items()}

    def names_of(self, nodes: list[Data]) -> list[str]:
        """What the plan calls these; closed units are not in it."""
        return [self._called[each["id"]] for each in nodes if each["id"] in self._called]

    def plan_units(self) -> list[PlanUnit]:
        """Every unit, with the one it is below."""
        return [self._stated(id) for id in self._units]

    def _stated(self, id: str) -> PlanUnit:
        unit, called = self._units[id], self._called[id]
        above = unit["parent"] and self._called.get(unit["parent"]["id"])
        key = called if called != unit["name"] else None
        return PlanUnit(unit["name"], above, None, key, UnitFunction(unit["function"]), top=unit["parent"] is None)

    def _call(self, id: str, way: str) -> str:
        name = str(self._units[id]["name"])
        if self._names[folded(name)] == 1:
            return name
        alone = folded(way) not in self._names and self._ways[folded(way)] == 1
        return way if alone else f"{way} ({id})"

    def _way(self, id: str) -> str:
        way, at = [str(self._units[id]["name"])], self._units[id]["parent"]
        while at and at["id"] in self._units:
            way.append(self._units[at["id"]]["name"])
            at = self._units[at["id"]]["parent"]
        return " / ".join(reversed(way))
