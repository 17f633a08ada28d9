"""The table of metrics and the instruments that are made from it."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from typing import get_args

import pytest
from prometheus_client import REGISTRY, generate_latest

from goldenthread.contracts.read_api import AnyAlertCommand
from goldenthread.runtime.observability import metrics
from goldenthread.runtime.observability.telemetry_schema import METRICS
from goldenthread.runtime.observability.telemetry_types import InstrumentKind, MetricSchema
from tests.support.exposed_metrics import shown, undeclared, value_of
from tests.support.instruments import constants
from tests.unit.house.source import modules

_BASE_UNITS = {"s", "By", "1"}
_MEASURED = "goldenthread/runtime/observability/metrics.py"
_METHOD = re.compile(r"(?:metrics\.)?([A-Z_]+)\.(?:add|record|follow_all|follow|forget)")
_EVERYTHING = """
from goldenthread.runtime.observability import metrics, metrics_export
from tests.support.instruments import measure

measure(1.0)  # before there is a provider: nothing is raised, and nothing shown
assert "goldenthread_" not in metrics_export.response().body.decode()
provider = metrics_export.start_metrics("goals")
measure(2.0)
print(metrics_export.response().body.decode())
provider.shutdown()
"""


def test_every_metric_of_the_table_has_one_instrument_of_its_kind() -> None:
    names = [each.name for each in METRICS]
    assert len(names) == len(set(names))
    assert sorted(each.name for each in constants().values()) == sorted(names)
    with pytest.raises(TypeError, match="declared as counter"):
        metrics._histogram("goldenthread.commands")
    with pytest.raises(KeyError):
        metrics._counter("goldenthread.unknown")


@pytest.mark.parametrize("schema", METRICS, ids=lambda each: each.name)
def test_a_metric_has_a_unit_and_a_name_by_the_conventions(schema: MetricSchema) -> None:
    assert schema.unit in _BASE_UNITS or re.fullmatch(r"\{[a-z]+\}", schema.unit)
    assert re.fullmatch(r"[a-z]+(\.[a-z_]+)+", schema.name)
    assert schema.name.endswith((".duration", ".latency", ".age", ".lag")) == (schema.unit == "s")
    assert bool(schema.buckets) == (schema.kind is InstrumentKind.HISTOGRAM)
    assert list(schema.buckets) == sorted(set(schema.buckets))
    assert schema.meaning
    assert not schema.meaning.endswith(".")
    for each in schema.attributes:
        assert each.meaning
        assert bool(each.values) != bool(each.range), each.name


def test_what_is_measured_is_shown_as_the_table_says_and_without_a_provider_nothing_is() -> None:
    done = subprocess.run((sys.executable, "-c", _EVERYTHING), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert undeclared(done.stdout) == []
    assert shown(done.stdout) == {each.exposed_name: (each.exposed_kind, each.meaning) for each in METRICS}
    assert 'goldenthread_commands_total{outcome="accepted",type="some"} 2.0' in done.stdout
    assert 'goldenthread_command_duration_seconds_bucket{le="2.5",type="some"} 1.0' in done.stdout
    assert 'goldenthread_command_duration_seconds_bucket{le="1.0",type="some"} 0.0' in done.stdout
    assert 'service_name="goldenthread-goals"' in done.stdout
    assert "process_cpu_seconds_total" in done.stdout


def _uses() -> Iterator[tuple[str, str, ast.Call, ast.Module]]:
    """Each call of a method of an instrument: where, constant, call, module."""
    for module in modules():
        for node in ast.walk(module.tree):
            called = _METHOD.fullmatch(ast.unparse(node.func)) if isinstance(node, ast.Call) else None
            if isinstance(node, ast.Call) and called and called[1] in constants():
                yield module.path, called[1], node, module.tree


def _keys(argument: ast.expr, tree: ast.Module) -> list[str]:
    """The keys of the attributes that are given: written there, or under a name that is assigned once in the module."""
    if isinstance(argument, ast.Name):
        (argument,) = (
            node.value
            for node in ast.walk(tree)
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == argument.id
        )
    assert isinstance(argument, ast.Dict)
    return [ast.literal_eval(each) for each in argument.keys if each is not None]


def test_every_metric_is_measured_somewhere_with_the_attributes_of_the_table() -> None:
    used = set()
    for path, constant, call, tree in _uses():
        used.add(constant)
        names = [each.name for each in constants()[constant].attributes]
        if ast.unparse(call.func).endswith(".follow_all"):
            continue  # its values are known when it is read: `undeclared` sees them
        if ast.unparse(call.func).endswith((".add", ".record")):
            given = _keys(call.args[1], tree) if len(call.args) > 1 else []
            assert sorted(given) == sorted(names), f"{path}: {constant}"
        else:
            values = call.args[1:] if ast.unparse(call.func).endswith(".follow") else call.args
            assert len(values) == len(names), f"{path}: {constant}"
    assert used == set(constants())


def test_nothing_else_makes_an_instrument() -> None:
    makers = re.compile(r"get_meter\b|create_(?:observable_)?(?:counter|gauge|histogram|up_down_counter)")
    own = re.compile(r"from prometheus_client\S* import [^\n]*\b(?:Counter|Gauge|Histogram|Summary|Info|Collector)\b")
    found = {each.path for each in modules() for pattern in (makers, own) if pattern.search(ast.unparse(each.tree))}
    assert found == {_MEASURED}
    (tree,) = (each.tree for each in modules() if each.path == _MEASURED)
    statements = [ast.unparse(each) for each in tree.body if not isinstance(each, ast.FunctionDef | ast.ClassDef)]
    assert [each for each in statements if makers.search(each)] == [
        "_meter = metrics.get_meter('goldenthread', __version__)"
    ]


def test_a_followed_metric_is_what_it_is_when_somebody_asks() -> None:
    counts = {"gap": 1, "commits": 9}
    metrics.follow_repairs("test-projection", lambda: counts)
    counts["gap"] += 1
    text = generate_latest().decode()
    assert undeclared(text) == []
    kinds = ("gap", "forked", "silences", "repairs", "rebuilds", "conflicts")
    found = {kind: value_of("goldenthread_repairs_total", projection="test-projection", kind=kind) for kind in kinds}
    assert found == dict.fromkeys(kinds, 0) | {"gap": 2}


def test_who_follows_later_takes_the_place_and_what_is_forgotten_is_asked_no_more() -> None:
    metrics.POOL_LIMIT.follow(lambda: 1, "a")
    metrics.POOL_LIMIT.follow(lambda: 2, "a")
    metrics.POOL_LIMIT.follow(lambda: 3, "b")
    found = {pool: value_of("db_client_connection_max", db_client_connection_pool_name=pool) for pool in "ab"}
    assert found == {"a": 2, "b": 3}
    metrics.POOL_LIMIT.forget("a")
    metrics.POOL_LIMIT.forget("b")
    assert "db_client_connection_max{" not in generate_latest().decode()


def test_one_that_cannot_be_read_does_not_hide_the_others(caplog: pytest.LogCaptureFixture) -> None:
    def failing() -> float:
        raise RuntimeError("dictionary changed size during iteration")

    metrics.POOL_LIMIT.follow(failing, "a")
    metrics.POOL_LIMIT.follow(lambda: 3, "b")
    try:
        assert value_of("db_client_connection_max", db_client_connection_pool_name="b") == 3
        assert "db.client.connection.max could not be read" in caplog.text
    finally:
        metrics.POOL_LIMIT.forget("a")
        metrics.POOL_LIMIT.forget("b")


def test_every_part_that_counts_unexpected_errors_is_shown_from_the_start() -> None:
    called = re.compile(r"log_unforeseen\(\s*'([a-z ]+)'")
    assert {part for module in modules() for part in called.findall(ast.unparse(module.tree))} == set(metrics._PARTS)
    shown = {
        part: REGISTRY.get_sample_value("goldenthread_unforeseen_errors_total", {"where": part})
        for part in metrics._PARTS
    }
    assert None not in shown.values(), shown


def test_commands_are_shown_from_the_start_with_every_outcome() -> None:
    metrics.show_commands(get_args(AnyAlertCommand))
    for outcome in ("accepted", "repeated", "refused"):
        labels = {"type": "AddWebhook", "outcome": outcome}
        assert REGISTRY.get_sample_value("goldenthread_commands_total", labels) is not None
