"""The metrics of the four processes as they are run, and on their way to a collector."""

from __future__ import annotations

import re
import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from goldenthread.contracts.events.alerts import AlertKind
from goldenthread.launcher.broker import Broker
from goldenthread.launcher.issuer import Issuer
from goldenthread.launcher.postgres import Postgres
from goldenthread.launcher.topology import PROCESSES
from goldenthread.runtime.observability.telemetry_schema import FASTSTREAM_METRICS
from tests.support.asgi_server import eventually
from tests.support.exposed_metrics import shown, undeclared
from tests.support.real_processes import Processes, Start, starting

_GROUPS = {"alignment": "goldenthread-alignment", "notifications": "goldenthread-notifications"}
_FROM_THE_START = {
    "goals": {"goldenthread_organizations_held", "goldenthread_quarantined_clocks", "goldenthread_commands_total"},
    "alignment": {"goldenthread_repairs_total", "goldenthread_quarantined_organizations"},
    "notifications": {
        "goldenthread_repairs_total",
        "goldenthread_quarantined_organizations",
        "goldenthread_commands_total",
        "goldenthread_alerts_total",
        "goldenthread_webhook_deliveries_total",
        "goldenthread_webhook_pending_deliveries",
        "goldenthread_webhook_pending_age_seconds",
    },
    "gateway": {"goldenthread_organizations_held", "goldenthread_events_folded_total"},
}
"""Process → what it shows before it has done anything, beside what all do: an alert on it needs no first time."""
_OUTBOX = {
    "db_client_connection_count",
    "db_client_connection_max",
    "db_client_connection_pending_requests",
    "goldenthread_events_published_total",
    "goldenthread_outbox_age_seconds",
    "goldenthread_outbox_pending_events",
    "goldenthread_relay_lead",
}
_LAG = {
    "goldenthread_projection_lag_seconds",
    "goldenthread_projection_pending_revisions",
    "goldenthread_upstream_answer_age_seconds",
}
_ALL = {"goldenthread_subscribers", "goldenthread_unforeseen_errors_total"}


@pytest.fixture
async def kafka(place: Path) -> AsyncIterator[Broker]:
    """A broker of their own: on another one they would be members of the groups of the other tests' services."""
    async with Broker(place / uuid.uuid4().hex) as server:
        yield server


@pytest.fixture
async def start(postgres: Postgres, kafka: Broker, issuer: Issuer, tmp_path: Path) -> AsyncIterator[Start]:
    async with starting(postgres, kafka, issuer, tmp_path) as run:
        yield run


async def test_every_process_is_live_and_ready_and_shows_metrics_of_the_table_and_no_others(
    start: Start, issuer: Issuer
) -> None:
    processes = await start()
    assert set(processes.running) == {process.name for process in PROCESSES}
    for name, service in processes.running.items():
        live, ready = [await processes.http.get(f"{service.url}/{page}") for page in ("live", "ready")]
        assert (live.status_code, live.json()) == (200, {"live": True})
        assert (ready.status_code, ready.json()["ready"]) == (200, True)
        text = await page_of(processes, name)
        assert undeclared(text) == []
        outbox = _OUTBOX if name != "gateway" else set()
        lag = _LAG if name != "goals" else set()
        assert _FROM_THE_START[name] | outbox | lag | _ALL <= shown(text).keys()
        assert sample(text, "goldenthread_ready") == 1
        assert f'service_name="goldenthread-{name}"' in text
    for name, group in _GROUPS.items():
        text = await page_of(processes, name)
        assert sample(text, "goldenthread_repairs_total", kind="gap", projection=group) == 0
        assert sample(text, "goldenthread_quarantined_organizations", projection=group) == 0
        assert {each.exposed_name for each in FASTSTREAM_METRICS} <= typed(text)
    organization = await a_command_is_measured_on_its_way(processes, issuer)
    await figures_are_those_of_graphql(processes, issuer.person_token("ada", organization), organization)


async def a_command_is_measured_on_its_way(processes: Processes, issuer: Issuer) -> str:
    """The organization of the command."""
    organization = await processes.organization()
    token = issuer.person_token("ada", organization)
    sent = await processes.http.post(
        f"{processes.running['goals'].url}/v1/commands",
        json={"type": "PublishPurpose", "statement": "Be useful"},
        headers={"Authorization": f"Bearer {token}"},
    )
    assert sent.status_code == 200, sent.text
    answer = await processes.http.post(
        f"{processes.running['gateway'].url}/graphql",
        json={"query": "{ organization { revision } }"},
        headers={"Authorization": f"Bearer {token}"},
    )
    assert answer.json()["data"], answer.text

    async def measured() -> bool:
        goals, alignment, gateway = [await page_of(processes, name) for name in ("goals", "alignment", "gateway")]
        assert [undeclared(each) for each in (goals, alignment, gateway)] == [[], [], []]
        return (
            sample(goals, "goldenthread_commands_total", type="PublishPurpose", outcome="accepted") == 1
            and sample(goals, "goldenthread_command_duration_seconds_count", type="PublishPurpose") == 1
            and sample(goals, "goldenthread_events_published_total", topic="goldenthread.goals.v1") > 1
            and sample(goals, "goldenthread_relay_lead", topic="goldenthread.goals.v1", relay="common") == 1
            and sample(alignment, "goldenthread_events_folded_total", projection=_GROUPS["alignment"]) > 1
            and sample(gateway, "goldenthread_graphql_duration_seconds_count", kind="query", outcome="answered") == 1
        )

    await eventually(measured)
    return organization


async def figures_are_those_of_graphql(processes: Processes, token: str, organization: str) -> None:
    """Two objectives, of which one is orphaned, and a why that nobody has answered yet."""
    unit = (await graphql(processes, token, "{ units { nodes { id } } }"))["units"]["nodes"][0]["id"]
    sub = await mutation(processes, token, "CreateUnit", name="Sales", function="BUSINESS", parent=unit)
    why = await mutation(processes, token, "PublishWhy", statement="Grow", because="It pays", audience=[sub])
    link = {"parent": why, "because": "It helps"}
    await mutation(processes, token, "CreateObjective", title="Sell", owners=[unit], linkTo=link)
    await mutation(processes, token, "CreateObjective", title="Rest", owners=[unit])
    states = ("aligned", "unexplained", "pending", "orphaned")

    async def equal() -> bool:
        query = (
            f"{{ organization {{ health {{ {' '.join(states)} cascadeCoverage }} }} alerts {{ nodes {{ kind }} }} }}"
        )
        answer = await graphql(processes, token, query)
        health, kinds = answer["organization"]["health"], [each["kind"] for each in answer["alerts"]["nodes"]]
        alignment, notifications = [await page_of(processes, name) for name in ("alignment", "notifications")]
        found = {
            each: sample(alignment, "goldenthread_objectives", organization=organization, state=each) for each in states
        }
        coverage = sample(alignment, "goldenthread_cascade_coverage_ratio", organization=organization)
        alerts = {each.value: sample(notifications, "goldenthread_open_alerts", kind=each.value) for each in AlertKind}
        assert [undeclared(each) for each in (alignment, notifications)] == [[], []]
        return (
            (health["aligned"], health["orphaned"], health["cascadeCoverage"]) == (1, 1, 0)
            and health == found | {"cascadeCoverage": coverage}
            and alerts == {each.value: kinds.count(each.value) for each in AlertKind}
        )

    await eventually(equal)
    info = {"organization": organization, "name": organization}
    assert sample(await page_of(processes, "alignment"), "goldenthread_organization_info", **info) == 1


async def graphql(processes: Processes, token: str, query: str) -> dict[str, Any]:
    answer = await processes.http.post(
        f"{processes.running['gateway'].url}/graphql",
        json={"query": query},
        headers={"Authorization": f"Bearer {token}"},
    )
    assert "errors" not in answer.json(), answer.text
    return dict(answer.json()["data"])


async def mutation(processes: Processes, token: str, type: str, **fields: Any) -> str:
    """A command to goals; the id of what it made."""
    answer = await processes.http.post(
        f"{processes.running['goals'].url}/v1/commands",
        json={"type": type, **fields},
        headers={"Authorization": f"Bearer {token}"},
    )
    assert answer.status_code == 200, answer.text
    return str(answer.json()["ids"][0])


async def page_of(processes: Processes, name: str) -> str:
    return (await processes.http.get(f"{processes.running[name].url}/metrics")).text


def typed(text: str) -> set[str]:
    """The names of all metrics of a page, with or without a row."""
    return set(re.findall(r"^# TYPE (\S+) ", text, re.MULTILINE))


def sample(text: str, name: str, /, **labels: str) -> float:
    """The value of one row; -1 where there is none."""
    samples = (each for family in text_string_to_metric_families(text) for each in family.samples)
    return next((each.value for each in samples if (each.name, each.labels) == (name, labels)), -1.0)
