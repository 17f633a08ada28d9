"""GraphQL objects over entities: an object holds its row (the entity) and the view it is from."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from functools import wraps
from inspect import cleandoc
from typing import Any, TypeVar, cast

import strawberry
from strawberry import ID, Private

from gateway.budget import cost
from gateway.live.organization_view import OrganizationView

Resolver = TypeVar("Resolver", bound=Callable[..., Any])


def own(description: str | None = None) -> Any:
    """A field that is the row's own attribute of the same name."""
    made: Any = strawberry.field(description=description)
    made.init = False  # no argument of the constructor: it is read from the row
    return made


def field(resolver: Resolver) -> Resolver:
    """A field with a resolver; its docstring is its description in the schema."""
    return cast(Resolver, strawberry.field(resolver, description=cleandoc(resolver.__doc__ or "")))


def stream(resolver: Resolver) -> Resolver:
    """A subscription; its docstring is its description in the schema. Each event waits for its caller's pace."""

    @wraps(resolver)
    async def paced(self: Any, info: Any, *asked: Any, **named: Any) -> AsyncGenerator[Any, None]:
        async with aclosing(resolver(self, info, *asked, **named)) as events:
            async for event in events:
                await info.context.pace.wait()
                yield event

    return cast(Resolver, strawberry.subscription(paced, description=cleandoc(resolver.__doc__ or "")))


def renamed(name: str) -> Callable[[Resolver], Resolver]:
    """A field with a resolver, under a GraphQL name that Python has another use for."""

    def made(resolver: Resolver) -> Resolver:
        shown: Any = field(resolver)
        shown.graphql_name = name
        return cast(Resolver, shown)

    return made


def read(source: Any, name: str) -> Any:
    """How a field without a resolver is read: from the object's row, if it has one."""
    row = getattr(source, "row", None)
    found = getattr(source if row is None else row, name)
    if isinstance(found, str):
        cost.text(found)
    return found


@strawberry.interface(description="Anything with an id.")
class Node:
    """Anything with an id."""

    view: Private[OrganizationView]
    row: Private[Any]
    id: ID = own()
