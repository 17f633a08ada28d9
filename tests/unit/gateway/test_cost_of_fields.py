"""Every field of the API, a hundred times in one request, at ten thousand goals: refused, or cheap."""

from __future__ import annotations

import gc
import time
from collections import deque
from typing import Any, cast

import pytest
from graphql import (
    GraphQLArgument,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    get_named_type,
    is_composite_type,
    is_required_argument,
)

from gateway.schema.build import make
from gateway.schema.core.connection import MOST, NESTED
from tests.unit.gateway.fakes import Client
from tests.unit.gateway.large_world import large_world

TIMES = 100
CHEAP = 0.4
"""Seconds of processor time, on a processor that needs `USUALLY` for `USUAL`."""
USUAL, USUALLY = "{ objectives(first: 500) { nodes { id title version state owners { id name } } } }", 0.035
RICH = {
    "Purpose": "purpose_1", "Why": "why_1", "Objective": "objective_1", "KeyResult": "keyresult_1",
    "OrgUnit": "unit_root", "Person": "person_1", "Cycle": "cycle_1", "Link": "link_1", "Alert": "alert_1",
    "Question": "question_1", "CustomerFeedback": "feedback_1", "CheckIn": "checkin_1",
    "WhyAnswer": "answer_why_1_unit_2", "Organization": "org_1",
}  # fmt: skip
"""Of each kind of thing the one that has most of everything."""
HIDDEN = {"Outcome": ('node(id: "objective_closed")', "... on Objective", "outcome")}
"""What only few things have, and how to come there."""
GIVEN = {
    "id": '"objective_1"', "ids": '["objective_1", "objective_2"]', "search": '"Goal 99"',
    "filter": '{search: "objective_99"}', "orderBy": "{field: DEPTH, direction: ASC}", "since": '"2020-01-01"',
    "parent": '"why_1"',
}  # fmt: skip

SCHEMA = make()._schema
QUERY = cast(GraphQLObjectType, SCHEMA.query_type)


def types() -> list[str]:
    """Every object type that a query can reach."""
    return sorted(_paths())


def _paths() -> dict[str, tuple[str, ...]]:
    """Selections that lead from the query to each object type, through the longest pages."""
    found: dict[str, tuple[str, ...]] = {"Query": ()}
    queue = deque([QUERY])
    while queue:
        kind = queue.popleft()
        for name, field in kind.fields.items():
            for target in _objects(get_named_type(field.type)):
                if target.name not in found:
                    on = () if target is get_named_type(field.type) else (f"... on {target.name}",)
                    found[target.name] = (*found[kind.name], _call(name, field, kind is QUERY), *on)
                    queue.append(target)
    return found


def _objects(kind: Any) -> list[GraphQLObjectType]:
    if isinstance(kind, GraphQLInterfaceType):
        return list(SCHEMA.get_possible_types(kind))
    return [kind] if isinstance(kind, GraphQLObjectType) else []


def _call(name: str, field: GraphQLField, top: bool) -> str:
    given = {arg: _value(arg, definition, top) for arg, definition in field.args.items()}
    said = ", ".join(f"{arg}: {value}" for arg, value in given.items() if value is not None)
    return f"{name}({said})" if said else name


def _value(name: str, definition: GraphQLArgument, top: bool) -> str | None:
    if name == "first":
        return str(MOST if top else NESTED)
    if name in GIVEN:
        return GIVEN[name]
    assert not is_required_argument(definition), name
    return None


def _documents(kind: str) -> list[tuple[str, str]]:
    """Each field of a type, aliased: of one rich thing, and of as many things as a request can reach."""
    definition = SCHEMA.type_map[kind]
    assert isinstance(definition, GraphQLObjectType)
    one = (f'node(id: "{RICH[kind]}")', f"... on {kind}") if kind in RICH else HIDDEN.get(kind)
    made = []
    for name, field in definition.fields.items():
        call, inside = _call(name, field, kind == "Query"), _inside(get_named_type(field.type))
        aliased = " ".join(f"a{number}: {call}{inside}" for number in range(TIMES))
        made += [(f"{kind}.{name}", _nested(path, aliased)) for path in (one, _paths()[kind]) if path is not None]
    return made


def _inside(kind: Any) -> str:
    if not is_composite_type(kind):
        return ""
    fields = getattr(kind, "fields", {})
    return " { nodes { __typename } totalCount }" if "nodes" in fields and "totalCount" in fields else " { __typename }"


def _nested(path: tuple[str, ...], inside: str) -> str:
    return "{ " + " { ".join([*path, inside]) + " }" * (len(path) + 1)


@pytest.fixture(scope="module")
async def client() -> Client:
    """A caller of the large organization, in memory already."""
    made = Client(large_world())
    await made.ask("{ myTurn(first: 1) { totalCount } }")
    return made


@pytest.mark.slow
@pytest.mark.parametrize("kind", types())
async def test_no_field_can_be_made_to_cost_much(client: Client, kind: str) -> None:
    for name, document in _documents(kind):
        spent, result = await _timed(client, document)
        codes = {(error.extensions or {}).get("code") for error in result.errors or []}
        assert codes <= {"COST_LIMIT", "NOT_FOUND"}, (name, result.errors[:1])
        assert result.data is None if "COST_LIMIT" in codes else result.data is not None
        if spent > CHEAP:  # somebody else may use the processor: compare with a usual document, some times
            spent = min([spent, *[await _compared(client, document) for _ in range(5)]])
        assert spent <= CHEAP, f"{name} takes {spent:.2f} s: {document[:300]}"


async def _compared(client: Client, document: str) -> float:
    """Seconds that a document takes, as if a usual one took `USUALLY`."""
    return (await _timed(client, document))[0] / (await _timed(client, USUAL))[0] * USUALLY


async def _timed(client: Client, document: str) -> tuple[float, Any]:
    """Without the search for garbage, which the gateway does seldom, and which looks at all of a test process here."""
    gc.disable()
    try:
        started = time.thread_time()
        result = await client.run(document)
        return time.thread_time() - started, result
    finally:
        gc.enable()
