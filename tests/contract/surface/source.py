"""What of the surface stands in the product's source text alone: routes, and what is read of a request."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[3]
_METHODS = ["GET"]
_MARKS = ("Route(", "query_params", "headers.get(", "number(request")


def calls() -> Iterator[str]:
    """Every route, parameter and header whose name is written where it is used, with its process or package."""
    for package in ("goldenthread", "services", "gateway"):
        for path in sorted((ROOT / package).rglob("*.py")):
            text = path.read_text(encoding="utf-8")
            if not any(mark in text for mark in _MARKS):
                continue
            owner = path.relative_to(ROOT).parts[package == "services"]
            for node in ast.walk(ast.parse(text)):
                if isinstance(node, ast.Call):
                    names = [each for each in node.args if isinstance(each, ast.Constant | ast.JoinedStr)]
                    yield from _named(owner, node, _text(names[0])) if names else ()


def _named(owner: str, call: ast.Call, name: str) -> Iterator[str]:
    on, _, called = ast.unparse(call.func).rpartition(".")
    keywords = {each.arg: each.value for each in call.keywords if each.arg}
    if called in ("Route", "WebSocketRoute"):
        methods = ast.literal_eval(keywords["methods"]) if "methods" in keywords else _METHODS
        yield from (f"{owner} route {method} {name}" for method in methods)
    if called == "number" or (called == "get" and on.endswith(("query", "query_params"))):
        yield f"{owner} parameter {name}"
    if called == "get" and on.endswith("headers"):
        yield f"{owner} header {name}"


def _text(node: ast.expr) -> str:
    """The name; what is filled in when it is made is `{}`."""
    parts = node.values if isinstance(node, ast.JoinedStr) else [node]
    return "".join(str(each.value) if isinstance(each, ast.Constant) else "{}" for each in parts)
