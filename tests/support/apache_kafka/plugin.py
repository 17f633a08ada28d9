"""`pytest --broker=apache`: the tests that need a broker, the very same ones, against Apache Kafka itself.

Only they run then. One that is skipped fails, because a skipped test would look like a passed one; and a missing Java
or Maven ends the run with an error. At the end the broker's version and the number of tests are printed.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.apache_kafka.broker import ApacheKafka
from tests.support.apache_kafka.jars import ApacheKafkaUnavailable, jars, java

_started = pytest.StashKey[ApacheKafka]()
_versions = pytest.StashKey[set[str]]()
"""What the brokers of the processes of a run in parallel said they are."""


def apache(config: pytest.Config, folder: Path) -> ApacheKafka | None:
    """The one Apache Kafka of this run, not yet started; None when nobody asked for it."""
    if not wanted(config):
        return None
    if _started not in config.stash:
        config.stash[_started] = ApacheKafka(folder)
    return config.stash[_started]


def wanted(config: pytest.Config) -> bool:
    """Whether this run is against Apache Kafka."""
    return bool(config.getoption("--broker") == "apache")


def needs_broker(item: pytest.Item) -> bool:
    """Whether a test uses the `broker` fixture, itself or through another, or needs Apache Kafka by its marker."""
    return "broker" in getattr(item, "fixturenames", ()) or item.get_closest_marker("kafka") is not None


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--broker", choices=("embedded", "apache"), default="embedded", help="which broker the tests run against"
    )


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    if not wanted(config):
        return
    try:
        java()
        jars()
    except ApacheKafkaUnavailable as error:
        raise pytest.UsageError(str(error)) from error


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if wanted(config):
        config.hook.pytest_deselected(items=[item for item in items if not needs_broker(item)])
        items[:] = [item for item in items if needs_broker(item)]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Any:
    report = yield
    return _not_skipped(item.config, report)


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector: pytest.Collector) -> Any:
    report = yield
    return _not_skipped(collector.config, report)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A process of a run in parallel tells the version to the one that reports."""
    kafka, told = session.config.stash.get(_started, None), getattr(session.config, "workeroutput", None)
    if kafka is not None and told is not None:
        told["apache_kafka"] = kafka.version


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    version = getattr(node, "workeroutput", {}).get("apache_kafka")
    if version is not None:
        node.config.stash.setdefault(_versions, set()).add(version)


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    if wanted(config):
        kafka = config.stash.get(_started, None)
        ran = sum(len(terminalreporter.getreports(outcome)) for outcome in ("passed", "failed"))
        versions = config.stash.get(_versions, set()) | ({kafka.version} if kafka is not None else set())
        terminalreporter.write_line(f"Apache Kafka {', '.join(sorted(versions)) or 'was never started'}: {ran} tests")


def _not_skipped(config: pytest.Config, report: Any) -> Any:
    if wanted(config) and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped, which counts as a failure against Apache Kafka: {report.longrepr}"
    return report
