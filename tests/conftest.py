"""What every test may use; and the option `--broker=apache` (see `support/apache_kafka/plugin.py`)."""

from __future__ import annotations

import gc
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from goldenthread.runtime.observability.metrics_export import start_metrics
from tests.support.apache_kafka import plugin
from tests.support.apache_kafka.broker import ApacheKafka
from tests.support.apache_kafka.plugin import (
    pytest_addoption,
    pytest_collection_modifyitems,
    pytest_configure,
    pytest_make_collect_report,
    pytest_runtest_makereport,
    pytest_sessionfinish,
    pytest_terminal_summary,
    pytest_testnodedown,
)
from tests.support.interrupts import heed_interrupts

__all__ = [
    "pytest_addoption",
    "pytest_collection_modifyitems",
    "pytest_configure",
    "pytest_make_collect_report",
    "pytest_runtest_makereport",
    "pytest_sessionfinish",
    "pytest_terminal_summary",
    "pytest_testnodedown",
]

# How long an example takes on a busy machine says nothing about what is tested.
settings.register_profile("busy", settings(deadline=None, suppress_health_check=[HealthCheck.too_slow]))
settings.load_profile("busy")

heed_interrupts()


def pytest_collection_finish() -> None:
    """Modules and collected tests, half a million objects, are searched for garbage no more, as in our processes.

    Each search took half a second, and was counted as processor time of whatever request ran in a test just then.
    """
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def measured() -> None:
    """What the code in this process measures is shown, as in a process of ours."""
    start_metrics("tests")


@pytest.fixture(scope="session")
def place() -> Iterator[Path]:
    """A folder every user can reach (pytest's own are private to who runs the tests)."""
    folder = Path(tempfile.mkdtemp(prefix="goldenthread-tests-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
async def apache(place: Path, request: pytest.FixtureRequest) -> AsyncIterator[ApacheKafka | None]:
    """The Apache Kafka of a run that asked for it; None in others."""
    server = plugin.apache(request.config, place)
    if server is None:
        yield None
        return
    async with server:
        yield server
