"""Reading what may be long: lists in pages, and things by their ids.

Every document that is read here has a size of its own in `$first` (or is given ids). What costs more than one request
may is asked for again in half the size, so no organization is too large for a document.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import reduce
from typing import Any, Protocol, TypeVar

from goldenthread.cli.common import output
from goldenthread.cli.common.errors import CommandError
from goldenthread.cli.common.graphql_client import Data, RequestTooCostly

_FIRST = re.compile(r"\$first: Int = (\d+)")

T = TypeVar("T")


class GraphQLReader(Protocol):
    """Whatever answers GraphQL documents: a connection, or one that keeps which revisions it saw."""

    def ask(self, document: str, variables: Mapping[str, Any] | None = None) -> Data:
        """The `data` of the answer."""


def pages(
    graphql: GraphQLReader,
    document: str,
    path: str,
    variables: Mapping[str, Any] | None = None,
    after: str | None = None,
) -> Iterator[Data]:
    """The answers to a document, page by page of the list at `path` (`node.children`, say), from `after` on.

    The document takes `$first` and `$after` for that list. Raises CommandError, when one item alone is too much too.
    """
    size, smaller, read = _size_of(document), dict[str, Any](), 0
    try:
        while True:
            try:
                page = graphql.ask(document, {**(variables or {}), "after": after, **smaller})
            except RequestTooCostly:
                if size == 1:
                    raise
                size = max(1, size // 2)
                smaller = {"first": size}
                continue
            yield page
            found = _at(page, path)
            if not found["pageInfo"]["hasNextPage"]:
                return
            read += len(found["nodes"])
            output.show_progress(f"{read:,} read …")
            after = found["pageInfo"]["endCursor"]
    finally:
        output.clear_progress()


def every_page(graphql: GraphQLReader, document: str, path: str, variables: Mapping[str, Any] | None = None) -> Data:
    """All pages as one answer of the same shape: the last one, with the nodes of all in its list at `path`."""
    nodes: list[Any] = []
    page: Data = {}
    for page in pages(graphql, document, path, variables):
        nodes += _at(page, path)["nodes"]
    _at(page, path)["nodes"] = nodes
    return page


def every_node(
    graphql: GraphQLReader,
    document: str,
    path: str,
    variables: Mapping[str, Any] | None = None,
    after: str | None = None,
) -> list[Any]:
    """The nodes of all pages of a list."""
    return [node for page in pages(graphql, document, path, variables, after) for node in _at(page, path)["nodes"]]


def complete_list(graphql: GraphQLReader, document: str, path: str, node: str, begun: Data) -> list[Any]:
    """A list of the node with this id, of which the page `begun` came with the node: that page, and all after it."""
    info = begun["pageInfo"]
    more = every_node(graphql, document, path, {"node": node}, info["endCursor"]) if info["hasNextPage"] else []
    return [*begun["nodes"], *more]


def nodes_by_ids(graphql: GraphQLReader, document: str, ids: Sequence[str], size: int) -> Iterator[Data]:
    """`nodes(ids: $ids)` of a document for all of `ids`, in that order; those that are gone are left out."""
    start = 0
    try:
        while start < len(ids):
            try:
                found = graphql.ask(document, {"ids": list(ids[start : start + size])})["nodes"]
            except RequestTooCostly:
                if size == 1:
                    raise
                size = max(1, size // 2)
                continue
            yield from (each for each in found if each)
            start += size
            if start < len(ids):
                output.show_progress(f"{start:,} of {len(ids):,} read …")
    finally:
        output.clear_progress()


def _at(page: Data, path: str) -> Data:
    found = reduce(lambda found, name: found and found[name], path.split("."), page)
    if not found:
        raise CommandError("what was read has gone meanwhile; ask again")
    return found


def _size_of(document: str) -> int:
    found = _FIRST.search(document)
    assert found is not None, "the document does not say how large its pages are"
    return int(found[1])
