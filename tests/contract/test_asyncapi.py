"""The AsyncAPI document is that of the code, hangs together, and describes what is really on the topics."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest

from goldenthread.contracts import asyncapi, registry, schema
from goldenthread.contracts.envelope import Event, to_headers
from goldenthread.contracts.topics import STREAMS
from tests.contract import examples

DOCUMENT: dict[str, Any] = json.loads(asyncapi.FILE.read_text(encoding="utf-8"))


def test_the_checked_in_document_is_that_of_the_code() -> None:
    written = asyncapi.FILE.read_text(encoding="utf-8")
    assert written == schema.text(asyncapi.document()), "run `python -m goldenthread.contracts.asyncapi`"


def references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if "$ref" in value:
            assert set(value) == {"$ref"}, "what stands beside a reference is ignored"
            yield value["$ref"]
        for each in value.values():
            yield from references(each)
    elif isinstance(value, list):
        for each in value:
            yield from references(each)


def resolve(reference: str) -> Any:
    file, _, pointer = reference.partition("#")
    found = json.loads((asyncapi.FILE.parent / file).read_text(encoding="utf-8")) if file else DOCUMENT
    for part in pointer.split("/")[1:]:
        found = found[part.replace("~1", "/").replace("~0", "~")]
    return found


def test_every_reference_leads_somewhere() -> None:
    found = list(references(DOCUMENT))
    assert len(found) > 2 * len(registry.PAYLOADS)
    assert all(isinstance(resolve(each), dict) for each in found)


def test_the_document_has_what_the_specification_asks_for() -> None:
    assert DOCUMENT["asyncapi"].startswith("3.0.")
    assert {"title", "version"} <= DOCUMENT["info"].keys()
    for operation in DOCUMENT["operations"].values():
        assert operation["action"] == "send"
        assert resolve(operation["channel"]["$ref"])["messages"]


def test_every_topic_is_a_channel_and_every_type_a_message_of_its_producers_channel() -> None:
    assert {channel["address"] for channel in DOCUMENT["channels"].values()} == set(STREAMS)
    found = {
        (message, registry.SOURCE_OF_TOPIC[channel["address"]])
        for channel in DOCUMENT["channels"].values()
        for message in channel["messages"]
    }
    assert found == {(f"{type}.v1", source) for type, source in registry.SOURCE_OF_TYPE.items()}


@pytest.mark.parametrize("event", examples.decoded().values(), ids=examples.decoded())
def test_the_headers_of_an_example_fit_the_document(event: Event) -> None:
    headers = {name: value.decode() for name, value in to_headers(event)}
    message = DOCUMENT["components"]["messages"][f"{event.type}.v1"]
    common, own = message["headers"]["allOf"]
    described = resolve(common["$ref"])
    jsonschema.validate(headers, described)
    jsonschema.validate(headers, own)
    assert headers.keys() <= described["properties"].keys()
    assert message["contentType"] == headers["content-type"]


def test_every_attribute_an_event_can_have_is_described() -> None:
    optional = set(Event.__struct_fields__) - {"data", "version"}
    properties = resolve("#/components/schemas/Headers")["properties"]
    assert {f"ce_{name}" for name in optional} <= properties.keys()
