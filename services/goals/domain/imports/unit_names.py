"""The open units of an organization by name, and by the way to them: `North / Sales` is the Sales below North."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable

from goldenthread.contracts.entities import Id
from goldenthread.contracts.errors import ErrorCode, Refused, refuse
from goldenthread.contracts.texts import folded
from goldenthread.organization.organization import Organization

_BETWEEN = re.compile(r"\s+[/\\>›»→]\s+")
_ID = re.compile(r"\((unit_[0-9A-Za-z_-]+)\)\Z")
_AND = " / "
_DEEPEST = 20
"""Units that a way names, at most; a longer one is a name."""
_NAMED = 5
_SHOWN = 60


def way_of(text: str) -> list[str]:
    """The names in `North / Sales`, `North > Sales` …; of anything else, the one name that it is."""
    if len(text) <= _DEEPEST * 600:
        names = [" ".join(part.split()) for part in _BETWEEN.split(text.strip())]
        if 1 < len(names) <= _DEEPEST and all(names):
            return names
    return [" ".join(text.split())]


class UnitNames:
    """Which open units a text means. A text that is the name of units means them; a way is looked for after that."""

    def __init__(self, org: Organization) -> None:
        self._org = org
        self._named: dict[str, list[Id]] = defaultdict(list)
        self._below: dict[tuple[Id | None, str], Id] = {}
        self._ways: dict[str, list[Id]] | None = None
        """By way, from wherever it begins; a name may have the sign in it that stands between names."""
        for unit in org.units.values():
            if not unit.closed:
                self.add(unit.id)

    def named(self, name: str) -> list[Id]:
        """The units of this name."""
        return self._named.get(folded(name), [])

    def below(self, parent: Id, name: str) -> Id | None:
        """The unit of this name directly below another."""
        return self._below.get((parent, folded(name)))

    def at(self, way: list[str]) -> list[Id]:
        """The units that a way leads to, wherever it begins."""
        if len(way) == 1:
            return self.named(way[0])
        if self._ways is None:
            self._ways = defaultdict(list)
            for ids in self._named.values():
                for id in ids:
                    self._index(id)
        found = self._ways.get(folded(_AND.join(way)), [])
        whole = [id for id in found if folded(self.path(id)) == folded(_AND.join(way))] if len(found) > 1 else []
        return whole if len(whole) == 1 else found

    def meant(self, text: str) -> list[Id]:
        """The units of this name; else those that it is the way to, or that one whose id it has in brackets."""
        return self.named(text) or self.at(way_of(text)) or self._with_id(text)

    def _with_id(self, text: str) -> list[Id]:
        """The unit of `North / Sales (unit_1)`, as an export calls one that shares its way with another."""
        found = _ID.search(text[-_SHOWN * 2 :])
        unit = self._org.units.get(found[1]) if found else None
        return [unit.id] if unit is not None and not unit.closed else []

    def only(self, texts: Iterable[str]) -> dict[str, Id]:
        """By `folded` text, the one unit that it means; texts that mean none or several are left out."""
        found = {folded(text): self.meant(text) for text in texts}
        return {text: ids[0] for text, ids in found.items() if len(ids) == 1}

    def add(self, unit: Id) -> None:
        """A unit that is new."""
        each = self._org.units[unit]
        self._named[folded(each.name)].append(unit)
        self._below.setdefault((each.parent, folded(each.name)), unit)
        if self._ways is not None:
            self._index(unit)

    def several(self, text: str, units: list[Id]) -> Refused:
        """The refusal of a text that means several units, with the way to each."""
        shown = [f"“{self.path(id)}”" for id in units[:_NAMED]]
        more = f" or {len(units) - _NAMED} more" if len(units) > _NAMED else ""
        message = f"The unit “{text[:_SHOWN]}” may be {' or '.join(shown)}{more}; write which one."
        return refuse(ErrorCode.INVALID, message)

    def path(self, unit: Id) -> str:
        """The way to a unit, as it may be written in a file."""
        names = [each.name for each in self._org.ancestors(unit)]
        return _AND.join(reversed(names[:_DEEPEST]))

    def _index(self, unit: Id) -> None:
        """Every end of the way to it, of more than one name."""
        assert self._ways is not None
        way = ""
        for depth, each in enumerate(self._org.ancestors(unit)):
            if depth == _DEEPEST:
                break
            way = folded(each.name) + (_AND + way if way else "")
            if depth:
                self._ways[way].append(unit)
