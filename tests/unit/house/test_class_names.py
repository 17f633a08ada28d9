"""No two public classes of the product share a name: whoever reads it knows which is meant."""

from __future__ import annotations

import ast
from collections import defaultdict

from tests.unit.house.source import modules

SHARED = {
    "Settings": "each process has its own, which topology.py finds by this name",
}
"""Names that several classes have on purpose, and why."""

GRAPHQL = "gateway/schema/"
"""A GraphQL type has its own name in the API, and may share it with the one class that it shows."""


def _classes() -> dict[str, list[str]]:
    found = defaultdict[str, list[str]](list)
    for module in modules():
        for node in module.tree.body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                found[node.name].append(module.path)
    return found


def _is_shared(paths: list[str]) -> bool:
    """Whether more than one class has the name, not counting one GraphQL type."""
    types = [path for path in paths if path.startswith(GRAPHQL)]
    return len(types) > 1 or len(paths) - len(types) > 1


def test_no_two_public_classes_share_a_name() -> None:
    shared = {name: paths for name, paths in _classes().items() if _is_shared(paths) and name not in SHARED}
    assert not shared, "name what each of them is; docs/glossary.md has our terms"


def test_every_name_that_is_shared_on_purpose_is_shared() -> None:
    classes = _classes()
    assert [name for name in SHARED if not _is_shared(classes.get(name, []))] == []
