"""Where the gateway listens: an address that may be chosen, and a port that stays."""

from __future__ import annotations

import json
import socket
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from goldenthread.launcher import gateway_address
from goldenthread.launcher.errors import LaunchError
from goldenthread.launcher.gateway_address import gateway_port
from goldenthread.launcher.machine import Machine
from goldenthread.launcher.ports import HOST, free_port, free_ports
from tests.integration.launcher.machines import options, told


async def chosen(file: Path, asked: int | None = None, patience: float = 5.0) -> int:
    with ExitStack() as held:
        return await gateway_port(file, HOST, asked, held, patience)


async def test_the_port_stays_from_one_start_to_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gateway_address, "USUAL_PORT", free_port())  # other instances begin at the real one
    file = tmp_path / "ports.json"
    first = await chosen(file)
    assert await chosen(file) == first
    assert await chosen(file) == first


async def test_a_port_that_was_asked_for_is_the_port_from_then_on(tmp_path: Path) -> None:
    file = tmp_path / "ports.json"
    await chosen(file, free_port())
    asked, again = free_ports(2)
    assert [await chosen(file, asked), await chosen(file), await chosen(file, again), await chosen(file)] == [
        *(asked, asked),
        *(again, again),
    ]


async def test_the_port_does_not_move_to_another_one_when_it_is_in_use(tmp_path: Path) -> None:
    file = tmp_path / "ports.json"
    port = await chosen(file, free_port())
    with socket.create_server((HOST, port)):
        with pytest.raises(LaunchError, match=f"port {port}, where this instance was before, is in use.*--http-port"):
            await chosen(file, patience=0.1)
        other = await chosen(file, free_port())
    assert other != port
    assert await chosen(file) == other


async def test_the_first_port_is_another_one_when_an_instance_of_the_same_user_takes_the_usual_one_now(
    tmp_path: Path,
) -> None:
    with ExitStack() as held:
        first = await gateway_port(tmp_path / "one.json", HOST, None, held)
        assert await chosen(tmp_path / "two.json") != first
        with pytest.raises(LaunchError, match="in use"):
            await chosen(tmp_path / "three.json", first)


@pytest.mark.parametrize(
    ("host", "reached"),
    [("127.0.0.2", "127.0.0.2"), ("0.0.0.0", HOST), ("::", "[::1]"), ("::1", "[::1]"), ("localhost", "localhost")],
)
def test_the_url_is_the_one_at_which_this_machine_reaches_the_gateway(host: str, reached: str) -> None:
    assert gateway_address.url(host, 8080) == f"http://{reached}:8080"


async def test_a_port_of_another_process_of_the_instance_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "ports.json"
    file.write_text(json.dumps({"goals": free_port()}))
    with pytest.raises(LaunchError, match="another process of this instance"):
        await chosen(file, json.loads(file.read_text())["goals"])


async def test_the_gateway_alone_listens_on_the_address_that_was_chosen(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOLDENTHREAD_HTTP_HOST", "127.0.0.3")
    async with Machine(options(data_dir, host="127.0.0.2")) as machine:
        urls = machine.instance.urls
        assert urls["gateway"].startswith("http://127.0.0.2:")
        assert machine.instance.graphql == f"{urls['gateway']}/graphql"
        assert (await told(urls["gateway"]))["GOLDENTHREAD_HTTP_HOST"] == "127.0.0.2"
        for name in ("goals", "alignment", "notifications"):
            assert (await told(urls[name]))["GOLDENTHREAD_HTTP_HOST"] == HOST
            with pytest.raises(httpx.ConnectError):
                await told(urls[name].replace(HOST, "127.0.0.2"))


async def test_a_gateway_on_every_address_is_reached_by_this_machine_and_by_others(data_dir: Path) -> None:
    async with Machine(options(data_dir, host="0.0.0.0")) as machine:
        url = machine.instance.urls["gateway"]
        assert url.startswith(f"http://{HOST}:")
        assert await told(url) == await told(url.replace(HOST, "127.0.0.2"))


@pytest.mark.parametrize("host", ["", "nobody.invalid", "192.0.2.1", "1.2.3.4.5", "[::1]", "a b", "x" * 300, "é" * 70])
async def test_an_address_that_is_not_of_this_machine_is_refused_before_anything_starts(
    tmp_path: Path, host: str
) -> None:
    with pytest.raises(LaunchError, match=r"the gateway cannot listen on .*; name an address of this machine"):
        await Machine(options(tmp_path, host=host)).start()
    assert not (tmp_path / "ports.json").exists()
