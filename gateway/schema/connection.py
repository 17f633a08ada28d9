"""Relay connections over lists in memory."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

import strawberry

from gateway.errors import BadRequest

MOST = 1000
"""Items of one page, at most; also when `first` is not given."""

T = TypeVar("T")
S = TypeVar("S")


@strawberry.type
class PageInfo:
    """Where a page stands in its list."""

    has_next_page: bool
    has_previous_page: bool
    start_cursor: str | None
    end_cursor: str | None


@strawberry.type
class Edge(Generic[T]):
    """An item and its cursor."""

    cursor: str
    node: T


@strawberry.type
class Connection(Generic[T]):
    """One page of a list, and how many items it has in all."""

    edges: list[Edge[T]]
    nodes: list[T]
    page_info: PageInfo
    total_count: int


def page(
    items: Sequence[S], show: Callable[[S], T], key: Callable[[S], str], first: int | None, after: str | None
) -> Connection[T]:
    """The `first` items of `items` after the cursor `after`; `key` names an item, whatever its place.

    A cursor keeps its place in a list that changes: it is looked up by the item's key, and only when that item is gone
    by the place it had.
    """
    start = 0 if after is None else _start(items, key, after)
    shown = items[start : start + size(first)]
    edges = [Edge(cursor=cursor(number, key(each)), node=show(each)) for number, each in enumerate(shown, start)]
    return connection(edges, len(items), start > 0, start + len(shown) < len(items))


def connection(edges: list[Edge[T]], total: int, before: bool, after: bool) -> Connection[T]:
    """A page of `edges`; `before` and `after` say whether the list goes on there."""
    ends = (edges[0].cursor, edges[-1].cursor) if edges else (None, None)
    return Connection(
        edges=edges,
        nodes=[edge.node for edge in edges],
        page_info=PageInfo(has_next_page=after, has_previous_page=before, start_cursor=ends[0], end_cursor=ends[1]),
        total_count=total,
    )


def size(first: int | None, most: int = MOST) -> int:
    """How many items to show. Raises `BadRequest`."""
    if first is None:
        return most
    if not 0 <= first <= most:
        raise BadRequest(f"first must be from 0 to {most}; ask for more with `after`.")
    return first


def cursor(number: int, key: str) -> str:
    """An opaque cursor."""
    return urlsafe_b64encode(f"{number}:{key}".encode()).decode()


def read_cursor(text: str) -> tuple[int, str]:
    """The place and key in a cursor. Raises `BadRequest`."""
    try:
        number, _, key = urlsafe_b64decode(text.encode()).decode().partition(":")
        return int(number), key
    except ValueError as error:
        raise BadRequest("after is no cursor of this list; take it from `pageInfo.endCursor`.") from error


def _start(items: Sequence[S], key: Callable[[S], str], after: str) -> int:
    number, name = read_cursor(after)
    if 0 <= number < len(items) and key(items[number]) == name:
        return number + 1
    found = next((place for place, each in enumerate(items) if key(each) == name), None)
    return found + 1 if found is not None else max(0, min(number, len(items)))
