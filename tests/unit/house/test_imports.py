"""A module says at its top what it imports: an import inside a function hides a circle."""

from __future__ import annotations

import ast

from tests.unit.house.source import functions, modules

LATE = {
    "goldenthread/cli/app.py": "the greeting asks a running instance, and is needed only where no command is given",
    "goldenthread/cli/doctor/command.py": "checks of a deployment need the clients of PostgreSQL and Kafka",
    "goldenthread/runtime/observability/tracing.py": "the SDK and its packages are slow to import, and off by default",
    "goldenthread/runtime/observability/metrics_export.py": "the exporter is slow to import, and off by default",
}
"""Files that import within a function, and why: what is imported is slow to load and seldom needed."""


def _late() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for module in modules():
        for function in functions(module.tree):
            inner = [ast.unparse(node) for node in ast.walk(function) if isinstance(node, ast.Import | ast.ImportFrom)]
            if inner:
                found.setdefault(module.path, []).extend(inner)
    return found


def test_nothing_is_imported_inside_a_function_but_what_is_slow_to_load() -> None:
    assert {path: inner for path, inner in _late().items() if path not in LATE} == {}
    assert sorted(LATE) == sorted(_late())
