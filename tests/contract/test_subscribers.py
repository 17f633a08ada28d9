"""What FastStream says that the services read and publish is what our AsyncAPI document and the topology say."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest
from faststream.kafka import KafkaBroker
from faststream.specification import AsyncAPI

from goldenthread.contracts import asyncapi
from goldenthread.contracts.topics import dead_letter_topic
from goldenthread.launcher.topology import PROCESSES, Process
from goldenthread.runtime.configuration.settings import ProcessSettings
from goldenthread.runtime.consumer.faststream_broker import make_broker
from services.alignment import app as alignment_app
from services.alignment import subscribers as alignment
from services.notifications import app as notifications_app
from services.notifications import subscribers as notifications

OURS: dict[str, Any] = json.loads(asyncapi.FILE.read_text(encoding="utf-8"))
SETTINGS = ProcessSettings(kafka="nowhere:9092", issuer="")
SUBSCRIBERS: dict[str, Any] = {"alignment": alignment, "notifications": notifications}
TOPICS = {"alignment": alignment_app.TOPICS, "notifications": notifications_app.TOPICS}


def process(name: str) -> Process:
    return next(each for each in PROCESSES if each.name == name)


def broker_of(name: str) -> KafkaBroker:
    """The broker of a service with its subscriber and publishers, connected to nothing."""
    broker = make_broker(SETTINGS, SUBSCRIBERS[name].NAME)
    projection: Any = SimpleNamespace(owns=lambda _: True, quarantined=(), stats={}, sources=())
    SUBSCRIBERS[name].dead_letters(broker)
    SUBSCRIBERS[name].subscribe(broker, SETTINGS, projection)
    return broker


def document(name: str) -> dict[str, Any]:
    found: dict[str, Any] = AsyncAPI(broker_of(name), title=name).to_specification().to_jsonable()
    return found


def addresses(document: dict[str, Any], action: str) -> set[str]:
    """The topics of the operations with this action."""
    channels = [
        document["channels"][each["channel"]["$ref"].removeprefix("#/channels/")]
        for each in document["operations"].values()
        if each["action"] == action
    ]
    assert all(each["address"] == each["bindings"]["kafka"]["topic"] for each in channels)
    return {each["address"] for each in channels}


def test_every_process_with_a_consumer_group_is_looked_at() -> None:
    assert {each.name for each in PROCESSES if each.groups} == set(SUBSCRIBERS)


@pytest.mark.parametrize("name", SUBSCRIBERS)
def test_a_service_reads_the_topics_that_the_topology_says_and_somebody_publishes(name: str) -> None:
    theirs = document(name)
    assert addresses(theirs, "receive") == set(process(name).reads) <= addresses(OURS, "send")
    assert theirs["asyncapi"] == OURS["asyncapi"]
    assert theirs["defaultContentType"] == OURS["defaultContentType"]


@pytest.mark.parametrize("name", SUBSCRIBERS)
def test_a_service_publishes_the_dead_letters_of_each_topic_that_it_reads(name: str) -> None:
    published = addresses(document(name), "send")
    assert published == {dead_letter_topic(topic) for topic in process(name).reads}
    assert published == set(process(name).writes) - addresses(OURS, "send")
    assert not published & addresses(OURS, "send"), "dead letters are for operators, no part of the contract"
    assert set(TOPICS[name]) == {*process(name).reads, *process(name).writes}, "all are looked at when it starts"


@pytest.mark.parametrize("name", SUBSCRIBERS)
def test_a_subscriber_is_a_member_of_a_group_of_its_process_and_nothing_is_acknowledged_for_it(name: str) -> None:
    (subscriber,) = broker_of(name).subscribers
    found: Any = subscriber
    assert found.group_id in process(name).groups
    assert found.ack_policy.name == "MANUAL"
    assert found._connection_args["auto_offset_reset"] == "earliest"
