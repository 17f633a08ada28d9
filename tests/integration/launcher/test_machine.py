from __future__ import annotations

import asyncio
import os
import signal
import stat
import sys
from contextlib import AsyncExitStack
from pathlib import Path

import asyncpg
import httpx
import pytest

from goldenthread.contracts.secret import Secret
from goldenthread.contracts.topics import topics
from goldenthread.launcher import instance_file
from goldenthread.launcher.broker import Broker
from goldenthread.launcher.errors import LaunchError
from goldenthread.launcher.machine import Machine, Options
from goldenthread.launcher.ports import free_port
from goldenthread.launcher.postgres import Postgres
from goldenthread.launcher.supervisor import ComponentEnded, ComponentReady, SupervisorEvent
from goldenthread.launcher.topic_creation import ensure_topics
from goldenthread.launcher.topology import PROCESSES
from goldenthread.runtime.configuration.settings import DatabaseSettings, load
from goldenthread.runtime.configuration.small_files import read_secret
from goldenthread.runtime.identity.verifier import Verifier
from tests.integration.launcher.machines import TELLING, options, told
from tests.integration.launcher.process_liveness import runs
from tests.support.asgi_server import eventually
from tests.support.trusting import trusted


def seen(pid: int, what: str) -> bytes:
    return Path(f"/proc/{pid}/{what}").read_bytes()


async def test_no_secret_is_on_a_command_line_or_in_a_log_or_handed_on(
    new_data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = {"TOKEN": "swordfish", "POSTGRES": "postgresql://me:swordfish@h", "INTERNAL_PORT": "1", "INTERNAL_HOST": "h"}
    own |= {"SERVICE_CLIENT_SECRET": "swordfish", "SERVICE_TOKEN_FILE": "/nowhere", "DATABASE_URL_FILE": "/nowhere"}
    own |= {"HTTP_CERTIFICATE_FILE": "/nowhere", "HTTP_KEY_FILE": "/nowhere"}
    for name, value in own.items():
        monkeypatch.setenv(f"GOLDENTHREAD_{name}", value)
    async with Machine(options(new_data_dir)) as machine:
        instance = machine.instance
        variables = [await told(url) for url in instance.urls.values()]
        pids = [*instance.pids.values(), os.getpid()]
        lines = [seen(pid, "cmdline") for pid in pids]
        environments = [seen(pid, "environ") for pid in instance.pids.values()]
    password = (new_data_dir / "postgres.password").read_bytes()
    files = [Path(each.pop("GOLDENTHREAD_SERVICE_TOKEN_FILE")) for each in variables]
    tokens = [each.read_bytes() for each in files]
    assert {stat.S_IMODE(each.stat().st_mode) for each in files} == {0o600}
    logs = [each.read_bytes() for each in (new_data_dir / "logs").iterdir()]
    assert len(logs) >= 3
    assert len(lines) >= 7
    for secret in (password, *tokens):
        assert not any(secret in each for each in [*lines, *logs])
    assert not any(b"swordfish" in each for each in environments)
    assert not any(f"GOLDENTHREAD_{name}" in each for name in own for each in variables)
    assert not any(b"/nowhere" in each for each in environments)
    assert repr(instance).count("Secret('…')") == len(instance.databases) == 3


async def test_opentelemetrys_variables_are_handed_on_to_our_own_processes_alone(
    new_data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1")
    monkeypatch.setenv("OTEL_SERVICE_NAME", "acme")
    async with Machine(options(new_data_dir)) as machine:
        found = {name: seen(pid, "environ") for name, pid in machine.instance.pids.items()}
    names = {process.name for process in PROCESSES}
    assert found.keys() > names
    for name, variables in found.items():
        told_name = f"OTEL_SERVICE_NAME=acme-{name}".encode() in variables.split(b"\0")
        told_where = b"OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:1" in variables.split(b"\0")
        assert (told_name, told_where, b"OTEL_" in variables) == ((name in names,) * 3), name


async def test_a_password_that_breaks_its_url_is_not_quoted(data_dir: Path) -> None:
    machine = Machine(options(data_dir, postgres=Secret("postgresql://me:sword/fish@127.0.0.1:1/x")))
    with pytest.raises(LaunchError, match="write @ as %40") as refused:
        await machine.start()
    assert "fish" not in str(refused.value)
    assert "me:" not in str(refused.value)


async def test_an_instance_gives_every_process_what_its_settings_need_and_can_be_found(new_data_dir: Path) -> None:
    assert instance_file.find(new_data_dir) is None
    async with Machine(options(new_data_dir)) as machine:
        instance = machine.instance
        assert instance_file.find(new_data_dir) == instance
        assert stat.S_IMODE((new_data_dir / "instance.json").stat().st_mode) == 0o600
        assert set(instance.pids) == {"postgres", "broker", "goals", "alignment", "notifications", "gateway"}
        for name in ("goals", "alignment", "notifications"):
            settings = load(DatabaseSettings, await told(instance.urls[name]))
            assert instance.urls[name].endswith(f":{settings.http_port}")
            connection = await asyncpg.connect(settings.database_url.reveal())
            assert await connection.fetchval("SELECT current_database()") == name
            await connection.close()
        gateway = await told(instance.urls["gateway"])
        assert "GOLDENTHREAD_DATABASE_URL" not in gateway
        assert gateway["GOLDENTHREAD_GOALS_URL"] == instance.urls["goals"]
        assert gateway["GOLDENTHREAD_KAFKA_IDEMPOTENT"] == "false"
        assert gateway["GOLDENTHREAD_PARTITIONS"] == "3"
        await ensure_topics(gateway["GOLDENTHREAD_KAFKA"], topics(3))
        async with httpx.AsyncClient() as client:
            verifier = Verifier(client, [trusted(instance.issuer, audience=instance.audience)])
            own = read_secret(gateway["GOLDENTHREAD_SERVICE_TOKEN_FILE"]).reveal()
            assert (await verifier.caller(f"Bearer {own}")).service
            token = instance_file.issuer_of(new_data_dir, instance).person_token("ada", "org_1")
            assert not (await verifier.caller(f"Bearer {token}")).service
    assert instance_file.find(new_data_dir) is None


async def test_a_second_start_keeps_urls_and_data_and_a_second_instance_is_refused(data_dir: Path) -> None:
    chosen = options(data_dir)
    async with Machine(chosen) as first:
        before = first.instance
        connection = await asyncpg.connect(before.databases["goals"].reveal())
        await connection.execute("CREATE TABLE kept AS SELECT 7 AS number")
        await connection.close()
        with pytest.raises(LaunchError, match="in use by another running instance"):
            await Machine(chosen).start()
        assert instance_file.find(data_dir) == before
    async with Machine(chosen) as second:
        after = second.instance
        assert (after.urls, after.issuer, after.databases) == (before.urls, before.issuer, before.databases)
        connection = await asyncpg.connect(after.databases["goals"].reveal())
        assert await connection.fetchval("SELECT number FROM kept") == 7
        await connection.close()


async def test_instances_that_start_at_once_do_not_share_a_port(data_dir: Path) -> None:
    one, other = (Machine(Options(data_dir=data_dir / name, processes=TELLING)) for name in ("one", "other"))
    async with AsyncExitStack() as running:
        running.push_async_callback(one.stop)
        running.push_async_callback(other.stop)
        await asyncio.gather(one.start(), other.start())
        assert one.instance.graphql != other.instance.graphql
        for machine in (one, other):
            answered = await told(machine.instance.urls["gateway"])
            assert answered["GOLDENTHREAD_GOALS_URL"] == machine.instance.urls["goals"]


async def test_a_data_dir_that_cannot_be_used_is_said_in_words(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(LaunchError, match=r"file cannot be used: .*; choose another data dir"):
        await Machine(options(tmp_path / "file")).start()


async def test_killed_parts_come_back_under_the_same_address_and_the_instance_says_their_new_pids(
    data_dir: Path,
) -> None:
    heard: list[SupervisorEvent] = []
    async with Machine(options(data_dir), heard.append) as machine:
        before = machine.instance
        for name in ("broker", "postgres", "goals"):
            os.kill(before.pids[name], signal.SIGKILL)
        for name in ("broker", "postgres", "goals"):
            await eventually(lambda name=name: ComponentReady(name, 1) in heard)  # type: ignore[misc]
        assert {event.name for event in heard if isinstance(event, ComponentEnded)} == {"broker", "postgres", "goals"}
        after = instance_file.find(data_dir)
        assert after is not None
        assert all(after.pids[name] != before.pids[name] for name in ("broker", "postgres", "goals"))
        assert after.pids["gateway"] == before.pids["gateway"]
        await ensure_topics(before.kafka, topics(3))
        await (await asyncpg.connect(before.databases["alignment"].reveal())).close()
        assert await told(before.urls["goals"])


async def test_real_servers_can_take_the_place_of_the_embedded_ones(data_dir: Path) -> None:
    async with Postgres(data_dir / "theirs", databases=()) as server, Broker(data_dir / "theirs") as broker:
        chosen = options(data_dir / "ours", postgres=server.url(), kafka=broker.address)
        async with Machine(chosen) as machine:
            assert set(machine.instance.pids) == {"goals", "alignment", "notifications", "gateway"}
            goals = await told(machine.instance.urls["goals"])
            assert goals["GOLDENTHREAD_DATABASE_URL"] == server.url("goals").reveal()
            assert (goals["GOLDENTHREAD_KAFKA"], goals["GOLDENTHREAD_KAFKA_IDEMPOTENT"]) == (broker.address, "true")
            assert goals["GOLDENTHREAD_PARTITIONS"] == "12"
            await (await asyncpg.connect(goals["GOLDENTHREAD_DATABASE_URL"])).close()
        assert server.pid is not None


async def test_the_number_of_partitions_is_chosen_when_an_instance_is_made(data_dir: Path) -> None:
    async with Machine(options(data_dir, partitions=2)) as machine:
        assert (await told(machine.instance.urls["goals"]))["GOLDENTHREAD_PARTITIONS"] == "2"
    async with Machine(options(data_dir)) as machine:
        assert (await told(machine.instance.urls["goals"]))["GOLDENTHREAD_PARTITIONS"] == "2"
        await ensure_topics(machine.instance.kafka, topics(2))
    with pytest.raises(LaunchError, match="this instance has 2 partitions, not 12"):
        await Machine(options(data_dir, partitions=12)).start()
    assert instance_file.find(data_dir) is None
    (data_dir / "partitions").write_text("many")
    with pytest.raises(LaunchError, match="partitions is damaged"):
        await Machine(options(data_dir)).start()


async def test_an_unreachable_server_is_named_without_its_password(data_dir: Path) -> None:
    machine = Machine(options(data_dir, postgres=Secret("postgresql://me:secret@127.0.0.1:1/x")))
    with pytest.raises(LaunchError, match=r"127\.0\.0\.1:1") as refused:
        await machine.start()
    assert "secret" not in str(refused.value)
    assert instance_file.find(data_dir) is None


async def test_a_wished_port_that_is_taken_is_refused(data_dir: Path) -> None:
    taken = await asyncio.start_server(lambda reader, writer: writer.close(), "127.0.0.1", 0)
    async with taken:
        port = taken.sockets[0].getsockname()[1]
        with pytest.raises(LaunchError, match=f"port {port} is in use"):
            await Machine(Options(data_dir=data_dir, gateway_port=port, processes=TELLING)).start()


UP = """
import asyncio, pathlib, sys, uvloop
from goldenthread.launcher.machine import Machine, Options
from tests.integration.launcher.machines import TELLING
async def main():
    async with Machine(Options(pathlib.Path(sys.argv[1]), gateway_port=int(sys.argv[2]), processes=TELLING)) as machine:
        await machine.until_asked()
with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
    runner.run(main())
"""


async def test_after_a_killed_supervisor_the_next_start_has_the_same_urls_and_every_row(data_dir: Path) -> None:
    port = str(free_port())

    async def up() -> tuple[asyncio.subprocess.Process, instance_file.Instance]:
        supervisor = await asyncio.create_subprocess_exec(sys.executable, "-c", UP, str(data_dir), port)
        await eventually(lambda: supervisor.returncode is not None or instance_file.find(data_dir) is not None, 60)
        instance = instance_file.find(data_dir)
        assert instance is not None
        return supervisor, instance

    killed, before = await up()
    connection = await asyncpg.connect(before.databases["goals"].reveal())
    await connection.execute("CREATE TABLE kept AS SELECT 7 AS number")
    killed.kill()
    await killed.wait()
    assert instance_file.find(data_dir) is None
    stopped, after = await up()
    assert (after.urls, after.issuer, after.kafka, after.databases) == (
        before.urls,
        before.issuer,
        before.kafka,
        before.databases,
    )
    again = await asyncpg.connect(after.databases["goals"].reveal())
    assert await again.fetchval("SELECT number FROM kept") == 7
    stopped.terminate()
    assert await asyncio.wait_for(stopped.wait(), 30) == 0
    await eventually(lambda: not any(runs(pid) for pid in (*before.pids.values(), *after.pids.values())))
