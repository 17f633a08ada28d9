from __future__ import annotations

import asyncio
import socket
from pathlib import Path

import pytest

from goldenthread.launcher.ports import free_ports, is_free, outgoing_ports, remembered_ports


async def test_ports_are_remembered_and_a_new_name_gets_another_one(tmp_path: Path) -> None:
    file = tmp_path / "ports.json"
    first = await remembered_ports(file, ["a", "b"])
    again = await remembered_ports(file, ["a", "b", "c"])
    assert {name: again[name] for name in ("a", "b")} == first
    assert len(set(again.values())) == 3


async def test_a_taken_port_is_waited_for_and_then_replaced(tmp_path: Path) -> None:
    file = tmp_path / "ports.json"
    before = await remembered_ports(file, ["a"])
    server = await asyncio.start_server(lambda reader, writer: writer.close(), "127.0.0.1", before["a"])
    waiting = asyncio.create_task(remembered_ports(file, ["a"]))
    await asyncio.sleep(0.1)
    assert not waiting.done()
    server.close()
    assert await waiting == before
    server = await asyncio.start_server(lambda reader, writer: writer.close(), "127.0.0.1", before["a"])
    async with server:
        assert not is_free(before["a"])
        assert (await remembered_ports(file, ["a"], patience=0.1))["a"] != before["a"]


@pytest.mark.parametrize("content", ["", "[]", '{"a": "x"}', '{"a": 70000}', "nonsense"])
async def test_a_file_that_makes_no_sense_is_replaced(tmp_path: Path, content: str) -> None:
    (tmp_path / "ports.json").write_text(content)
    ports = await remembered_ports(tmp_path / "ports.json", ["a"])
    assert is_free(ports["a"])


def test_free_ports_are_different() -> None:
    assert len(set(free_ports(20))) == 20


def test_free_ports_are_none_that_an_outgoing_connection_could_be_given_before_anybody_listens() -> None:
    outgoing = outgoing_ports()
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as connection:
        assert connection.getsockname()[1] in outgoing
    assert not set(free_ports(50)) & set(outgoing)
