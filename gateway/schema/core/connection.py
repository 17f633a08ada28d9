"""Relay connections over lists in memory."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

import strawberry

from gateway.budget import cost
from gateway.errors import BadRequest

USUAL = 50
"""Items of one page when `first` is not given."""
NESTED = 100
"""Items of one page at most, of a list inside another answer."""
MOST = 500
"""Items of one page at most, of a list that a query begins with."""

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


@strawberry.type(
    description="One page of a list, and how many items the list has in all. Without `first` a page has 50 items; "
    "it has at most 500 in a list that the query begins with, and at most 100 in a list inside another one."
)
class Connection(Generic[T]):
    """One page of a list, and how many items the list has in all."""

    edges: list[Edge[T]]
    nodes: list[T]
    page_info: PageInfo
    total_count: int


def page(
    items: Sequence[S],
    show: Callable[[S], T],
    key: Callable[[S], str],
    first: int | None,
    after: str | None,
    most: int = NESTED,
) -> Connection[T]:
    """The `first` items of `items` after the cursor `after`, at most `most`; `key` names an item, whatever its place.

    A cursor keeps its place in a list that changes: it is looked up by the item's key, and only when that item is gone
    by the place it had.
    """
    start = 0 if after is None else start_of(items, key, after)
    shown = items[start : start + size(first, most)]
    edges = [Edge(cursor=cursor(number, key(each)), node=show(each)) for number, each in enumerate(shown, start)]
    return connection(edges, len(items), start > 0, start + len(shown) < len(items))


def connection(edges: list[Edge[T]], total: int, before: bool, after: bool) -> Connection[T]:
    """A page of `edges`; `before` and `after` say whether the list goes on there."""
    info = page_info([edge.cursor for edge in edges], before=before, after=after)
    return Connection(edges=edges, nodes=[edge.node for edge in edges], page_info=info, total_count=total)


def page_info(cursors: Sequence[str], *, before: bool, after: bool) -> PageInfo:
    """What is said of a page: its first and last cursor, and whether the list goes on before and after it."""
    first, last = (cursors[0], cursors[-1]) if cursors else (None, None)
    return PageInfo(has_next_page=after, has_previous_page=before, start_cursor=first, end_cursor=last)


def size(first: int | None, most: int, usual: int = USUAL) -> int:
    """How many items to show. Raises `BadRequest`."""
    if first is None:
        return min(usual, most)
    if not 0 <= first <= most:
        where = " in a list inside another one" if most == NESTED else ""
        raise BadRequest(f"first must be from 0 to {most}{where}; ask for more with `after`.")
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
        raise no_cursor() from error


def no_cursor() -> BadRequest:
    """For an `after` that no page of this list has given."""
    return BadRequest("after is no cursor of this list; take it from `pageInfo.endCursor`.")


def start_of(items: Sequence[S], key: Callable[[S], str], after: str) -> int:
    """The place after a cursor. Raises `BadRequest` for what is no cursor, and `BudgetExceeded`."""
    number, name = read_cursor(after)
    if 0 <= number < len(items) and key(items[number]) == name:
        return number + 1
    cost.rows(len(items))
    found = next((place for place, each in enumerate(items) if key(each) == name), None)
    return found + 1 if found is not None else max(0, min(number, len(items)))
