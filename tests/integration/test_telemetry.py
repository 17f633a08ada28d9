"""The four processes as they are run: what they tell about themselves, and one trace from a command to its verdict."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from aiokafka import AIOKafkaConsumer

import goldenthread
from goldenthread.contracts.envelope import Event, events_from_json
from goldenthread.contracts.read_api import EventsPage
from goldenthread.contracts.topics import GOALS
from goldenthread.launcher.broker import Broker
from goldenthread.launcher.databases import database_url, ensure_databases
from goldenthread.launcher.issuer import Issuer
from goldenthread.launcher.ports import free_ports
from goldenthread.launcher.postgres import Postgres
from goldenthread.launcher.service_process import ServiceProcess
from goldenthread.launcher.topology import PROCESSES, Wiring, environment
from goldenthread.runtime.observability import metrics
from tests.support.asgi_server import eventually

TRACE = "0af7651916cd43dd8448eb211c80319c"
TRACEPARENT = f"00-{TRACE}-b7ad6b7169203331-01"


class Processes:
    """Some of the four, started; and what one asks them."""

    def __init__(self, running: Mapping[str, ServiceProcess], http: httpx.AsyncClient) -> None:
        self.running, self.http = running, http

    async def organization(self) -> str:
        id = f"org_{uuid.uuid4().hex}"
        asked = {"id": id, "name": "Example", "admin_name": "Ada", "admin_subject": "ada"}
        (await self.http.post(f"{self.running['goals'].url}/v1/organizations", json=asked)).raise_for_status()
        return id

    async def events(self, process: str, organization: str) -> list[Event]:
        query = {"organization": organization, "after": "0", "limit": "100"}
        answer = await self.http.get(f"{self.running[process].url}/v1/events", params=query)
        return events_from_json(msgspec.json.decode(answer.raise_for_status().content, type=EventsPage).events)

    def spans(self, process: str) -> list[dict[str, Any]]:
        """The spans a process has written to its console."""
        lines = self.running[process].log.read_text(encoding="utf-8").splitlines()
        return [found for line in lines if line.startswith("{") and "context" in (found := json.loads(line))]


Start = Callable[..., Awaitable[Processes]]


@pytest.fixture
async def kafka(place: Path) -> AsyncIterator[Broker]:
    """A broker of their own: on another one they would be members of the groups of the other tests' services."""
    async with Broker(place / uuid.uuid4().hex) as server:
        yield server


@pytest.fixture
async def start(postgres: Postgres, kafka: Broker, issuer: Issuer, tmp_path: Path) -> AsyncIterator[Start]:
    """Starts the processes named, or all, with further variables of their environment."""
    async with AsyncExitStack() as stack:

        async def run(*names: str, **variables: str) -> Processes:
            wiring = await _wiring(postgres, kafka, issuer)
            http = await stack.enter_async_context(httpx.AsyncClient(timeout=30))
            http.headers["Authorization"] = f"Bearer {issuer.service_token()}"
            running = {}
            for process in PROCESSES:
                if not names or process.name in names:
                    told = environment(process, wiring, issuer.service_token(process.client)) | variables
                    running[process.name] = ServiceProcess(
                        process.name,
                        process.command,
                        port=wiring.ports[process.name],
                        log=tmp_path / f"{process.name}.log",
                        environment=lambda told=told: told,  # type: ignore[misc]
                    )
                    await stack.enter_async_context(_running(running[process.name]))
            return Processes(running, http)

        yield run


async def _wiring(postgres: Postgres, kafka: Broker, issuer: Issuer) -> Wiring:
    databases = {process.name: f"test_{uuid.uuid4().hex}" for process in PROCESSES}
    await ensure_databases(postgres.url(), list(databases.values()))
    urls = {name: database_url(postgres.url(), database) for name, database in databases.items()}
    ports = dict(zip(databases, free_ports(len(PROCESSES)), strict=True))
    return Wiring(urls, kafka.address, True, ports, issuer.url, "goldenthread")


@asynccontextmanager
async def _running(service: ServiceProcess) -> AsyncIterator[None]:
    await service.start()
    try:
        yield
    finally:
        await service.stop()


async def test_one_trace_leads_from_a_command_through_outbox_and_topic_to_the_verdict(
    start: Start, kafka: Broker, issuer: Issuer
) -> None:
    processes = await start("goals", "alignment", OTEL_TRACES_EXPORTER="console")
    organization = await processes.organization()
    sent = await processes.http.post(
        f"{processes.running['goals'].url}/v1/commands",
        json={"type": "PublishPurpose", "statement": "Be useful"},
        headers={"Authorization": f"Bearer {issuer.person_token('ada', organization)}", "traceparent": TRACEPARENT},
    )
    assert sent.status_code == 200, sent.text

    published = next(each for each in await processes.events("goals", organization) if each.type == "purpose.published")
    headers = await headers_of(kafka, published)
    verdict = await following(processes, published)

    carried = [published.traceparent, headers["ce_traceparent"], headers["traceparent"], verdict.traceparent]
    assert carried == [published.traceparent] * 4
    assert published.traceparent is not None
    assert published.traceparent.split("-")[1] == TRACE

    names = ("POST /v1/commands", "command PublishPurpose", f"create {GOALS}")
    request, command, created = (span_named(processes, "goals", name) for name in names)
    assert hexadecimal(request["parent_id"]) == TRACEPARENT.split("-")[2]
    assert command["parent_id"] == request["context"]["span_id"]
    assert created["parent_id"] == command["context"]["span_id"]
    assert published.traceparent.split("-")[2] == hexadecimal(created["context"]["span_id"])

    def linked() -> bool:
        batches = [span for span in processes.spans("alignment") if span["name"] == f"{GOALS} create"]
        return any(hexadecimal(link["context"]["trace_id"]) == TRACE for span in batches for link in span["links"])

    await eventually(linked)


async def headers_of(kafka: Broker, event: Event) -> dict[str, str]:
    """The headers of an event's record."""
    async with AIOKafkaConsumer(GOALS, bootstrap_servers=kafka.address, auto_offset_reset="earliest") as consumer:
        async for record in consumer:
            headers = {name: value.decode() for name, value in record.headers}
            if headers["ce_id"] == event.id:
                return headers
    raise AssertionError("the topic ended")


async def following(processes: Processes, cause: Event) -> Event:
    """The first event of alignment that says it was caused by `cause`."""
    found: list[Event] = []

    async def arrived() -> bool:
        events = await processes.events("alignment", cause.organization)
        found.extend(each for each in events if each.causationid == cause.id)
        return bool(found)

    await eventually(arrived)
    return found[0]


def span_named(processes: Processes, process: str, name: str) -> dict[str, Any]:
    """The one span of our trace with this name."""
    spans = [span for span in processes.spans(process) if span["name"] == name]
    (found,) = [span for span in spans if hexadecimal(span["context"]["trace_id"]) == TRACE]
    return found


def hexadecimal(id: str) -> str:
    return id.removeprefix("0x")


async def test_with_traces_off_nothing_is_traced_and_no_context_is_stored(start: Start) -> None:
    processes = await start("goals")
    organization = await processes.organization()
    assert {event.traceparent for event in await processes.events("goals", organization)} == {None}
    assert processes.spans("goals") == []


def declared() -> dict[str, str]:
    """Constant of `runtime.metrics` → the metric's name, without the suffix of its samples."""
    found = {
        constant: each for constant, each in vars(metrics).items() if constant.isupper() and constant != "REGISTRY"
    }
    return {constant: next(iter(each.collect())).name for constant, each in found.items()}


async def test_every_process_is_live_and_ready_and_shows_the_metrics_there_are_and_no_others(start: Start) -> None:
    processes = await start()
    assert set(processes.running) == {process.name for process in PROCESSES}
    for service in processes.running.values():
        live, ready, shown = [
            await processes.http.get(f"{service.url}/{page}") for page in ("live", "ready", "metrics")
        ]
        assert (live.status_code, live.json()) == (200, {"live": True})
        assert (ready.status_code, ready.json()["ready"]) == (200, True)
        names = set(re.findall(r"^# TYPE (goldenthread_\w+?)(?:_total|_created)? ", shown.text, re.MULTILINE))
        assert names == set(declared().values()), service.name
    alignment = await processes.http.get(f"{processes.running['alignment'].url}/metrics")
    assert 'goldenthread_repairs_total{kind="gap",projection="goldenthread-alignment"} 0.0' in alignment.text
    assert 'goldenthread_quarantined_organizations{projection="goldenthread-alignment"} 0.0' in alignment.text


def test_repairs_are_what_a_projection_has_counted_when_somebody_asks() -> None:
    counts = {"gap": 1, "commits": 9}
    metrics.REPAIRS.follow("test-projection", lambda: counts)
    counts["gap"] += 1
    (family,) = metrics.REPAIRS.collect()
    ours = {
        each.labels["kind"]: each.value for each in family.samples if each.labels["projection"] == "test-projection"
    }
    assert ours == dict.fromkeys(metrics.REPAIRS.kinds, 0) | {"gap": 2}


def test_every_metric_is_measured_somewhere() -> None:
    root = Path(goldenthread.__file__).parents[1]
    files = [file for folder in ("goldenthread", "services", "gateway") for file in (root / folder).rglob("*.py")]
    used = {name for file in files for name in re.findall(r"\bmetrics\.([A-Z_]+)\b", file.read_text(encoding="utf-8"))}
    assert used == set(declared())
