"""null, for every nullable field of the input of every mutation: sent on to be cleared, or the same as absent."""

from __future__ import annotations

import re
from functools import cache
from typing import Any, get_args

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    get_named_type,
)

from gateway.schema.build import make
from goldenthread.contracts.commands import AnyCommand
from goldenthread.contracts.commands.base import Change, Command
from goldenthread.contracts.errors import ErrorCode, Problem
from goldenthread.contracts.read_api import AnyAlertCommand
from goldenthread.contracts.replies import RefusedAnswer
from tests.support.entities import purpose
from tests.unit.gateway.fakes import Client
from tests.unit.gateway.world import World

SCALARS = {
    "String": "x", "ID": "x_1", "Int": 1, "Float": 0.5, "Boolean": True, "Date": "2026-01-01",
    "DateTime": "2026-01-01T00:00:00Z",
}  # fmt: skip
KINDS: dict[str, type[Command]] = {
    kind.__struct_config__.tag: kind for kind in (*get_args(AnyCommand), *get_args(AnyAlertCommand))
}
CHANGING = re.compile("(update|set|revise|counter|check|rename|change|move)[A-Z]")


def mutations() -> dict[str, GraphQLInputObjectType]:
    """The input of every mutation."""
    kind = make()._schema.mutation_type
    assert kind is not None
    named = {name: get_named_type(field.args["input"].type) for name, field in kind.fields.items()}
    return {name: each for name, each in named.items() if isinstance(each, GraphQLInputObjectType)}


def given(kind: GraphQLInputType) -> Any:
    """A value of this type, of what it requires only."""
    if isinstance(kind, GraphQLNonNull):
        return given(kind.of_type)
    if isinstance(kind, GraphQLList):
        return [given(kind.of_type)]
    if isinstance(kind, GraphQLEnumType):
        return next(iter(kind.values))
    if isinstance(kind, GraphQLInputObjectType):
        return {name: given(field.type) for name, field in kind.fields.items() if required(field.type)}
    return SCALARS[kind.name]


def required(kind: GraphQLInputType) -> bool:
    return isinstance(kind, GraphQLNonNull)


def nullable(kind: GraphQLInputObjectType, *path: str) -> list[tuple[str, ...]]:
    """The paths of every nullable field, in objects and lists of them too."""
    found: list[tuple[str, ...]] = []
    for name, field in kind.fields.items():
        if not required(field.type):
            found.append((*path, name))
        inside = get_named_type(field.type)
        if isinstance(inside, GraphQLInputObjectType):
            found += nullable(inside, *path, name)
    return found


def with_null(kind: GraphQLInputObjectType, path: tuple[str, ...]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The input with null at `path`, and without that field."""
    made: list[dict[str, Any]] = []
    for null in (True, False):
        whole = given(kind)
        at, inside = whole, kind
        for step in path[:-1]:
            field = inside.fields[step]
            at[step] = at.get(step) or given(field.type)
            at = at[step][0] if isinstance(at[step], list) else at[step]
            inside = get_named_type(field.type)
        at.pop(path[-1], None)
        if null:
            at[path[-1]] = None
        made.append(whole)
    return made[0], made[1]


@cache
def client() -> Client:
    return Client(World(purpose()), lambda *_: RefusedAnswer([Problem(ErrorCode.INVALID, "no")]))


async def sent(mutation: str, input: dict[str, Any]) -> Command:
    """The command that the gateway made of an input."""
    name = mutations()[mutation].name
    await client().ask(
        f"mutation M($input: {name}!) {{ {mutation}(input: $input) {{ errors {{ code }} }} }}", input=input
    )
    return client().upstreams.requests[-1][0]


CASES = [(name, path) for name, kind in mutations().items() for path in nullable(kind)]


@pytest.mark.parametrize(
    ("mutation", "path"), CASES, ids=lambda value: value if isinstance(value, str) else ".".join(value)
)
async def test_null_is_sent_on_by_what_changes_something_and_is_the_same_as_absent_elsewhere(
    mutation: str, path: tuple[str, ...]
) -> None:
    null, absent = with_null(mutations()[mutation], path)
    command, other = await sent(mutation, null), await sent(mutation, absent)
    if isinstance(command, Change) and path != ("idempotencyKey",):
        assert command.clear == list(path)
    else:
        assert command == other


@pytest.mark.parametrize("mutation", [name for name in mutations() if CHANGING.match(name)])
async def test_what_changes_something_tells_null_from_absent(mutation: str) -> None:
    kind = mutations()[mutation]
    fields = {path for path in nullable(kind) if len(path) == 1} - {("idempotencyKey",)}
    assert not fields or issubclass(KINDS[kind.name.removesuffix("Input")], Change)
    if fields:
        assert "null" in (kind.description or "")
