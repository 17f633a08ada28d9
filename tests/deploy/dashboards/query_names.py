"""What a query of a dashboard names and no process shows, and the labels that its answers have."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

import promql_parser as promql

from tests.deploy.known_series import TARGET_LABELS, Labels, known_series, unknown
from tests.deploy.promql import parts, references, walk

_GRAFANA_TIMES = {"$__rate_interval": "2m", "$__range": "3h", "$__interval": "30s"}
_known = cache(known_series)


def promql_of(query: str) -> str:
    """A query of Grafana with durations for its variables of time, so that it is PromQL."""
    for name, value in _GRAFANA_TIMES.items():
        query = query.replace(name, value)
    return query


def unknown_names(query: str) -> list[str]:
    """What `query` names and no process shows. Raises ValueError if it is not PromQL.

    A label to group or to match by must be one that the series have which are grouped or matched there.
    """
    text = promql_of(query)
    return [*unknown(references(text), _known()), *_missing_labels(promql.parse(text))]


def answer_labels(query: str) -> frozenset[str]:
    """The labels that the answers to `query` can have."""
    return _labels(promql.parse(promql_of(query)))


def legend_labels(legend: str) -> set[str]:
    """The labels that a legend of Grafana writes out."""
    return set(re.findall(r"{{\s*(\w+)\s*}}", legend))


def _missing_labels(expression: promql.Expr) -> Iterator[str]:
    for each in walk(expression):
        if isinstance(each, promql.AggregateExpr) and each.modifier is not None:
            missing = set(each.modifier.labels) - _labels(each.expr)
            yield from (f"{each.op} by {label}: no such label in {each.expr}" for label in sorted(missing))
        elif isinstance(each, promql.BinaryExpr) and each.modifier is not None:
            matching = each.modifier.matching
            missing = set(matching.labels if matching else ()) - (_labels(each.lhs) & _labels(each.rhs))
            yield from (f"{each.op} on {label}: no such label on both sides" for label in sorted(missing))


def _labels(expression: promql.Expr) -> frozenset[str]:
    match expression:
        case promql.VectorSelector():
            known: Labels = _known().get(expression.name or "", TARGET_LABELS)
            return frozenset(known)
        case promql.AggregateExpr():
            return _labels_of_aggregate(expression)
        case promql.BinaryExpr():
            if not list(_series(expression.lhs)):
                return _labels(expression.rhs)
            added = frozenset(expression.modifier.group_labels or ()) if expression.modifier else frozenset()
            return _labels(expression.lhs) | (_labels(expression.rhs) & added)
        case promql.Call():
            inner = frozenset[str]().union(*map(_labels, expression.args))
            return inner - {"le"} if expression.func.name == "histogram_quantile" else inner
    return frozenset[str]().union(*map(_labels, parts(expression)))


def _labels_of_aggregate(expression: promql.AggregateExpr) -> frozenset[str]:
    inner, modifier = _labels(expression.expr), expression.modifier
    if str(expression.op) in ("topk", "bottomk"):
        return inner
    if modifier is None:
        return frozenset()
    by = modifier.type is promql.AggModifierType.By
    return inner & set(modifier.labels) if by else inner - set(modifier.labels)


def _series(expression: promql.Expr) -> Iterator[promql.VectorSelector]:
    return (each for each in walk(expression) if isinstance(each, promql.VectorSelector))
