"""Variables and the texts searched for are bounded before they are used."""

from __future__ import annotations

import json
from time import process_time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from gateway.schema.build import make
from gateway.schema.core.connection import cursor
from gateway.schema.core.filters import MOST_OF_SEARCH
from gateway.schema.documents import variables
from gateway.schema.documents.limits import OverLimit
from gateway.schema.documents.variables import MOST_CHARACTERS, MOST_VALUES, MOST_VALUES_OF_MUTATION
from tests.support.entities import objective, purpose, unit
from tests.unit.gateway.documents import codes
from tests.unit.gateway.fakes import Client
from tests.unit.gateway.world import World

BY_STATE = "query($s: [ObjectiveState!]) { objectives(first: 0, filter: {state: $s}) { totalCount } }"
SEARCHES = {
    "objectives": "query($s: String!) { objectives(filter: {search: $s}) { totalCount } }",
    "goals": "query($s: String!) { goals(search: $s) { totalCount } }",
    "units": "query($s: String!) { units(search: $s) { totalCount } }",
    "people": "query($s: String!) { people(search: $s) { totalCount } }",
}


def deep(levels: int) -> Any:
    found: Any = 1
    for _ in range(levels):
        found = [found]
    return found


def client() -> Client:
    named = structs.replace(unit("unit_a"), name="Große Straße")
    return Client(World(purpose(), named, structs.replace(objective("objective_1"), title="Große Straße")))


@pytest.mark.parametrize("mutation", [False, True])
def test_as_many_values_as_allowed_pass_and_one_more_does_not(mutation: bool) -> None:
    most = MOST_VALUES_OF_MUTATION if mutation else MOST_VALUES
    variables.check({"a": [None] * (most - 1)}, mutation=mutation)
    with pytest.raises(OverLimit, match=f"more than {most:,} values") as refused:
        variables.check({"a": [None] * most}, mutation=mutation)
    assert refused.value.extensions == {"code": "COST_LIMIT"}


@pytest.mark.parametrize(
    "values",
    [
        {"a": [[1] * 50 for _ in range(40)]},
        {"a": {str(number): {"b": 1} for number in range(1_001)}},
        {str(number): 1 for number in range(MOST_VALUES + 1)},
        {"a": deep(100_000)},
        [1] * (MOST_VALUES + 1),
    ],
    ids=["lists of lists", "objects of objects", "variables", "deep", "no object"],
)
def test_values_count_wherever_they_are(values: Any) -> None:
    with pytest.raises(OverLimit, match="2,000 values"):
        variables.check(values, mutation=False)


@pytest.mark.parametrize(
    "values",
    [{"a": "é" * MOST_CHARACTERS}, {"a": ["x" * 1_000] * 64}, {"a": {"k" * MOST_CHARACTERS: 1}}],
    ids=["one text", "many texts", "a name"],
)
def test_text_is_bounded_of_queries_but_not_of_mutations(values: Any) -> None:
    variables.check(values, mutation=True)
    with pytest.raises(OverLimit, match="64,000 characters"):
        variables.check(values, mutation=False)


@pytest.mark.parametrize("values", [None, {}, {"a": "x" * (MOST_CHARACTERS - 1)}, {"a": deep(1_999)}, "text", 7])
def test_what_is_within_the_limits_passes(values: Any) -> None:
    variables.check(values, mutation=False)


def test_what_is_over_a_limit_is_not_looked_through() -> None:
    values = {"a": [{"b": [1]}] * 5_000_000}
    started = process_time()
    with pytest.raises(OverLimit):
        variables.check(values, mutation=False)
    assert process_time() - started < 0.05


@pytest.mark.parametrize("document", [BY_STATE, "{ viewer { __typename } }"], ids=["declared", "undeclared"])
async def test_a_long_list_is_refused_before_it_is_coerced(document: str) -> None:
    result = await client().run(document, s=["ACTIVE"] * 300_000)
    assert (result.data, codes(result)) == (None, ["COST_LIMIT"])
    assert "2,000 values" in result.errors[0].message


async def test_a_million_ids_are_refused_by_the_limit_of_variables() -> None:
    result = await client().run("query($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=["x"] * 1_000_000)
    assert codes(result) == ["COST_LIMIT"]


async def test_subscriptions_have_the_limits_of_queries() -> None:
    document = "subscription($k: [AlertKind!]) { alertChanged(kinds: $k) { id } }"
    context = await client().context()
    stream: Any = await make().stream(document, {"k": ["SILENCE"] * (MOST_VALUES + 1)}, context)
    (result,) = [each async for each in stream]
    assert (result.data, codes(result)) == (None, ["COST_LIMIT"])


async def test_the_operation_that_runs_decides_which_limits_hold() -> None:
    document = "query Q { viewer { __typename } } mutation M { __typename }"
    values, schema, context = {"a": [1] * 10_000}, make(), await client().context()
    read = await schema.execute(document, values, context, operation_name="Q")
    written = await schema.execute(document, values, context, operation_name="M")
    assert (codes(read), codes(written)) == (["COST_LIMIT"], [])
    written = await schema.execute(document, {"a": [1] * 50_000}, context, operation_name="M")
    assert codes(written) == ["COST_LIMIT"]


@pytest.mark.parametrize("name", SEARCHES)
async def test_a_text_that_is_searched_for_is_bounded(name: str) -> None:
    assert await client().ask(SEARCHES[name], s="é" * MOST_OF_SEARCH) == {name: {"totalCount": 0}}
    result = await client().run(SEARCHES[name], s="é" * (MOST_OF_SEARCH + 1))
    assert codes(result) == ["INVALID"]
    assert "500 characters" in result.errors[0].message


@pytest.mark.parametrize("name", ["objectives", "goals", "units"])
async def test_a_search_leaves_case_aside(name: str) -> None:
    assert await client().ask(SEARCHES[name], s="GROSSE STRASSE") == {name: {"totalCount": 1}}


@pytest.mark.parametrize("revision", [-1, 2**62 + 1, 10**30])
async def test_a_cursor_of_history_that_is_no_revision_is_invalid(revision: int) -> None:
    history = "... on Objective { history(after: $after) { totalCount } }"
    document = f'query($after: String) {{ node(id: "objective_1") {{ {history} }} }}'
    result = await client().run(document, after=cursor(revision, "x"))
    assert codes(result) == ["INVALID"]
    assert "no cursor of this list" in result.errors[0].message


TEXTS = st.text(alphabet='ab,[]{}"\\\n:é', max_size=12)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | TEXTS,
    lambda inner: st.lists(inner, max_size=6) | st.dictionaries(TEXTS, inner, max_size=6),
    max_leaves=40,
)


def values_in(value: Any) -> int:
    if isinstance(value, dict | list):
        inner = list(value.values()) if isinstance(value, dict) else value
        return len(inner) + sum(map(values_in, inner))
    return 0


@pytest.mark.slow
@given(st.dictionaries(TEXTS, VALUES, max_size=6), st.integers(1, 12), st.booleans())
def test_variables_are_decoded_or_have_too_many_values_whatever_is_in_their_texts(
    sent: dict[str, Any], most: int, escaped: bool
) -> None:
    text, count = json.dumps(sent, ensure_ascii=escaped).encode(), values_in(sent)
    try:
        assert variables.decoded(text, most) == sent
        assert count <= 2 * most
    except OverLimit:
        assert count > most


@pytest.mark.parametrize(
    "value", ["[" + "[]," * 3_900_000 + "[]]", "[" + "1," * 5_800_000 + "1]", '["' + '","' * 3_900_000 + '"]']
)
def test_a_body_full_of_values_is_refused_before_they_are_decoded(value: str) -> None:
    text = f'{{"a":{value}}}'.encode()
    before = process_time()
    with pytest.raises(OverLimit):
        variables.decoded(text)
    assert process_time() - before < 0.5


def test_a_long_plan_is_decoded_whatever_is_written_in_it() -> None:
    plan = {"input": {"content": 'a,"b\\",[c],{d}\n' * 700_000}}
    assert variables.decoded(json.dumps(plan).encode()) == plan
