"""`goldenthread up` as a user starts and stops it."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from goldenthread.launcher import instance_file, private_file
from goldenthread.launcher.postgres import Postgres
from tests.support.command_line import CommandLine
from tests.support.ending_with_parent import ending_with_parent
from tests.support.running_instance import COMMAND

VIEWER = """{
  viewer { roles { role unit { parent { id } } } organization { id } }
  units { nodes { name parent { id } } }
  purpose { id }
  objectives { totalCount }
}"""
PROCESSES = {"goals", "alignment", "notifications", "gateway", "postgres", "broker"}


class Foreground:
    """`goldenthread up --json` in the foreground of nobody's terminal, on free ports, and all it printed."""

    def __init__(self, data_dir: Path, *options: str) -> None:
        self.data_dir = data_dir
        arguments: list[str | Path] = [COMMAND, "up", "--json", "--data-dir", data_dir, *options]
        self.process = subprocess.Popen(
            arguments,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            preexec_fn=ending_with_parent(),
        )

    async def ready(self) -> dict[str, object]:
        """The line it prints, once ready."""
        assert self.process.stdout is not None
        line = await asyncio.wait_for(asyncio.to_thread(self.process.stdout.readline), 90)
        assert line, self.process.communicate()
        return dict(json.loads(line))

    async def stop(self, how: signal.Signals = signal.SIGINT) -> tuple[int, str, str]:
        """Ask it to stop; its exit code, and what else it printed on stdout and on stderr."""
        self.process.send_signal(how)
        out, err = await asyncio.wait_for(asyncio.to_thread(self.process.communicate), 90)
        return self.process.returncode, out, err

    def instance(self) -> instance_file.Instance:
        """Where its parts are."""
        found = instance_file.find(self.data_dir)
        assert found is not None
        return found

    def processes(self) -> set[int]:
        """Every process whose command line or parent is of this instance."""
        return {pid for pid in _running() if self.process.pid in _ancestry(pid)}


def _running() -> list[int]:
    return [int(each.name) for each in Path("/proc").iterdir() if each.name.isdecimal()]


def _ancestry(pid: int) -> Iterator[int]:
    while pid > 1:
        yield pid
        try:
            pid = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
        except (OSError, ValueError):
            return


def alive(pids: set[int]) -> set[int]:
    """Those that still run (a zombie does not)."""
    found = set()
    for pid in pids:
        try:
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z":
                found.add(pid)
        except OSError:
            continue
    return found


@contextmanager
def foreground(data_dir: Path, *options: str) -> Iterator[Foreground]:
    """Killed at the end, whatever happened."""
    running = Foreground(data_dir, *options)
    try:
        yield running
    finally:
        if running.process.poll() is None:
            running.process.kill()
            running.process.communicate()


async def ask(http: httpx.AsyncClient, said: dict[str, object], document: str) -> dict[str, object]:
    headers = {"Authorization": f"Bearer {said['token']}"}
    answer = (await http.post(str(said["graphql"]), json={"query": document}, headers=headers)).json()
    assert "errors" not in answer, answer
    return dict(answer["data"])


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
async def test_one_line_says_where_everything_is_and_after_a_signal_nothing_is_left(
    fresh_dir: Path, http: httpx.AsyncClient, how: signal.Signals, kafka_options: tuple[str, ...]
) -> None:
    with foreground(fresh_dir, *kafka_options) as up:
        said = await up.ready()
        assert set(said) == {"graphql", "websocket", "token", "organization", "pids"}
        assert str(said["websocket"]) == str(said["graphql"]).replace("http", "ws", 1)
        pids = dict(said["pids"])  # type: ignore[call-overload]
        assert set(pids) == PROCESSES - ({"broker"} if kafka_options else set())
        running = up.processes()
        assert set(pids.values()) < running
        data = await ask(http, said, VIEWER)
        roles = data["viewer"]["roles"]  # type: ignore[index]
        assert {each["role"] for each in roles} == {"ADMIN", "EXECUTIVE", "LEAD"}
        assert data["viewer"]["organization"] == {"id": said["organization"]}  # type: ignore[index]
        assert [unit["parent"] for unit in data["units"]["nodes"]] == [None]  # type: ignore[index]
        assert (data["purpose"], data["objectives"]) == (None, {"totalCount": 0})
        second = await CommandLine({}, fresh_dir)("up", "--data-dir", fresh_dir)
        assert (second.code, second.out) == (1, "")
        assert second.err.startswith(f"goldenthread: {fresh_dir} is in use by another running instance; stop that one")
        assert await up.stop(how) == (0, "", "")
        assert alive(running) == set()
        assert instance_file.find(fresh_dir) is None


async def test_asked_to_stop_while_it_starts_it_stops_and_leaves_nothing(fresh_dir: Path) -> None:
    with foreground(fresh_dir) as up:
        started: set[int] = set()
        deadline = asyncio.get_running_loop().time() + 60
        while len(started) < 4:  # itself, PostgreSQL's parts, the broker: in the midst of it
            assert asyncio.get_running_loop().time() < deadline
            started |= up.processes()
            await asyncio.sleep(0.01)
        code, out, err = await up.stop(signal.SIGTERM)
        assert (code, out) == (0, "")
        assert "Traceback" not in err
        assert alive(started | up.processes()) == set()


async def test_instances_stand_side_by_side_and_each_data_dir_continues_where_it_stopped(
    fresh_dir: Path, http: httpx.AsyncClient
) -> None:
    with foreground(fresh_dir / "one") as one, foreground(fresh_dir / "other") as other:
        said, also_said = await asyncio.gather(one.ready(), other.ready())
        assert said["graphql"] != also_said["graphql"]
        assert said["organization"] != also_said["organization"]
        publish = 'mutation { publishPurpose(input: {statement: "Here"}) { errors { message } } }'
        assert (await ask(http, said, publish))["publishPurpose"] == {"errors": []}
        assert (await ask(http, also_said, "{ purpose { id } }"))["purpose"] is None
        assert (await one.stop())[0] == 0
        assert (await other.stop())[0] == 0
    with foreground(fresh_dir / "one") as again:
        continued = await again.ready()
        assert continued["organization"] == said["organization"]
        assert await ask(http, {**continued, "token": said["token"]}, "{ purpose { statement } }") == {
            "purpose": {"statement": "Here"}
        }
        assert (await again.stop())[0] == 0


async def test_a_process_that_dies_is_started_again_and_said(fresh_dir: Path, http: httpx.AsyncClient) -> None:
    with foreground(fresh_dir) as up:
        said = await up.ready()
        before = said["pids"]["gateway"]  # type: ignore[index]
        os.kill(before, signal.SIGKILL)
        doctor = CommandLine({"GOLDENTHREAD_DATA_DIR": str(fresh_dir)}, fresh_dir)
        deadline = asyncio.get_running_loop().time() + 60
        while (found := instance_file.find(fresh_dir)) is None or found.pids["gateway"] == before:
            assert asyncio.get_running_loop().time() < deadline
            await asyncio.sleep(0.05)
        report = (await doctor("doctor", "--json")).json()
        assert {row["name"]: row["pid"] for row in report["processes"]}["gateway"] == found.pids["gateway"]
        assert await ask(http, said, "{ organization { id } }") == {"organization": {"id": said["organization"]}}
        _, out, err = await up.stop()
        assert out == ""
        assert err.splitlines() == ["gateway ended with code -9; starting it again in 0.1 s", "gateway is back"]


async def test_it_runs_on_somebody_elses_postgresql(
    fresh_dir: Path, http: httpx.AsyncClient, kafka_options: tuple[str, ...]
) -> None:
    async with Postgres(fresh_dir / "theirs", databases=()) as server:
        url = fresh_dir / "theirs.url"
        private_file.write(url, server.url().reveal())
        with foreground(fresh_dir / "ours", "--postgres", f"@{url}", *kafka_options) as up:
            said = await up.ready()
            assert "postgres" not in dict(said["pids"])  # type: ignore[call-overload]
            assert (await ask(http, said, "{ objectives { totalCount } }"))["objectives"] == {"totalCount": 0}
            assert (await up.stop())[0] == 0


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--postgres", "postgresql://nobody@127.0.0.1:1/x"), "cannot be made ready on 127.0.0.1:1"),
        (("--postgres", "nonsense"), "it is no URL of PostgreSQL"),
        (("--kafka", "127.0.0.1:1"), "no topics could be created on 127.0.0.1:1"),
    ],
)
async def test_servers_that_are_not_there_are_said_in_words(
    fresh_dir: Path, tmp_path: Path, options: tuple[str, ...], words: str
) -> None:
    said = await CommandLine({}, tmp_path)("up", "--data-dir", fresh_dir, *options)
    assert (said.code, said.out) == (1, "")
    assert words in said.err
    assert "Traceback" not in said.err


async def test_everybody_still_gets_in_when_the_port_of_the_issuer_is_taken_at_the_next_start(
    fresh_dir: Path, http: httpx.AsyncClient, kafka_options: tuple[str, ...]
) -> None:
    with foreground(fresh_dir, *kafka_options) as up:
        first = await up.ready()
        await up.stop()
    (fresh_dir / "issuer.id").unlink()  # as a data dir of an earlier release
    ports = json.loads((fresh_dir / "ports.json").read_text())
    with socket.create_server(("127.0.0.1", ports["issuer"])), foreground(fresh_dir, *kafka_options) as up:
        second = await up.ready()
        assert json.loads((fresh_dir / "ports.json").read_text())["issuer"] != ports["issuer"]
        for token in (first["token"], second["token"]):
            data = await ask(http, {**second, "token": token}, VIEWER)
            assert len(data["viewer"]["roles"]) == 3  # type: ignore[index]
        await up.stop()


async def test_the_url_stays_from_one_start_to_the_next_and_other_machines_reach_it_when_asked(
    fresh_dir: Path, http: httpx.AsyncClient, kafka_options: tuple[str, ...]
) -> None:
    with foreground(fresh_dir, *kafka_options) as up:
        first = await up.ready()
        await up.stop()
    with foreground(fresh_dir, "--host", "0.0.0.0", *kafka_options) as up:
        second = await up.ready()
        assert second["graphql"] == first["graphql"]
        away = {**second, "graphql": str(second["graphql"]).replace("127.0.0.1", "127.0.0.2")}
        assert await ask(http, away, VIEWER) == await ask(http, second, VIEWER)
        for name, url in up.instance().urls.items():
            if name != "gateway":
                with pytest.raises(httpx.ConnectError):
                    await http.get(url.replace("127.0.0.1", "127.0.0.2"))
        await up.stop()
