"""Documents as they were read: within limits, parsed, valid; remembered by a hash of their text."""

from __future__ import annotations

import gc
import hashlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from graphql import DocumentNode, GraphQLError, GraphQLSchema, OperationDefinitionNode, specified_rules, validate
from graphql.validation import NoSchemaIntrospectionCustomRule
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule

from gateway.budget.sized_cache import SizedCache
from gateway.errors import BadRequest
from gateway.schema.documents import limits
from gateway.schema.documents.parser import MOST_TOKENS, parse

MOST_BYTES = 100_000
MOST_LINES = 4_000
"""Every error finds its line by counting them."""
MOST_ERRORS = 5
"""Some errors print the value they are about, as large as the document."""
_MOST_MESSAGE = 500
_MOST_NODES = 4
"""Places in the document that one error names."""

_CACHE_BYTES: Final = 32 * 2**20
_TOKEN_BYTES, _DOCUMENT_BYTES = 400, 2_000
"""What a parsed document holds, measured: per token its node, its place and the token, and once per document."""


class UnreadableDocument(Exception):
    """A document that is not run; `errors` say why, each with its code."""

    def __init__(self, errors: list[GraphQLError]) -> None:
        super().__init__(errors[0].message)
        self.errors = errors


@dataclass(frozen=True, slots=True)
class ParsedDocument:
    """A document that may be run. `key` is the same for the same text, and for no other."""

    key: bytes
    node: DocumentNode

    def operations(self) -> list[OperationDefinitionNode]:
        """Its operations, in order."""
        return [each for each in self.node.definitions if isinstance(each, OperationDefinitionNode)]


class DocumentCache:
    """Reads the documents of one schema. Those that are refused are not remembered."""

    def __init__(self, introspection: bool, most_bytes: int = _CACHE_BYTES) -> None:
        strawberrys = (MaybeNullValidationRule, OneOfInputValidationRule)
        hidden = () if introspection else (NoSchemaIntrospectionCustomRule,)
        self._rules = (*specified_rules, *strawberrys, *hidden)
        self.cache: SizedCache[bytes, ParsedDocument] = SizedCache(most_bytes)

    def read(self, schema: GraphQLSchema, text: Any) -> ParsedDocument:
        """The document. Raises `UnreadableDocument`."""
        key = _key(text)
        found = self.cache.get(key)
        if found is None:
            with no_collection():
                found = ParsedDocument(key, self._read(schema, text))
            self.cache.put(key, found, size_of(found.node, text))
        return found

    def _read(self, schema: GraphQLSchema, text: str) -> DocumentNode:
        try:
            node = parse(text)
            limits.check(node)
        except GraphQLError as error:
            raise UnreadableDocument([bounded(error)]) from None
        errors = validate(schema, node, self._rules, max_errors=MOST_ERRORS, hide_suggestions=True)
        if errors:
            raise UnreadableDocument([bounded(each) for each in errors])
        return node


@contextmanager
def no_collection() -> Iterator[None]:
    """Let the garbage collector wait: validation leaves cycles that hold the document, and a collection in the middle
    of it would move them to where they are looked for after many millions of objects only.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def size_of(node: DocumentNode, text: str) -> int:
    """Bytes that a parsed document holds, about; its text is held by the places of its nodes."""
    tokens: int = getattr(node, "token_count", MOST_TOKENS)
    return _DOCUMENT_BYTES + _TOKEN_BYTES * tokens + 2 * sys.getsizeof(text)


def bounded(error: GraphQLError) -> GraphQLError:
    """The error with its code, and no longer than is of use: a message may print a name of 90 kB."""
    message = error.message if len(error.message) <= _MOST_MESSAGE else f"{error.message[:_MOST_MESSAGE]}…"
    extensions = {"code": "INVALID", **(error.extensions or {})}
    nodes = (error.nodes or [])[:_MOST_NODES]
    return GraphQLError(message, nodes or None, error.source, error.positions, extensions=extensions)


def _key(text: Any) -> bytes:
    """A hash of the text. Raises `UnreadableDocument` for what is no text, is empty, or is too large to be read."""
    if not isinstance(text, str) or not text:
        raise UnreadableDocument([BadRequest("Send a GraphQL document, as text, in `query`.")])
    encoded = text.encode(errors="surrogatepass") if len(text) <= MOST_BYTES else b""
    if not encoded or len(encoded) > MOST_BYTES:
        raise UnreadableDocument(
            [
                limits.OverLimit(
                    f"The document is larger than {MOST_BYTES // 1000} kB. Send texts and long lists as variables."
                )
            ]
        )
    if encoded.count(b"\n") + encoded.count(b"\r") > MOST_LINES:
        raise UnreadableDocument(
            [limits.OverLimit(f"The document has more than {MOST_LINES} lines. Leave out empty ones.")]
        )
    return hashlib.sha256(encoded).digest()
