"""Which process telemetry is from."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest

from goldenthread import __version__
from goldenthread.runtime.observability.resource import resource


@pytest.fixture(autouse=True)
def _read_again() -> Iterator[None]:
    resource.cache_clear()
    yield
    resource.cache_clear()


def test_a_process_has_a_name_a_version_and_an_id_of_its_own() -> None:
    about = resource("goals").attributes
    assert (about["service.name"], about["service.version"]) == ("goldenthread-goals", __version__)
    assert uuid.UUID(str(about["service.instance.id"]))
    assert resource("goals") is resource("goals")
    assert about["telemetry.sdk.language"] == "python"


def test_the_standard_variables_replace_and_add(monkeypatch: pytest.MonkeyPatch) -> None:
    attributes = "service.instance.id=pod-3,service.version=7,deployment.environment.name=staging,service.name=lost"
    monkeypatch.setenv("OTEL_RESOURCE_ATTRIBUTES", attributes)
    monkeypatch.setenv("OTEL_SERVICE_NAME", "north-goals")
    about = resource("goals").attributes
    assert about["service.name"] == "north-goals"
    assert (about["service.instance.id"], about["service.version"]) == ("pod-3", "7")
    assert about["deployment.environment.name"] == "staging"
