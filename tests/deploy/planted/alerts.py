"""Mistakes in an alert that its unit tests must notice: each is a small change of the rule, or of what it reads."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from tests.deploy.alert_rules import WrittenRule

_COMPARISON = re.compile(r"(==|>|<)(\s+)(\d[\d.]*)")
_ALWAYS = {"==": ">= -1 + 0 *", ">": "> -1 + 0 *", "<": "< 1e9 + 0 *"}
_MATCHER = re.compile(r'(?<=[{,])\s*\w+\s*(?:=~|!=|=)\s*"[^"]*",?')


class AlertMistake(NamedTuple):
    """The alert and what is recorded for it, one of them with a mistake in it."""

    name: str
    rules: list[dict[str, Any]]


def mistakes(rules: Sequence[WrittenRule]) -> Iterator[AlertMistake]:
    """A comparison that is always true, a condition on a label that is left out, an alert that does not wait."""
    for rule in rules:
        for name, body in _mistakes_in(rule):
            yield AlertMistake(f"{rule} {name}", [body if each is rule else each.body for each in rules])


def _mistakes_in(rule: WrittenRule) -> Iterator[tuple[str, dict[str, Any]]]:
    text = rule.expression
    for found in _COMPARISON.finditer(text):
        always = f"{_ALWAYS[found[1]]} {found[3]}"
        yield f"without {found[0]!r}", {**rule.body, "expr": text[: found.start()] + always + text[found.end() :]}
    for found in _MATCHER.finditer(text):
        less = text[: found.start()] + text[found.end() :]
        yield f"without {found[0].strip()!r}", {**rule.body, "expr": less}
    if "for" in rule.body:
        yield "does not wait", {key: value for key, value in rule.body.items() if key != "for"}
