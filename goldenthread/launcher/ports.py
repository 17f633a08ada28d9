"""Ports on the loopback interface: free ones, and the same ones again next time, so that URLs and tokens stay valid."""

from __future__ import annotations

import asyncio
import json
import os
import random
import socket
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import islice
from pathlib import Path

from goldenthread.launcher import private_file
from goldenthread.launcher.errors import LaunchError
from goldenthread.launcher.lock import hold

HOST = "127.0.0.1"


_LOWEST = 10_000
_OUTGOING = Path("/proc/sys/net/ipv4/ip_local_port_range")


def outgoing_ports() -> range:
    """The ports this system gives to outgoing connections (Linux says which; elsewhere those of RFC 6335)."""
    try:
        first, last = map(int, _OUTGOING.read_text().split())
    except (OSError, ValueError):
        first, last = 49_152, 65_535
    return range(first, last + 1)


def free_ports(count: int) -> list[int]:
    """`count` different ports that nobody listens on now.

    None of those outgoing connections are given, while there are others: what a server finds free now, any connection
    of anybody could have been given before it listens, or before it starts again.
    """
    outgoing = outgoing_ports()
    others = [port for port in range(_LOWEST, 65_536) if port not in outgoing]
    found = list(islice(filter(is_free, random.sample(others, len(others))), count))
    return found if len(found) == count else _given(count)


def _given(count: int) -> list[int]:
    with ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind((HOST, 0))
        return [int(one.getsockname()[1]) for one in sockets]


def free_port() -> int:
    """One port that nobody listens on now."""
    return free_ports(1)[0]


def is_free(port: int, host: str = HOST) -> bool:
    """Whether a server could listen on `port` now (ports in TIME_WAIT count as free, as they do for servers)."""
    try:
        for family, kind, protocol, _, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
            with socket.socket(family, kind, protocol) as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind(address)
    except OSError:
        return False
    return True


@contextmanager
def claimed(port: int) -> Iterator[bool]:
    """Whether `port` is left to us, for as long as the block lasts, by the other instances of this user.

    Between finding a port free and listening on it others find it free too; each would take the other's answers for
    those of its own process.
    """
    with ExitStack() as held:
        try:
            folder = Path(tempfile.gettempdir()) / f"goldenthread-ports-{os.getuid()}"
            held.enter_context(hold(folder / f"{port}.lock", patience=0))
        except LaunchError:
            yield False
        else:
            yield True


async def remembered_ports(file: Path, names: Iterable[str], patience: float = 5.0) -> dict[str, int]:
    """A port per name: the one `file` remembers while it is free, else a new one; `file` then remembers the answer.

    A remembered port that is taken is waited for: processes of a supervisor that was just killed may still be ending.
    """
    wanted = list(names)
    before = ports_of(file)
    deadline = time.monotonic() + patience
    while True:
        taken = {name for name in wanted if name in before and not is_free(before[name])}
        if not taken or time.monotonic() > deadline:
            break
        await asyncio.sleep(0.05)
    kept = {name: before[name] for name in wanted if name in before and name not in taken}
    fresh = iter(_avoiding(set(before.values()), len(wanted)))
    ports = {name: kept[name] if name in kept else next(fresh) for name in wanted}
    private_file.write(file, json.dumps(before | ports, indent=2))
    return ports


def _avoiding(taken: set[int], count: int) -> list[int]:
    return [port for port in free_ports(count + len(taken)) if port not in taken]


def ports_of(file: Path) -> dict[str, int]:
    """The ports that `file` remembers; none where it does not exist or cannot be read."""
    try:
        content = json.loads(file.read_text())
    except (OSError, ValueError):
        return {}
    ports = content.items() if isinstance(content, dict) else ()
    return {str(name): port for name, port in ports if isinstance(port, int) and 0 < port < 65536}
