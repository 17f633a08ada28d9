"""What the component `monitoring` says of our metrics is what the processes show."""

from __future__ import annotations

from prometheus_client import REGISTRY, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from tests.deploy.metrics_table import README, declared, written


def test_the_readme_names_every_metric_with_its_meaning() -> None:
    text = README.read_text()
    assert text == written(text), "write it again: python -m tests.deploy.metrics_table"


def test_the_table_has_what_a_process_shows() -> None:
    """Everything that begins with our name, as Prometheus reads it, is in the table and nothing else.

    A counter that has counted also shows since when (`_created`); that is no metric of its own.
    """
    shown = {
        (f"{family.name}_total" if family.type == "counter" else family.name, family.type, family.documentation)
        for family in text_string_to_metric_families(generate_latest(REGISTRY).decode())
        if family.name.startswith("goldenthread_") and not family.name.endswith("_created")
    }
    assert shown == {(each.name, each.kind, each.meaning) for each in declared()}
