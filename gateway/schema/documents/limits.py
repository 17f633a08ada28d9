"""Limits of one document, checked before it is validated: validation compares fields with each other."""

from __future__ import annotations

from graphql import DocumentNode, ExecutableDefinitionNode, FragmentDefinitionNode

from gateway.errors import BadRequest
from gateway.schema.documents.selections import Fragments, SelectionCounts, count, count_all, selected_places, spreads

MOST_SELECTIONS = 1_000
MOST_ALIASES = 100
MOST_DEPTH = 16
"""The introspection query of GraphiQL is 14 deep."""
MOST_OF_ONE_NAME = 20
"""Fields that select one place of the answer; each is compared with each."""
MOST_DEFINITIONS = 100
MOST_SCHEMAS, MOST_TYPES = 1, 10


class OverLimit(BadRequest):
    """A document that asks for more than one may."""

    def __init__(self, message: str) -> None:
        super().__init__(message, "COST_LIMIT")


def check(document: DocumentNode) -> None:
    """Raise `OverLimit` for a document over a limit, `BadRequest` for one that cannot be counted: with cycles of
    fragments, names of fragments given twice, or definitions that are not run.

    Operations count together, and so do fragments that nothing spreads: validation looks at all of them.
    """
    definitions = _executable(document)
    fragments = _by_name(definitions)
    counted = count_all(fragments)
    spread = {name for each in definitions for name in spreads(each)}
    roots = [
        each for each in definitions if not (isinstance(each, FragmentDefinitionNode) and each.name.value in spread)
    ]
    total = SelectionCounts()
    for root in roots:
        found = count(root, counted)
        _check_introspection(found)
        total.add(found)
    _check_total(total)
    for root in roots:
        _check_places(root, fragments)


def _executable(document: DocumentNode) -> list[ExecutableDefinitionNode]:
    found = [each for each in document.definitions if isinstance(each, ExecutableDefinitionNode)]
    if len(found) < len(document.definitions):
        raise BadRequest("The document may hold operations and fragments only, no definitions of types.")
    if len(found) > MOST_DEFINITIONS:
        raise OverLimit(
            f"The document has {len(found)} operations and fragments; at most {MOST_DEFINITIONS} are allowed."
            " Send only the operation to run and its fragments."
        )
    return found


def _by_name(definitions: list[ExecutableDefinitionNode]) -> Fragments:
    found: dict[str, FragmentDefinitionNode] = {}
    for each in definitions:
        if isinstance(each, FragmentDefinitionNode):
            if each.name.value in found:
                raise BadRequest(f"There can be only one fragment named '{each.name.value}'.")
            found[each.name.value] = each
    return found


def _check_introspection(found: SelectionCounts) -> None:
    if found.schemas > MOST_SCHEMAS or found.types > MOST_TYPES:
        raise OverLimit(
            f"An operation may ask for `__schema` once and for `__type` {MOST_TYPES} times. Send several requests."
        )
    if found.introspected_aliases:
        raise OverLimit("Aliases are not allowed inside of `__schema` and `__type`. Ask for each field by its name.")


def _check_total(total: SelectionCounts) -> None:
    if total.depth > MOST_DEPTH:
        raise OverLimit(
            f"The document is nested more than {MOST_DEPTH} fields deep, fragments included. Ask for the inner objects"
            " in a request of their own, by id."
        )
    if total.selections > MOST_SELECTIONS:
        raise OverLimit(
            f"The document selects more than {MOST_SELECTIONS} fields and fragments, each counted wherever"
            " it is spread. Ask for less at once."
        )
    if total.aliases > MOST_ALIASES:
        raise OverLimit(
            f"The document has more than {MOST_ALIASES} aliases, those of fragments counted wherever they are spread."
            " Ask for lists, or send several requests."
        )


def _check_places(root: ExecutableDefinitionNode, fragments: Fragments) -> None:
    for place, times in selected_places(root, fragments):
        if times > MOST_OF_ONE_NAME:
            raise OverLimit(
                f"'{place}' is selected {times} times, fragments included; at most {MOST_OF_ONE_NAME} are allowed."
                " Select it once."
            )
