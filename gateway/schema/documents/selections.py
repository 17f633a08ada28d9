"""What definitions select once their fragments are spread, counted in time linear in the document.

A fragment is counted once, and its counts are added wherever it is spread. A walk along every path would double its
time with every fragment that spreads the next one twice.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from graphql import (
    ExecutableDefinitionNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    SelectionSetNode,
)

from gateway.errors import BadRequest

Fragments = Mapping[str, FragmentDefinitionNode]

_SATURATED = 1_000_000
"""No sum grows beyond this: fragments can multiply to numbers of hundreds of digits."""
_INTROSPECTION = ("__schema", "__type")


@dataclass(slots=True)
class SelectionCounts:
    """What a definition selects with all fragments spread, each as often as it is spread."""

    selections: int = 0
    """Fields, inline fragments and spreads."""
    aliases: int = 0
    depth: int = 0
    """Fields with a selection, one inside the other."""
    schemas: int = 0
    """Fields `__schema`; `types` are those named `__type`."""
    types: int = 0
    introspected_aliases: int = 0
    """Aliases inside of `__schema` and `__type`."""

    def add(self, other: SelectionCounts, level: int = 0, introspecting: bool = False) -> None:
        """Count what a spread selects: it stands inside of `level` fields."""
        inside = other.aliases if introspecting else other.introspected_aliases
        self.selections = min(_SATURATED, self.selections + other.selections)
        self.aliases = min(_SATURATED, self.aliases + other.aliases)
        self.depth = max(self.depth, level + other.depth)
        self.schemas = min(_SATURATED, self.schemas + other.schemas)
        self.types = min(_SATURATED, self.types + other.types)
        self.introspected_aliases = min(_SATURATED, self.introspected_aliases + inside)


def count_all(fragments: Fragments) -> dict[str, SelectionCounts]:
    """What every fragment selects. Raises `BadRequest` when one spreads itself, through others or not."""
    counted: dict[str, SelectionCounts] = {}
    for name in _innermost_first(fragments):
        counted[name] = count(fragments[name], counted)
    return counted


def count(definition: ExecutableDefinitionNode, counted: Mapping[str, SelectionCounts]) -> SelectionCounts:
    """What one definition selects; `counted` are the fragments it spreads. Unknown fragments select nothing."""
    found = SelectionCounts()
    open_sets = [(definition.selection_set, 0, False)]
    while open_sets:
        selection_set, level, introspecting = open_sets.pop()
        for each in selection_set.selections:
            found.selections += 1
            if isinstance(each, FragmentSpreadNode):
                found.add(counted.get(each.name.value, SelectionCounts()), level, introspecting)
            elif isinstance(each, InlineFragmentNode):
                open_sets.append((each.selection_set, level, introspecting))
            elif isinstance(each, FieldNode):
                _count_field(found, each, introspecting)
                if each.selection_set:
                    found.depth = max(found.depth, level + 1)
                    inside = introspecting or each.name.value in _INTROSPECTION
                    open_sets.append((each.selection_set, level + 1, inside))
    return found


def _count_field(found: SelectionCounts, field: FieldNode, introspecting: bool) -> None:
    if field.alias:
        found.aliases += 1
        found.introspected_aliases += introspecting
    found.schemas += field.name.value == "__schema"
    found.types += field.name.value == "__type"


def spreads(definition: ExecutableDefinitionNode) -> list[str]:
    """Names of the fragments that a definition itself spreads, each once."""
    found: dict[str, None] = {}
    open_sets = [definition.selection_set]
    while open_sets:
        for each in open_sets.pop().selections:
            if isinstance(each, FragmentSpreadNode):
                found[each.name.value] = None
            elif isinstance(each, FieldNode | InlineFragmentNode) and each.selection_set:
                open_sets.append(each.selection_set)
    return list(found)


def _innermost_first(fragments: Fragments) -> Iterator[str]:
    """Names of fragments, each after those it spreads. Raises `BadRequest` for a cycle."""
    done: set[str] = set()
    for first in fragments:
        path = {} if first in done else {first: iter(spreads(fragments[first]))}
        while path:
            name = next(reversed(path))
            inner = next((each for each in path[name] if each in fragments and each not in done), None)
            if inner is None:
                del path[name]
                done.add(name)
                yield name
            elif inner in path:
                raise BadRequest(f"Cannot spread fragment '{inner}' within itself. Take one of the spreads out.")
            else:
                path[inner] = iter(spreads(fragments[inner]))


def selected_places(root: ExecutableDefinitionNode, fragments: Fragments) -> Iterator[tuple[str, int]]:
    """Every place of the answer (response names joined by dots), and how many fields of `root` select it.

    Fields of one name in one selection set are merged, and so is what they select. Every spread is walked each time:
    call it for a root that selects little.
    """
    merged: list[tuple[str, list[SelectionSetNode]]] = [("", [root.selection_set])]
    while merged:
        where, sets = merged.pop()
        for name, fields in _by_name(sets, fragments).items():
            place = f"{where}.{name}" if where else name
            yield place, len(fields)
            merged.append((place, [each.selection_set for each in fields if each.selection_set]))


def _by_name(sets: list[SelectionSetNode], fragments: Fragments) -> dict[str, list[FieldNode]]:
    """The fields of merged selection sets, those of their fragments too, by response name."""
    found: dict[str, list[FieldNode]] = {}
    open_sets = list(sets)
    while open_sets:
        for each in open_sets.pop().selections:
            if isinstance(each, FieldNode):
                found.setdefault((each.alias or each.name).value, []).append(each)
            elif isinstance(each, InlineFragmentNode):
                open_sets.append(each.selection_set)
            elif isinstance(each, FragmentSpreadNode) and each.name.value in fragments:
                open_sets.append(fragments[each.name.value].selection_set)
    return found
