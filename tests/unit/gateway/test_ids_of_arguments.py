"""Every argument of the API that takes an id: one that is not known, or of another kind, is refused, never ignored."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any, NamedTuple

import pytest
from graphql import GraphQLInputObjectType, GraphQLObjectType, get_named_type
from msgspec import structs

from gateway.schema.build import make
from goldenthread.contracts.entities import CheckIn, CustomerFeedback, Cycle, Person, RoleGrant
from goldenthread.contracts.enums import Role
from goldenthread.contracts.events.alerts import Alert, AlertKind, AlertRaised, AlertState
from tests.support.entities import T0, answer, key_result, link, objective, purpose, question, unit, why
from tests.unit.gateway.fakes import Client
from tests.unit.gateway.world import World

SCHEMA = make()._schema
BY_CONVENTION = {"Query.node(id)", "Query.nodes(ids)"}
"""Relay's: null for what is not there."""
OF_KIND = {
    "OrgUnit": "unit_a", "Person": "person_a", "ServiceAccount": "person_bot", "Cycle": "cycle_1", "Link": "link_1",
    "Purpose": "purpose_1", "Why": "why_1", "Objective": "objective_1", "KeyResult": "keyresult_1",
    "CheckIn": "checkin_1", "WhyAnswer": "answer_why_1_unit_a", "Question": "question_1",
    "CustomerFeedback": "feedback_1", "Alert": "alert_1", "Organization": "org_1",
}  # fmt: skip
TAKES = {
    "unit": {"OrgUnit"}, "with": {"OrgUnit"}, "cycle": {"Cycle"}, "accountable": {"Person"},
    "root": {"Purpose", "Why", "Objective", "KeyResult"}, "parent": {"Purpose", "Why", "Objective", "KeyResult"},
}  # fmt: skip
"""The kinds of thing that an argument or a field of an input may name."""
UNKNOWN = ["unit_x", "cycle_x", "person_x", "why_x", "objective_x", "alert_x", "x", "", "\x00", "unit_" + "x" * 5000]
ENDED = {"unit": "unit_closed", "with": "unit_closed", "cycle": "cycle_over", "accountable": "person_gone"}


class Place(NamedTuple):
    """Where an id can be given."""

    kind: str
    field: str
    argument: str
    path: tuple[str, ...]

    @property
    def name(self) -> str:
        return f"{self.kind}.{self.field}({'.'.join((self.argument, *self.path[1:]))})"


def _places() -> Iterator[Place]:
    """Every argument, and every field of an input that is an argument, which takes an id; but for mutations."""
    for name, kind in SCHEMA.type_map.items():
        if isinstance(kind, GraphQLObjectType) and name != "Mutation" and not name.startswith("__"):
            for field, definition in kind.fields.items():
                for argument, given in definition.args.items():
                    yield from (Place(name, field, argument, path) for path in _ids(given.type, (argument,)))


def _ids(type: Any, path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    named = get_named_type(type)
    if named.name == "ID":
        yield path
    if isinstance(named, GraphQLInputObjectType):
        for field, definition in named.fields.items():
            yield from _ids(definition.type, (*path, field))


PLACES = [place for place in _places() if place.name not in BY_CONVENTION]


def _world() -> World:
    day = date(2026, 1, 1)
    made = World(
        purpose(),
        why("why_1"),
        objective("objective_1"),
        key_result("keyresult_1", "objective_1"),
        CheckIn("checkin_1", "keyresult_1", 1.0, T0, None),
        link("link_1", "objective_1", "why_1"),
        answer("why_1", "unit_a"),
        question("question_1", "why_1"),
        CustomerFeedback("feedback_1", "shop", "late", T0, None, T0),
        Cycle("cycle_1", "Q1", day, day),
        Cycle("cycle_over", "Q0", day, day, open=False),
        Person("person_bot", [RoleGrant(Role.VIEWER)], service=True),
        Person("person_gone", [], left=True),
        structs.replace(unit("unit_closed", "unit_root"), closed=True),
    )
    alert = Alert("alert_1", AlertKind.SILO, AlertState.OPEN, "unit_b", "unit_a", [], "A silo.", "Speak.", T0)
    made.alert(AlertRaised(alert))
    return made


@pytest.fixture(scope="module")
def client() -> Client:
    return Client(_world())


async def _ask(client: Client, place: Place, id: str) -> Any:
    """What comes of an id: the result of a query, or the first one of a subscription."""
    value: Any = id
    for field in reversed(place.path[1:]):
        value = {field: value}
    on = SCHEMA.type_map[place.kind]
    assert isinstance(on, GraphQLObjectType)
    field = on.fields[place.field]
    call = f"{place.field}({place.argument}: $given) {{ __typename }}"
    declared = f"($given: {field.args[place.argument].type})"
    if place.kind == "Subscription":
        stream: Any = await make().subscribe(
            f"subscription{declared} {{ {call} }}", {"given": value}, await client.context()
        )
        try:
            return await anext(stream)
        finally:
            await stream.aclose()
    if place.kind != "Query":
        call = f'node(id: "{OF_KIND[place.kind]}") {{ ... on {place.kind} {{ {call} }} }}'
    return await client.run(f"query{declared} {{ {call} }}", given=value)


def _only_error(result: Any) -> Any:
    (error,) = result.errors or []
    return error


def test_arguments_are_found() -> None:
    names = {place.name for place in PLACES}
    assert {"OrgUnit.objectives(filter.cycle)", "Query.goalTree(root)", "Subscription.alertChanged(unit)"} <= names
    assert {place.path[-1] for place in PLACES} == set(TAKES)


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.name)
async def test_an_id_that_is_not_known_is_not_found(client: Client, place: Place) -> None:
    for id in UNKNOWN:
        error = _only_error(await _ask(client, place, id))
        assert error.extensions == {"code": "NOT_FOUND", "argument": list(place.path)}, id
        assert error.message.startswith(f"{'.'.join(place.path)}: ")
        assert len(error.message) < 200
        assert error.message.isprintable()


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.name)
async def test_an_id_of_another_kind_is_invalid(client: Client, place: Place) -> None:
    for kind, id in OF_KIND.items():
        if kind not in TAKES[place.path[-1]]:
            await client.cache.know_alerts(await client.cache.get("org_1"))
            error = _only_error(await _ask(client, place, id))
            assert error.extensions == {"code": "INVALID", "argument": list(place.path)}, id


@pytest.mark.parametrize("place", [p for p in PLACES if p.kind != "Subscription"], ids=lambda place: place.name)
async def test_what_is_there_or_has_ended_is_known(client: Client, place: Place) -> None:
    last = place.path[-1]
    known = [OF_KIND[kind] for kind in sorted(TAKES[last])] + ([ENDED[last]] if last in ENDED else [])
    for id in known:
        assert (await _ask(client, place, id)).errors is None, id


async def test_null_is_no_filter(client: Client) -> None:
    found = await client.ask(
        "{ objectives(filter: {unit: null, cycle: null, accountable: null}) { totalCount } "
        "goalTree(root: null, cycle: null, unit: null) { truncated } myTurn(unit: null) { totalCount } }"
    )
    assert found["objectives"]["totalCount"] == 1
