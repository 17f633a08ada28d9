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
    return tuple(map(_module, paths))


@cache
def _module(path: Path) -> Module:
    """Parsed once, however many ask for its folder."""
    text = path.read_text(encoding="utf-8")
    return Module(path.relative_to(ROOT).as_posix(), text, ast.parse(text))


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function and method, inner ones too."""
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
