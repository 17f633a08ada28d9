"""What an expression of PromQL refers to: names of series, and the labels that it selects, groups and matches by.

It is read by a port of Prometheus's own parser.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import promql_parser as promql

_OPERATORS = {"Equal": "=", "NotEqual": "!=", "Re": "=~", "NotRe": "!~"}


@dataclass(frozen=True)
class LabelMatcher:
    """One condition of a selector, such as `outcome=~"failed|refused"`."""

    label: str
    operator: str
    value: str

    @property
    def plain_values(self) -> list[str]:
        """The values that it names; none where it is a pattern of more than alternatives."""
        if "~" not in self.operator:
            return [self.value]
        parts = self.value.split("|")
        return parts if all(re.fullmatch(r"[\w-]+", part) for part in parts) else []


@dataclass(frozen=True)
class SeriesSelector:
    """A name of series, and the conditions on their labels. The name is empty where only labels select."""

    metric: str
    matchers: tuple[LabelMatcher, ...]


@dataclass(frozen=True)
class References:
    """All selectors of an expression, and the labels of its `by (…)`, `on (…)` and the like."""

    selectors: tuple[SeriesSelector, ...]
    grouping: frozenset[str]


def references(expression: str) -> References:
    """What `expression` refers to. Raises ValueError if it is not PromQL."""
    selectors, grouping = list[SeriesSelector](), set[str]()
    for part in walk(promql.parse(expression)):
        if isinstance(part, promql.VectorSelector):
            selectors.append(SeriesSelector(part.name or "", tuple(map(_matcher, part.matchers.matchers))))
        elif isinstance(part, promql.AggregateExpr) and part.modifier is not None:
            grouping.update(part.modifier.labels)
        elif isinstance(part, promql.BinaryExpr) and part.modifier is not None:
            grouping.update(part.modifier.matching.labels if part.modifier.matching else ())
            grouping.update(part.modifier.group_labels or ())
    return References(tuple(selectors), frozenset(grouping))


def _matcher(found: promql.Matcher) -> LabelMatcher:
    return LabelMatcher(found.name, _OPERATORS[str(found.op).removeprefix("MatchOp.")], found.value)


def walk(expression: promql.Expr) -> Iterator[promql.Expr]:
    """`expression` and everything in it, from left to right."""
    yield expression
    for part in parts(expression):
        yield from walk(part)


def parts(expression: promql.Expr) -> Iterator[promql.Expr]:
    """The expressions that stand in `expression` itself."""
    match expression:
        case promql.BinaryExpr():
            yield from (expression.lhs, expression.rhs)
        case promql.AggregateExpr():
            yield expression.expr
        case promql.Call():
            yield from expression.args
        case promql.MatrixSelector():
            yield expression.vector_selector
        case promql.ParenExpr() | promql.UnaryExpr() | promql.SubqueryExpr():
            yield expression.expr
