"""The four processes as they are run: one trace from a command to its verdict."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer

from goldenthread.contracts.envelope import Event
from goldenthread.contracts.topics import GOALS
from goldenthread.launcher.broker import Broker
from goldenthread.launcher.issuer import Issuer
from goldenthread.launcher.postgres import Postgres
from tests.support.asgi_server import eventually
from tests.support.real_processes import Processes, Start, starting

TRACE = "0af7651916cd43dd8448eb211c80319c"
TRACEPARENT = f"00-{TRACE}-b7ad6b7169203331-01"


@pytest.fixture
async def kafka(place: Path) -> AsyncIterator[Broker]:
    """A broker of their own: on another one they would be members of the groups of the other tests' services."""
    async with Broker(place / uuid.uuid4().hex) as server:
        yield server


@pytest.fixture
async def start(postgres: Postgres, kafka: Broker, issuer: Issuer, tmp_path: Path) -> AsyncIterator[Start]:
    async with starting(postgres, kafka, issuer, tmp_path) as run:
        yield run


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
