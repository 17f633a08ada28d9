"""A node is lost without a word, in network namespaces: PostgreSQL misses the leader of a relay, and another leads.

Namespaces can be made by root with CAP_SYS_ADMIN and CAP_NET_ADMIN, and with `ip` of iproute2. Where they cannot, the
test is skipped and says so; `test_database_limits` sees the settings of every session in any case.
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from ipaddress import IPv4Address
from pathlib import Path

import asyncpg
import pytest

from goldenthread.contracts.secret import Secret
from goldenthread.launcher.broker import Broker
from goldenthread.launcher.child_process import spawn, stop
from goldenthread.launcher.databases import database_url
from goldenthread.launcher.issuer import Issuer
from goldenthread.launcher.ports import free_port
from goldenthread.launcher.postgres import Postgres
from goldenthread.launcher.postgres_location import prepare_location
from goldenthread.runtime.postgres.database import open_pool
from goldenthread.runtime.postgres.migrations import SHARED
from tests.integration.runtime.outbox.relays import everything_published, making, relaying
from tests.integration.runtime.outbox.streams import write
from tests.support.asgi_server import eventually

TAKEN_OVER_WITHIN = 40.0
"""Seconds: eleven until PostgreSQL misses somebody, and patience with a busy machine. By itself it takes two hours."""
NODE = f"gt-{os.getpid()}"
"""The name of the node's namespace, and the beginning of those of its devices."""
_NETWORK = IPv4Address("198.18.0.0") + os.getpid() % 2**15 * 4
SERVER, CLIENT = str(_NETWORK + 1), str(_NETWORK + 2)
"""Addresses that the internet does not use (RFC 2544), others in each process: one that is killed leaves its own."""


def ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True, timeout=10)


@pytest.fixture
def node() -> Iterator[str]:
    """A namespace with a network device of its own, whose other end is this machine's."""
    try:
        ip("netns", "add", NODE)
    except (OSError, subprocess.SubprocessError) as error:
        pytest.skip(f"network namespaces cannot be made here: {error}")
    try:
        ip("link", "add", f"{NODE}a", "type", "veth", "peer", "name", f"{NODE}b", "netns", NODE)
        ip("addr", "add", f"{SERVER}/30", "dev", f"{NODE}a")
        ip("link", "set", f"{NODE}a", "up")
        ip("-n", NODE, "addr", "add", f"{CLIENT}/30", "dev", f"{NODE}b")
        ip("-n", NODE, "link", "set", f"{NODE}b", "up")
        yield NODE
    finally:
        ip("netns", "del", NODE)


@asynccontextmanager
async def reachable_postgres(folder: Path) -> AsyncIterator[Secret]:
    """The URL of a PostgreSQL that listens on `SERVER`, too."""
    async with Postgres(folder, databases=["lost"]) as once:
        password = once.url("lost").reveal().rpartition("@")[0]
    place, port = prepare_location(folder), free_port()
    with (place.folder / "cluster" / "pg_hba.conf").open("a") as rules:
        rules.write(f"host all all {CLIENT}/32 scram-sha-256\nhost all all {SERVER}/32 scram-sha-256\n")
    server, data = place.programs / "postgres", place.folder / "cluster"
    command: list[str | Path] = [server, "-D", data, "-h", SERVER, "-p", str(port), "-k", ""]
    process = await spawn(command, log=folder / "logs" / "reachable.log", cwd=Path("/"), account=place.account)
    url = database_url(Secret(f"{password}@{SERVER}:{port}"), "lost")
    try:
        await eventually(lambda: answers(url))
        yield url
    finally:
        await stop(process, signal.SIGINT, patience=10)


async def answers(url: Secret) -> bool:
    try:
        connection = await asyncpg.connect(url.reveal(), timeout=2)
    except (OSError, asyncpg.CannotConnectNowError):
        return False
    await connection.close()
    return True


@asynccontextmanager
async def leader(node: str, url: Secret) -> AsyncIterator[None]:
    """A process on the node that leads."""
    command = ["ip", "netns", "exec", node, sys.executable, "-m", "tests.integration.runtime.outbox.leader_child"]
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe)
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        process.stdin.write(f"{url.reveal()}\n".encode())
        async with asyncio.timeout(30):
            assert await process.stdout.readline() == b"leads\n"
        yield
    finally:
        process.kill()
        await process.wait()


async def test_another_process_publishes_when_the_node_of_the_leader_is_lost(
    node: str, place: Path, broker: Broker, issuer: Issuer
) -> None:
    async with (
        reachable_postgres(place / "lost-node") as url,
        open_pool(url, 4, SHARED) as pool,
        leader(node, url),
        relaying(pool, making(broker.address, issuer)),
    ):
        ip("-n", node, "link", "set", f"{NODE}b", "down")
        cut = time.monotonic()
        await write(pool, "org_lost", 3)
        await eventually(lambda: everything_published(pool), TAKEN_OVER_WITHIN)
        assert time.monotonic() - cut > 2, "it led until it was missed"
