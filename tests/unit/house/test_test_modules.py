"""A module of tests is imported by nobody: what several share is in a module beside them, or in a conftest."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from tests.unit.house.source import ALL, Module, modules

_IN_A_TEXT = re.compile(r"\btests(?:\.\w+)*\.test_\w+")
"""The name of such a module: a process that a test starts is given its program as a text."""


def _named(module: Module) -> Iterator[str]:
    """Modules that a module imports, and names of modules of tests anywhere in it."""
    yield from _IN_A_TEXT.findall(module.text)
    for node in ast.walk(module.tree):
        if isinstance(node, ast.ImportFrom) and node.module is not None:
            yield from (f"{node.module}.{each.name}" for each in node.names)


def _name(module: Module) -> str:
    return module.path.removesuffix(".py").replace("/", ".")


def test_no_module_of_tests_is_imported_by_another() -> None:
    every = modules(ALL)
    tests = {_name(module) for module in every if module.path.rpartition("/")[2].startswith("test_")}
    assert len(tests) > 100
    found = {module.path: sorted(tests.intersection(_named(module))) for module in every}
    assert {path: names for path, names in found.items() if names} == {}
