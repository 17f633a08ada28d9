"""Every type of event has an example that is what its schema, its service and the wire say."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import jsonschema
import msgspec
import pytest

from goldenthread.contracts import registry, schema
from goldenthread.contracts.envelope import attributes, encode_data, events_from_json, events_to_json
from tests.contract import examples
from tests.contract.in_process_services import InProcessServices
from tests.contract.story import FerryCompany

TEXTS = examples.texts()
SOMETIMES = {"actor", "correlationid", "causationid", "previous", "traceparent"}


@pytest.fixture(scope="module")
def services() -> InProcessServices:
    return FerryCompany().services_after_all_chapters()


def published(type: str) -> Any:
    return json.loads((schema.FOLDER / f"{type}.v1.json").read_text(encoding="utf-8"))


def test_every_type_has_an_example_and_no_example_is_without_a_type() -> None:
    assert set(TEXTS) == {f"{type}.v1" for type in registry.PAYLOADS}


@pytest.mark.parametrize("name", TEXTS)
def test_an_example_fits_its_schema_and_says_its_type_and_producer(name: str) -> None:
    example, type = json.loads(TEXTS[name]), name.removesuffix(".v1")
    jsonschema.validate(example["data"], published(type))
    assert (example["type"], example["source"]) == (f"goldenthread.{name}", registry.SOURCE_OF_TYPE[type])


@pytest.mark.parametrize("name", TEXTS)
def test_an_example_is_read_and_written_back_as_it_stands(name: str) -> None:
    events = events_from_json(f"[{TEXTS[name]}]".encode())
    assert json.loads(events_to_json(events)) == [json.loads(TEXTS[name])]


def test_what_the_services_publish_is_every_type_that_has_an_example(services: InProcessServices) -> None:
    assert {event.type for event in services.events} == set(registry.PAYLOADS)


def test_what_the_services_publish_fits_its_schema_and_has_the_fields_of_its_example(
    services: InProcessServices,
) -> None:
    shapes = {name.removesuffix(".v1"): json.loads(text) for name, text in TEXTS.items()}
    for event in services.events:
        data, example = msgspec.json.decode(encode_data(event.data)), shapes[event.type]
        jsonschema.validate(data, published(event.type))
        assert list(differences(example["data"], data)) == [], event.type
        assert set(attributes(event)) | SOMETIMES == (set(example) - {"data", "datacontenttype"}) | SOMETIMES


def differences(example: Any, found: Any, path: str = "data") -> Iterator[str]:
    """Where two values have other fields; lists are compared by their first elements, null fits everything."""
    if isinstance(example, dict) and isinstance(found, dict):
        if examples.is_map(example) and examples.is_map(found):
            yield from differences(list(example.values()), list(found.values()), path)
            return
        if example.keys() != found.keys():
            yield f"{path}: {sorted(example.keys() ^ found.keys())}"
        for key in example.keys() & found.keys():
            yield from differences(example[key], found[key], f"{path}.{key}")
    elif isinstance(example, list) and isinstance(found, list):
        yield from (each for one in example[:1] for other in found for each in differences(one, other, f"{path}[]"))
    elif example is not None and found is not None and _kind(example) is not _kind(found):
        yield f"{path}: {example!r} and {found!r}"


def _kind(value: Any) -> type:
    return float if type(value) is int else type(value)


def test_a_missing_field_another_kind_and_a_field_too_many_are_differences() -> None:
    example = {"link": {"id": "link_1", "rounds": [{"round": 1}], "weight": None}}
    assert (
        list(differences(example, {"link": {"id": "x", "rounds": [{"round": 2}, {"round": 3}], "weight": 0.5}})) == []
    )
    assert list(differences(example, {"link": {"id": 1, "rounds": [{}], "weight": None}})) != []
    assert list(differences(example, {"link": {"id": "x", "rounds": [], "weight": None, "mood": "good"}})) != []
