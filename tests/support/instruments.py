"""The instruments that `runtime.observability.metrics` makes, by the names that its source gives them."""

from __future__ import annotations

import ast
import inspect
from functools import cache
from typing import Any

from goldenthread.runtime.observability import metrics
from goldenthread.runtime.observability.telemetry_schema import METRICS
from goldenthread.runtime.observability.telemetry_types import InstrumentKind, MetricSchema

_MAKERS = ("_counter", "_up_down_counter", "_histogram", "_followed")


@cache
def constants() -> dict[str, MetricSchema]:
    """Constant → the metric that it measures."""
    schemas = {each.name: each for each in METRICS}
    found = {}
    for node in ast.parse(inspect.getsource(metrics)).body:
        call = node.value if isinstance(node, ast.Assign) else None
        if isinstance(node, ast.Assign) and isinstance(call, ast.Call) and ast.unparse(call.func) in _MAKERS:
            found[ast.unparse(node.targets[0])] = schemas[ast.literal_eval(call.args[0])]
    return found


def measure(value: float) -> None:
    """Measure every metric once, with the first value of each attribute, or `some`."""
    for constant, schema in constants().items():
        instrument: Any = getattr(metrics, constant)
        values = [each.values[0] if each.values else "some" for each in schema.attributes]
        attributes = {each.name: found for each, found in zip(schema.attributes, values, strict=True)}
        if isinstance(instrument, metrics.FollowedMetric):
            instrument.follow(lambda: value, *values)
        else:
            (instrument.record if schema.kind is InstrumentKind.HISTOGRAM else instrument.add)(value, attributes)
