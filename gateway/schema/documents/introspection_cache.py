"""Answers about the schema, remembered: they cost tens of milliseconds and are the same for everybody."""

from __future__ import annotations

import hashlib
import sys
from typing import Any, Final

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    OperationType,
)

from gateway.budget.sized_cache import SizedCache
from gateway.schema.documents.document_cache import ParsedDocument

_CACHE_BYTES: Final = 8 * 2**20
_MOST_VARIABLE = 200
"""Characters of a variable's value; with a longer one the answer is not remembered."""
_ABOUT_THE_SCHEMA = {"__schema", "__type", "__typename"}

_ENTRY_BYTES = 500
"""What an entry takes besides its answer."""

Question = bytes
"""A hash of document, operation and variables."""


class IntrospectionCache:
    """Data of operations that ask for `__schema` and `__type` only, by document, operation and variables."""

    def __init__(self, most_bytes: int = _CACHE_BYTES) -> None:
        self.cache: SizedCache[Question, dict[str, Any]] = SizedCache(most_bytes)

    def question(
        self, document: ParsedDocument | None, operation: str | None, variables: dict[str, Any] | None
    ) -> Question | None:
        """The key of an operation; None when it is about more than the schema, or its variables are too large to
        remember.
        """
        if document is None or not isinstance(variables, dict | None):
            return None
        chosen = next((each for each in document.operations() if operation in (None, _name(each))), None)
        if chosen is None or chosen.operation is not OperationType.QUERY or not _about_the_schema(document, chosen):
            return None
        values = []
        for each in chosen.variable_definitions or ():
            name = each.variable.name.value
            value = (variables or {}).get(name)
            if not isinstance(value, str | bool | None) or (isinstance(value, str) and len(value) > _MOST_VARIABLE):
                return None
            values.append((name in (variables or {}), value))
        asked = repr((document.key, operation, values))
        return hashlib.sha256(asked.encode(errors="surrogatepass")).digest()

    def get(self, question: Question | None) -> dict[str, Any] | None:
        """The data that answers it, if it was asked before. It must not be changed."""
        return None if question is None else self.cache.get(question)

    def put(self, question: Question | None, result: Any) -> None:
        """Remember an answer without errors."""
        if question is not None and result.data is not None and not result.errors:
            self.cache.put(question, result.data, _ENTRY_BYTES + size_of(result.data))


def size_of(data: Any) -> int:
    """Bytes of an answer: its dictionaries, lists and texts. Most texts are the schema's own, so it is less."""
    total = 0
    inner = [data]
    while inner:
        value = inner.pop()
        total += sys.getsizeof(value)
        if isinstance(value, dict):
            inner += value.values()
        elif isinstance(value, list):
            inner += value
    return total


def _name(operation: OperationDefinitionNode) -> str | None:
    return operation.name.value if operation.name else None


def _about_the_schema(document: ParsedDocument, operation: OperationDefinitionNode) -> bool:
    fragments = {
        each.name.value: each for each in document.node.definitions if isinstance(each, FragmentDefinitionNode)
    }
    inner = [operation.selection_set]
    while inner:
        for each in inner.pop().selections:
            if isinstance(each, FieldNode):
                if each.name.value not in _ABOUT_THE_SCHEMA:
                    return False
            elif isinstance(each, FragmentSpreadNode):
                inner.append(fragments[each.name.value].selection_set)
            elif isinstance(each, InlineFragmentNode):
                inner.append(each.selection_set)
    return True
