"""The answer of `goldenthread sizing`: whole, growing with what is asked for, and within what is deployed."""

from __future__ import annotations

import pytest
import yaml
from msgspec import structs

from goldenthread.launcher.topology import PROCESSES
from goldenthread.runtime.configuration.settings import DatabaseSettings
from goldenthread.sizing import measured
from goldenthread.sizing.answer import GIB, Sizing, size
from goldenthread.sizing.demand import Demand
from goldenthread.sizing.partition_load import COUNTS, SkewedLoad
from goldenthread.sizing.stores import POOL
from services.alignment.settings import Settings as AlignmentSettings
from services.notifications.settings import Settings as NotificationsSettings
from tests.unit.house.source import ROOT

SMALL, MIDDLE = Demand(organizations=100), Demand(organizations=10_000)


def value(answer: Sizing, name: str) -> float:
    (found,) = (line.value for line in answer.lines if line.name == name)
    return found


def test_every_process_has_replicas_and_every_number_an_assumption() -> None:
    answer = size(SMALL)
    assert set(answer.pods) == {process.name for process in PROCESSES}
    assert min(answer.pods.values()) >= 2
    names = [line.name for line in answer.lines]
    assert len(names) == len(set(names))
    assert all(line.what and line.because and line.value >= 0 for line in answer.lines)


@pytest.mark.parametrize("more", [{"organizations": 1_000_000}, {"people": 5_000.0}, {"changes": 500.0}])
def test_more_to_do_needs_more(more: dict[str, float]) -> None:
    little, much = size(MIDDLE), size(structs.replace(MIDDLE, **more))
    assert much.partitions >= little.partitions
    assert all(much.pods[name] >= little.pods[name] for name in little.pods)
    for name in ("alignment.replicas", "postgres.cores", "postgres.disk.year", "kafka.disk"):
        assert value(much, name) > value(little, name)


def test_partitions_are_enough_for_growth_and_replicas_never_more_than_partitions() -> None:
    for organizations in (10, 1_000, 100_000, 1_000_000):
        answer = size(Demand(organizations=organizations))
        assert answer.partitions in COUNTS
        assert max(answer.pods["alignment"], answer.pods["notifications"]) <= answer.partitions
    grown = structs.replace(MIDDLE, organizations=40_000)
    assert (
        max(size(grown, size(MIDDLE).partitions).pods[name] for name in measured.CONSUMERS) * 2
        <= size(MIDDLE).partitions
    )


def test_an_installation_that_has_its_partitions_keeps_them() -> None:
    assert size(MIDDLE, 12).partitions == 12
    assert size(structs.replace(MIDDLE, organizations=10_000_000), 12).pods["notifications"] == 12


def test_the_busiest_of_many_partitions_has_more_than_the_mean_and_at_most_everything() -> None:
    load = SkewedLoad.of(MIDDLE)
    mean = load.total / 120
    assert load.largest < load.busiest(1, 120) <= load.total
    assert load.busiest(1, 120) > mean
    assert load.busiest(120, 120) == load.total
    assert load.busiest_replica(7, 120) == load.busiest(18, 120)


def test_what_a_projection_holds_fits_into_the_memory_that_is_deployed() -> None:
    """Nine tenths of the limit: the rest is for what is folded and saved just now."""
    for name, costs in measured.CONSUMERS.items():
        text = (ROOT / "deploy" / "k8s" / "base" / f"{name}.yaml").read_text("utf-8")
        (deployment,) = (each for each in yaml.safe_load_all(text) if each["kind"] == "Deployment")
        (container,) = deployment["spec"]["template"]["spec"]["containers"]
        assert container["resources"]["limits"]["memory"] == "2Gi"
        held = costs.held_weight / measured.WEIGHT_OF_GOAL * costs.goal_bytes
        assert costs.idle + held <= 0.9 * 2 * GIB


def test_what_is_assumed_of_settings_is_their_default() -> None:
    """A default that changes here would make the answer wrong without a word."""
    for name, settings in (("alignment", AlignmentSettings), ("notifications", NotificationsSettings)):
        fields = {field.name: field.default for field in structs.fields(settings)}
        costs = measured.CONSUMERS[name]
        assert (fields["held"], fields["held_weight"]) == (costs.held, costs.held_weight)
    defaults = {field.name: field.default for field in structs.fields(DatabaseSettings)}
    assert defaults["database_pool"] == POOL
