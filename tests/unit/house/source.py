"""The Python files of the product, parsed."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[3]
PRODUCT = ("gateway", "goldenthread", "services")
ALL = (*PRODUCT, "benchmarks", "tests")


class Module(NamedTuple):
    """A file: where it is, seen from the repository's root, its text, and its syntax tree."""

    path: str
    text: str
    tree: ast.Module


@cache
def modules(folders: tuple[str, ...] = PRODUCT) -> tuple[Module, ...]:
    """Every Python file of these folders of the repository, in the order of their paths."""
    paths = sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))
    assert paths
    texts = [(path, path.read_text(encoding="utf-8")) for path in paths]
    return tuple(Module(path.relative_to(ROOT).as_posix(), text, ast.parse(text)) for path, text in texts)


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function and method, inner ones too."""
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
