"""Which GraphQL type shows which kind of row: each type registers itself, so that no other has to import it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from gateway.live.organization_view import OrganizationView

T = TypeVar("T", bound=type[Any])

_TYPES: dict[type[Any], Callable[..., Any]] = {}
_TYPES_OF_SOME: dict[type[Any], tuple[Callable[[Any], bool], Callable[..., Any]]] = {}


def represents(kind: type[Any], *, where: Callable[[Any], bool] | None = None) -> Callable[[T], T]:
    """Register a GraphQL type as the one that shows rows of this class, or only the rows for which `where` is true."""

    def register(shown: T) -> T:
        if where is None:
            _TYPES[kind] = shown
        else:
            _TYPES_OF_SOME[kind] = where, shown
        return shown

    return register


def represent(view: OrganizationView, row: Any) -> Any:
    """The GraphQL object over a row, of the type registered for its class. Raises `KeyError` where there is none."""
    return _TYPES[type(row)](view=view, row=row)


def represent_as_itself(view: OrganizationView, row: Any) -> Any:
    """The same; a row for which there is a type `where` it passes is shown as that: a service account is no person."""
    where, shown = _TYPES_OF_SOME.get(type(row), (None, None))
    if where is not None and shown is not None and where(row):
        return shown(view=view, row=row)
    return represent(view, row)


def represented() -> frozenset[type[Any]]:
    """The classes of rows that have a type."""
    return frozenset(_TYPES)
