"""Limits of a document are counted once per fragment, and agree with a walk along every path."""

from __future__ import annotations

from collections import Counter
from time import process_time

import pytest
from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    get_introspection_query,
    parse,
)
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import BadRequest
from gateway.schema.documents import limits, selections
from gateway.schema.documents.selections import SelectionCounts
from tests.unit.gateway.documents import bomb

FIELDS = ["a", "b", "x: a", "y: b", "__schema", "z: __type", "__typename"]


def refusal(document: str) -> tuple[str, str]:
    """The code and the sentence with which a document is refused."""
    with pytest.raises(BadRequest) as refused:
        limits.check(parse(document))
    assert refused.value.extensions is not None
    return refused.value.extensions["code"], refused.value.message


def selection(names: list[str]) -> st.SearchStrategy[str]:
    spreads = st.sampled_from([f"...{name}" for name in [*names, "Unknown"]])
    leaves = st.sampled_from(FIELDS) | spreads
    return st.recursive(
        st.lists(leaves, max_size=4).map(" ".join),
        lambda inner: st.lists(
            st.builds(lambda head, body: f"{head} {{ {body} }}", st.sampled_from([*FIELDS, "..."]), inner) | leaves,
            max_size=4,
        ).map(" ".join),
        max_leaves=8,
    )


@st.composite
def documents(draw: st.DrawFn) -> DocumentNode:
    """A document whose fragments spread only later ones: no cycles."""
    names = [f"F{n}" for n in range(draw(st.integers(0, 4)))]
    text = f"{{ {draw(selection(names))} }}"
    for at, name in enumerate(names):
        text += f" fragment {name} on Query {{ {draw(selection(names[at + 1 :]))} }}"
    return parse(text)


def walk(
    selected: SelectionSetNode, fragments: dict[str, FragmentDefinitionNode], inside: bool = False
) -> SelectionCounts:
    """The definition of `SelectionCounts`: every path is walked."""
    found = SelectionCounts()
    for each in selected.selections:
        found.selections += 1
        nested = each.selection_set if isinstance(each, FieldNode | InlineFragmentNode) else None
        name = each.name.value if isinstance(each, FieldNode | FragmentSpreadNode) else None
        if isinstance(each, FragmentSpreadNode) and name in fragments:
            nested = fragments[name].selection_set
        if isinstance(each, FieldNode):
            found.aliases += each.alias is not None
            found.introspected_aliases += inside and each.alias is not None
            found.schemas += name == "__schema"
            found.types += name == "__type"
        if nested:
            field = isinstance(each, FieldNode)
            inner = walk(nested, fragments, inside or (field and name in ("__schema", "__type")))
            for key in ("selections", "aliases", "schemas", "types", "introspected_aliases"):
                setattr(found, key, getattr(found, key) + getattr(inner, key))
            found.depth = max(found.depth, inner.depth + field)
    return found


def places(selected: SelectionSetNode, fragments: dict[str, FragmentDefinitionNode], at: str = "") -> Counter[str]:
    """How many fields select each place of the answer: every path is walked."""
    found: Counter[str] = Counter()
    for each in selected.selections:
        if isinstance(each, FieldNode):
            place = f"{at}.{(each.alias or each.name).value}".lstrip(".")
            found[place] += 1
            if each.selection_set:
                found += places(each.selection_set, fragments, place)
        elif isinstance(each, FragmentSpreadNode):
            if each.name.value in fragments:
                found += places(fragments[each.name.value].selection_set, fragments, at)
        elif isinstance(each, InlineFragmentNode):
            found += places(each.selection_set, fragments, at)
    return found


@pytest.mark.slow
@given(documents())
def test_the_counts_are_those_of_a_walk_along_every_path(document: DocumentNode) -> None:
    operation, *rest = document.definitions
    assert isinstance(operation, OperationDefinitionNode)
    fragments = {each.name.value: each for each in rest if isinstance(each, FragmentDefinitionNode)}
    counted = selections.count_all(fragments)
    assert selections.count(operation, counted) == walk(operation.selection_set, fragments)
    assert counted == {name: walk(each.selection_set, fragments) for name, each in fragments.items()}
    assert Counter(dict(selections.selected_places(operation, fragments))) == places(operation.selection_set, fragments)


@pytest.mark.parametrize("levels", [10, 30, 98])
def test_fragments_that_double_are_refused_at_once(levels: int) -> None:
    document = parse(bomb(levels))
    before = process_time()
    with pytest.raises(limits.OverLimit):
        limits.check(document)
    assert process_time() - before < 0.1


def test_a_bomb_that_nothing_spreads_is_refused_too() -> None:
    assert refusal(bomb(30).replace("{ ...F0 }", "{ viewer { __typename } }"))[0] == "COST_LIMIT"


@pytest.mark.parametrize(
    ("document", "word"),
    [
        ("{ a " * 17 + "{ b }" + " }" * 17, "16 fields deep"),
        ("{ ...F } fragment F on Q " + "{ a " * 17 + "{ b }" + " }" * 17, "16 fields deep"),
        ("{ " + " ".join(f"a{n}" for n in range(1001)) + " }", "1000 fields"),
        ("{ " + "...F " * 100 + "} fragment F on Q { a b c d e f g h i j }", "1000 fields"),
        ("{ " + " ".join(f"x{n}: a" for n in range(101)) + " }", "100 aliases"),
        ("query A { x: a } query B { ...F ...F } fragment F on Q {" + "".join(f" x{n}: a" for n in range(50)) + " }",
         "100 aliases"),
        ("{ a { b { c } } " + "a { b { ...F } } " * 20 + "} fragment F on Q { c }", "'a' is selected 21 times"),
        ("{ a { b { c } " + "b { ...F } " * 20 + "} } fragment F on Q { c }", "'a.b' is selected 21 times"),
        ("{ a { b { c } } " + "a { b { ...F ...F } } " * 10 + "} fragment F on Q { c }",
         "'a.b.c' is selected 21 times"),
        ("{ __schema { description } ... { __schema { description } } }", "`__schema` once"),
        ("{ ...F ...F } fragment F on Q { __schema { description } }", "`__schema` once"),
        ("{ " + " ".join(f"x{n}: __type" for n in range(11)) + " }", "`__type` 10 times"),
        ("{ __schema { ...F } } fragment F on Q { x: description }", "Aliases are not allowed inside"),
        (" ".join(f"query Q{n} {{ a }}" for n in range(101)), "101 operations and fragments"),
    ],
)  # fmt: skip
def test_what_is_over_a_limit_is_refused_with_the_limit(document: str, word: str) -> None:
    code, message = refusal(document)
    assert code == "COST_LIMIT"
    assert word in message


@pytest.mark.parametrize(
    "document",
    [
        "{ a " * 16 + "{ b }" + " }" * 16,
        "{ " + " ".join(f"a{n}" for n in range(1000)) + " }",
        "{ " + " ".join(f"x{n}: a" for n in range(100)) + " }",
        "{ " + "a { b } " * 20 + " }",
        "{ ...F __schema { types { name } } "
        + " ".join(f"x{n}: __type" for n in range(10))
        + "} fragment F on Q { x: a }",
        " ".join(f"query Q{n} {{ a }}" for n in range(100)),
        get_introspection_query(
            specified_by_url=True, schema_description=True, directive_is_repeatable=True, input_value_deprecation=True
        ),
    ],
)
def test_what_is_at_a_limit_is_allowed(document: str) -> None:
    limits.check(parse(document))


@pytest.mark.parametrize(
    ("document", "word"),
    [
        ("{ ...A } fragment A on Q { ...A }", "within itself"),
        (
            "{ ...A } fragment A on Q { a { ...B } } fragment B on Q { ... { ...C } } fragment C on Q { ...A }",
            "within itself",
        ),
        ("{ a } fragment A on Q { ...B } fragment B on Q { ...A }", "within itself"),
        ("{ ...A } fragment A on Q { a } fragment A on Q { b }", "only one fragment named 'A'"),
        ("{ a } type A { b: Int }", "operations and fragments only"),
    ],
)
def test_what_cannot_be_counted_is_invalid(document: str, word: str) -> None:
    code, message = refusal(document)
    assert code == "INVALID"
    assert word in message
