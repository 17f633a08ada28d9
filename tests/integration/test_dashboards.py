"""A real Prometheus reads the four processes, and answers what the dashboards ask; nobody is alerted meanwhile."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from goldenthread.launcher.broker import Broker
from goldenthread.launcher.issuer import Issuer
from goldenthread.launcher.postgres import Postgres
from tests.deploy.dashboards import DASHBOARDS
from tests.deploy.dashboards.tables import PROCESSES
from tests.support.asgi_server import eventually
from tests.support.monitored_installation import MonitoredInstallation, monitored_installation, tell
from tests.support.prometheus_server import NAMESPACE

pytestmark = pytest.mark.prometheus

_RULES = Path(__file__).parents[2] / "deploy" / "observability" / "rules"
_ONLY_AFTER_FAULTS = {"Unexpected errors", "Faults of streams, and repairs", "Dead letters"}
"""The panels that are empty on a healthy installation."""
_ORGANIZATION = "Alpine Rail"
_CHOSEN = {"namespace": NAMESPACE, "component": PROCESSES, "pod": ".*", "organization": _ORGANIZATION}


@pytest.fixture(scope="module")
async def installation(
    postgres: Postgres, issuer: Issuer, place: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[MonitoredInstallation]:
    """With a broker of its own: on another one the processes would be members of the groups of other tests'."""
    folder = tmp_path_factory.mktemp("monitored")
    async with Broker(place / uuid.uuid4().hex) as kafka:
        rules = sorted(_RULES.glob("*.yml"))
        async with monitored_installation(postgres, kafka, issuer, folder, rules) as running:
            await tell(running, _ORGANIZATION)
            yield running


async def test_every_query_of_every_panel_has_an_answer(installation: MonitoredInstallation) -> None:
    asked = {
        f"{dashboard.name}: {panel.title} {number}": filled(query.filled)
        for dashboard in DASHBOARDS
        for panel in dashboard.panels
        for number, query in enumerate(panel.queries, 1)
    }

    other = await installation.organization("Another")

    async def all_answered() -> bool:
        for name, query in list(asked.items()):
            if await installation.prometheus.now(query) or name.split(": ")[1][:-2] in _ONLY_AFTER_FAULTS:
                del asked[name]
        if asked:  # a percentile has a value where something was measured between two looks of Prometheus
            await other.why(f"Be one of {len(asked)}")
        return not asked

    try:
        await eventually(all_answered)
    except AssertionError:
        pytest.fail("no answer: " + "; ".join(f"{name} ({query})" for name, query in asked.items()))


async def test_there_are_values_to_choose_from(installation: MonitoredInstallation) -> None:
    for choice in {choice for dashboard in DASHBOARDS for choice in dashboard.choices}:
        selector, _, label = filled(choice.query).removeprefix("label_values(").removesuffix(")").rpartition(", ")

        async def offered(label: str = label, selector: str = selector) -> bool:
            return bool(await installation.prometheus.values_of(label, selector))

        await eventually(offered)
    named = await installation.prometheus.values_of("name", "goldenthread_organization_info")
    assert _ORGANIZATION in named


async def test_the_figures_of_executives_are_those_of_the_story(installation: MonitoredInstallation) -> None:
    """Of five active objectives one is aligned, one unexplained, two are pending, and one is orphaned."""
    (dashboard,) = (each for each in DASHBOARDS if each.name == "alignment")
    panels = {panel.title: filled(panel.queries[0].filled) for panel in dashboard.panels}
    expected = {"Goals that are aligned": 0.2, "Goals without a purpose": 1, "Whys that were answered": 0.5}

    async def right() -> bool:
        found = {title: await installation.prometheus.now(panels[title]) for title in expected}
        return {title: float(each[0]["value"][1]) for title, each in found.items() if each} == expected

    await eventually(right)


def filled(query: str) -> str:
    """The query with what people chose at the top of the dashboard."""
    for name, value in _CHOSEN.items():
        query = query.replace(f"${name}", value)
    return query.replace("$__rate_interval", "10s")


async def test_no_alert_is_raised_while_all_is_well(installation: MonitoredInstallation) -> None:
    rules = [rule for group in (await installation.prometheus.get("rules"))["groups"] for rule in group["rules"]]
    assert {rule["name"]: rule["lastError"] for rule in rules if rule.get("lastError")} == {}
    alerts = {rule["name"]: rule["query"] for rule in rules if rule["type"] == "alerting"}
    assert len(alerts) > 20
    found = {name: await installation.prometheus.now(query) for name, query in alerts.items()}
    assert {name: answers for name, answers in found.items() if answers} == {}
