"""What the trace of one mutation is seen in: four processes as they are run, with a collector, a receiver of webhooks
and a subscriber of the tests' own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import httpx
from aiokafka import AIOKafkaConsumer
from opentelemetry.trace import SpanKind

from goldenthread.contracts.envelope import Event
from goldenthread.contracts.topics import STREAMS
from goldenthread.launcher.issuer import Issuer
from tests.support.asgi_server import eventually
from tests.support.graphql_client import Client
from tests.support.metric_table import ReceivedMetric
from tests.support.otlp_receiver import ReceivedSpan
from tests.support.real_processes import Processes, Start
from tests.support.webhook_receiver import ReceivedDelivery, WebhookReceiver

TRACE = "0af7651916cd43dd8448eb211c80319c"
CALLER = "b7ad6b7169203331"
"""The span of the client that sends the mutation."""
SECRET = "verysecret"
"""A part of the webhook's address."""
_RETIRE = "mutation Retire($input: RetireWhyInput!) { retireWhy(input: $input) { revision errors { message } } }"
_HEADERS = {"traceparent": f"00-{TRACE}-{CALLER}-01", "baggage": "user=ada"}


@dataclass
class TracedStory:
    """A why was retired on which a goal hung: what came of it, and every span that the processes sent."""

    organization: str
    events: Mapping[str, Event]
    """Process → the event that it wrote because of the mutation."""
    records: Mapping[str, Mapping[str, str]]
    """Process → the headers of that event's record."""
    delivery: ReceivedDelivery
    message: Mapping[str, Any]
    """What the subscriber of alerts was sent."""
    spans: Sequence[ReceivedSpan] = ()
    """To be set when the processes have ended, and with that have sent all."""
    metrics: Sequence[ReceivedMetric] = ()
    """As `spans`."""

    def span(self, process: str, name: str, kind: SpanKind, **having: object) -> ReceivedSpan:
        """The one span of this name and kind in a process, with these in its attributes or fields."""
        named = [each for each in self.spans if (each.process, each.name, each.kind) == (process, name, kind)]
        found = [each for each in named if all(_value(each, key) == value for key, value in having.items())]
        assert len(found) == 1, f"{len(found)} spans {name} of {process}: {found or named}"
        return found[0]

    def linked(self, process: str, name: str, kind: SpanKind, to: ReceivedSpan) -> list[ReceivedSpan]:
        """The spans of this name and kind in a process that link to another one."""
        named = [each for each in self.spans if (each.process, each.name, each.kind) == (process, name, kind)]
        return [each for each in named if to.context in each.links]


def _value(span: ReceivedSpan, key: str) -> object:
    return getattr(span, key) if hasattr(span, key) else span.attributes.get(key)


async def tell(
    start: Start, issuer: Issuer, kafka: str, collector: str, hooks: WebhookReceiver, **variables: str
) -> TracedStory:
    """Start the processes with these variables, too, retire a why, and wait for the webhook and the message."""
    processes = await start(
        OTEL_EXPORTER_OTLP_ENDPOINT=collector,
        OTEL_BSP_SCHEDULE_DELAY="200",
        GOLDENTHREAD_WEBHOOK_PRIVATE="true",
        **variables,
    )
    organization = await processes.organization()
    async with httpx.AsyncClient(timeout=30) as http:
        url = f"{processes.running['gateway'].url}/graphql"
        client = Client(http, url, issuer.person_token("ada", organization))
        why = await _supported_goal(client)
        await client.do("addWebhook", "webhook", {"url": f"{hooks.url}?token={SECRET}"})
        async with client.subscribed("subscription Alerts { alertChanged { id kind } }") as heard:
            answer = await client.post(_RETIRE, {"input": {"why": why, "reason": "done"}}, _HEADERS)
            assert answer.json()["data"]["retireWhy"]["errors"] == [], answer.text
            message = await heard.next()
        await eventually(lambda: bool(hooks.got))
        delivered = "{ webhooks { delivered } }"  # the span of an attempt ends when its answer has come
        await client.until(delivered, lambda found: found["webhooks"][0]["delivered"] > 0)
    events = await _written(processes, organization)
    return TracedStory(organization, events, await _records(kafka, events), hooks.got[0], message)


async def _supported_goal(client: Client) -> str:
    """A why, on which a goal hangs."""
    units = await client.until("{ units { nodes { id } } }", lambda found: found["units"]["nodes"])
    root = units["units"]["nodes"][0]["id"]
    await client.do("publishPurpose", "purpose { id }", {"statement": "Be useful"})
    asked = {"statement": "Be quick", "because": "People wait", "audience": [root]}
    why = (await client.do("publishWhy", "why { id }", asked))["why"]["id"]
    link = {"parent": why, "because": "It is quick"}
    await client.do("createObjective", "objective { id }", {"title": "Be there", "owners": [root], "linkTo": link})
    return str(why)


async def _written(processes: Processes, organization: str) -> dict[str, Event]:
    """What each process wrote of the mutation."""
    types = {"goals": "why.retired", "alignment": "goal.orphaned", "notifications": "alert.raised"}
    found = {}
    for process, type in types.items():
        events = await processes.events(process, organization)
        found[process] = [event for event in events if event.type == type][-1]
    return found


async def _records(kafka: str, events: Mapping[str, Event]) -> dict[str, dict[str, str]]:
    """The headers of the records of these events."""
    process_of = {event.id: process for process, event in events.items()}
    found: dict[str, dict[str, str]] = {}
    async with AIOKafkaConsumer(*STREAMS, bootstrap_servers=kafka, auto_offset_reset="earliest") as consumer:
        async for record in consumer:
            headers = {name: value.decode() for name, value in record.headers}
            if headers["ce_id"] in process_of:
                found[process_of[headers["ce_id"]]] = headers
            if len(found) == len(events):
                return found
    raise AssertionError("the topics ended")
