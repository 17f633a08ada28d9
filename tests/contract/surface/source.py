"""What of the surface stands in the product's source text alone: routes and spans."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[3]
_METHODS = ["GET"]


def routes_and_spans() -> Iterator[str]:
    """Every route and every span whose name is written where it is made, with the process it belongs to."""
    for package in ("goldenthread", "services", "gateway"):
        for path in sorted((ROOT / package).rglob("*.py")):
            text = path.read_text(encoding="utf-8")
            if "Route(" not in text and "span(" not in text:
                continue
            owner = path.relative_to(ROOT).parts[package == "services"]
            for node in ast.walk(ast.parse(text)):
                if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant | ast.JoinedStr):
                    yield from _said(owner, node)


def _said(owner: str, call: ast.Call) -> Iterator[str]:
    called, name = ast.unparse(call.func).rpartition(".")[2], _text(call.args[0])
    keywords = {each.arg: each.value for each in call.keywords if each.arg}
    if called in ("Route", "WebSocketRoute"):
        methods = ast.literal_eval(keywords["methods"]) if "methods" in keywords else _METHODS
        yield from (f"{owner} route {method} {name}" for method in methods)
    if called == "span":
        attributes = sorted(keywords.keys() - {"kind", "parent", "links"})
        yield f"{owner} span {name}({', '.join(attributes)})"


def _text(node: ast.expr) -> str:
    """The name; what is filled in when it is made is `{}`."""
    parts = node.values if isinstance(node, ast.JoinedStr) else [node]
    return "".join(str(each.value) if isinstance(each, ast.Constant) else "{}" for each in parts)
