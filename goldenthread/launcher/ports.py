"""Ports on the loopback interface: free ones, and the same ones again next time, so that URLs and tokens stay valid."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path

HOST = "127.0.0.1"


def free_ports(count: int) -> list[int]:
    """`count` different ports that nobody listens on now."""
    with ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind((HOST, 0))
        return [int(one.getsockname()[1]) for one in sockets]


def free_port() -> int:
    """One port that nobody listens on now."""
    return free_ports(1)[0]


def is_free(port: int) -> bool:
    """Whether a server could listen on `port` now (ports in TIME_WAIT count as free, as they do for servers)."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
        return True


def remembered_ports(file: Path, names: Iterable[str]) -> dict[str, int]:
    """A port per name: the one `file` remembers while it is free, else a new one; `file` then remembers the answer."""
    wanted = list(names)
    before = _read(file)
    kept = {name: port for name, port in before.items() if name in wanted and is_free(port)}
    fresh = iter(_avoiding(set(kept.values()), len(wanted)))
    ports = {name: kept[name] if name in kept else next(fresh) for name in wanted}
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(before | ports, indent=2))
    return ports


def _avoiding(taken: set[int], count: int) -> list[int]:
    return [port for port in free_ports(count + len(taken)) if port not in taken]


def _read(file: Path) -> dict[str, int]:
    try:
        content = json.loads(file.read_text())
    except (OSError, ValueError):
        return {}
    ports = content.items() if isinstance(content, dict) else ()
    return {str(name): port for name, port in ports if isinstance(port, int) and 0 < port < 65536}
