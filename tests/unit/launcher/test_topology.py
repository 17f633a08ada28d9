"""What processes call is what their settings ask for; what they read and write are topics that exist.

What they really ask a broker for is seen in `tests/integration/test_topology.py`.
"""

from __future__ import annotations

import pytest
from msgspec import structs

from goldenthread.contracts.topics import STREAMS, TOPICS, dead_letter_topic
from goldenthread.launcher.topology import PROCESSES, Process
from goldenthread.runtime.configuration.settings import DatabaseSettings, ProcessSettings

_NOT_OURS = {"issuer_url", "database_url"}
each_process = pytest.mark.parametrize("process", PROCESSES, ids=[process.name for process in PROCESSES])


def settings_of(process: Process) -> type[ProcessSettings]:
    kind = process.settings
    assert issubclass(kind, ProcessSettings)
    return kind


@each_process
def test_a_process_calls_those_whose_address_its_settings_ask_for(process: Process) -> None:
    names = {field.name for field in structs.fields(settings_of(process))} - _NOT_OURS
    assert {name.removesuffix("_url") for name in names if name.endswith("_url")} == set(process.calls)


@each_process
def test_a_process_has_a_database_where_its_settings_ask_for_one(process: Process) -> None:
    assert issubclass(settings_of(process), DatabaseSettings) == process.database


@each_process
def test_only_notifications_may_be_allowed_to_send_to_private_addresses(process: Process) -> None:
    names = {field.name for field in structs.fields(settings_of(process))}
    assert ("webhook_private" in names) == process.internet


def test_every_stream_has_one_process_that_writes_it() -> None:
    for stream in STREAMS:
        assert len([process.name for process in PROCESSES if stream in process.writes]) == 1


def test_every_dead_letter_is_written_by_those_who_read_its_stream_in_a_group() -> None:
    for process in PROCESSES:
        letters = {dead_letter_topic(topic) for topic in process.reads} if process.groups else set()
        assert {topic for topic in process.writes if topic not in STREAMS} == letters


def test_all_that_is_read_and_written_are_topics_of_the_table() -> None:
    used = {topic for process in PROCESSES for topic in (*process.reads, *process.writes)}
    assert used <= {topic.name for topic in TOPICS}


def test_no_two_processes_share_a_group() -> None:
    groups = [group for process in PROCESSES for group in process.groups]
    assert len(groups) == len(set(groups))
    assert all(group.startswith(process.client) for process in PROCESSES for group in process.groups)
