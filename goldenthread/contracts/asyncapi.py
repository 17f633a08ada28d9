"""The AsyncAPI 3 document of the topics: `python -m goldenthread.contracts.asyncapi` rewrites it; CI compares it."""

from __future__ import annotations

import inspect
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from goldenthread.contracts.envelope import CONTENT_TYPE, PREFIX, Event, attributes
from goldenthread.contracts.registry import CURRENT_VERSION, PAYLOADS, SOURCE_OF_TOPIC, SOURCE_OF_TYPE
from goldenthread.contracts.schema import text
from goldenthread.contracts.topics import ALERTS, ALIGNMENT, GOALS, TOPICS, Topic

FILE = Path(__file__).parent / "asyncapi.json"
_ABOUT = {
    GOALS: "Facts about an organization, each carrying the entity's new public state whole.",
    ALIGNMENT: "The verdict on every goal, and each transition of it.",
    ALERTS: "Alerts to the side that is silent about a break.",
}
_BINDING = {"bindingVersion": "0.5.0"}
_KEY = {"type": "string", "description": "The organization's id: its events are on one partition, in order."}
_HEADERS = {
    "specversion": "The version of CloudEvents.",
    "id": "Unique among the events of its source.",
    "source": "The producer.",
    "type": "What happened, with the version of its payload.",
    "time": "When, in RFC 3339 and UTC.",
    "subject": "The id of the entity it is about.",
    "organization": "The id of the organization, also the record's key.",
    "partitionkey": "As `ce_organization`.",
    "sequence": "Its number in the stream of its source and organization: 1, 2, 3 … without holes.",
    "previous": "The id of the event before it in that stream; absent in the first.",
    "commit": "The sequence of the last event of the same transaction: apply all of them or none.",
    "basis": "The commit of goals that it reflects (alignment and notifications).",
    "actor": "The id of the person who did it; absent for a service and the clock.",
    "correlationid": "The request it came of.",
    "causationid": "The id of the event that caused it.",
    "traceparent": "The W3C trace context it was written in.",
}
_CONSUMING = """Records can repeat, and a replay can reorder them: drop duplicates by `ce_id`, and where a number is
missing read it from the producer's `GET /v1/events` (with the token of a service, see `GOLDENTHREAD_SERVICE_CLIENTS`).
When a producer is restored from a backup, numbers go back and are given to other events: an event whose id is new, and
whose `ce_previous` is not the id of the last event that was applied, is behind a gap or on another branch. Read the
whole stream of its organization then (`after=0`), in place of what is there. Ignore unknown types and fields."""


def document() -> dict[str, Any]:
    """The whole document. Payloads are references to the schemas beside it."""
    streams = [topic for topic in TOPICS if topic.name in SOURCE_OF_TOPIC]
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Golden Thread",
            "version": f"{CURRENT_VERSION}.0.0",
            "description": _CONSUMING.replace("\n", " "),
            "license": {"name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"},
        },
        "defaultContentType": CONTENT_TYPE,
        "channels": {topic.name: _channel(topic) for topic in streams},
        "operations": {
            f"publish.{topic.name}": {"action": "send", "channel": {"$ref": f"#/channels/{topic.name}"}}
            for topic in streams
        },
        "components": {
            "messages": {_id(type): _message(type) for type in PAYLOADS},
            "schemas": {"Headers": _headers()},
        },
    }


def _channel(topic: Topic) -> dict[str, Any]:
    settings = {name: int(value) for name, value in topic.settings.items()}
    kafka = {"topic": topic.name, "partitions": topic.partitions, "topicConfiguration": settings, **_BINDING}
    types = [type for type, source in SOURCE_OF_TYPE.items() if source == SOURCE_OF_TOPIC[topic.name]]
    return {
        "address": topic.name,
        "description": _ABOUT[topic.name],
        "messages": {_id(type): {"$ref": f"#/components/messages/{_id(type)}"} for type in types},
        "bindings": {"kafka": kafka},
    }


def _message(type: str) -> dict[str, Any]:
    own = {"ce_type": {"const": PREFIX + _id(type)}, "ce_source": {"const": SOURCE_OF_TYPE[type]}}
    about = inspect.cleandoc(vars(PAYLOADS[type]).get("__doc__") or "")
    return {
        "name": PREFIX + _id(type),
        **({"summary": about} if about else {}),
        "contentType": CONTENT_TYPE,
        "headers": {"allOf": [{"$ref": "#/components/schemas/Headers"}, {"properties": own}]},
        "payload": {"$ref": f"schemas/{_id(type)}.json"},
        "bindings": {"kafka": {"key": _KEY, **_BINDING}},
    }


def _headers() -> dict[str, Any]:
    at = datetime.now(UTC)
    first = Event(
        id="", source="", type="", time=at, subject="", organization="", sequence=1, previous=None, commit=1, data=None
    )
    described = {f"ce_{name}": {"type": "string", "description": about} for name, about in _HEADERS.items()}
    described["traceparent"] = {"type": "string", "description": "As `ce_traceparent`."}
    content = {"content-type": {"type": "string", "const": CONTENT_TYPE}}
    required = sorted(f"ce_{name}" for name in attributes(first))
    return {"type": "object", "properties": described | content, "required": [*required, "content-type"]}


def _id(type: str) -> str:
    return f"{type}.v{CURRENT_VERSION}"


if __name__ == "__main__":
    FILE.write_text(text(document()), encoding="utf-8")
