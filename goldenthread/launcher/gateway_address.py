"""Where the gateway listens: an address of this machine, and a port that stays the same from one start to the next."""

from __future__ import annotations

import asyncio
import json
import socket
import time
from contextlib import ExitStack
from pathlib import Path

from goldenthread.launcher import private_file
from goldenthread.launcher.errors import LaunchError
from goldenthread.launcher.ports import claimed, free_ports, is_free, ports_of

USUAL_PORT = 8080
_REMEMBERED = "http"
_EVERY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "::1"}


def local(host: str) -> str:
    """The address at which this machine itself reaches a server that listens on `host`."""
    return _EVERY_ADDRESS.get(host, host)


def is_every(host: str) -> bool:
    """Whether a server on `host` listens on every address of this machine."""
    return host in _EVERY_ADDRESS


def url(host: str, port: int) -> str:
    """The URL of a server on `host`, as this machine itself reaches it."""
    reached = local(host)
    return f"http://[{reached}]:{port}" if ":" in reached else f"http://{reached}:{port}"


def check(host: str) -> None:
    """Raise LaunchError unless a server can listen on `host`."""
    try:
        if not host:
            raise OSError("it is empty")
        for family, kind, protocol, _, address in socket.getaddrinfo(host, 0, type=socket.SOCK_STREAM):
            with socket.socket(family, kind, protocol) as probe:
                probe.bind(address)
    except (OSError, UnicodeError) as error:
        hint = "name an address of this machine, or 0.0.0.0 for all of them"
        reason = getattr(error, "strerror", None) or error
        raise LaunchError(f"the gateway cannot listen on {host!r}: {reason}; {hint}") from error


async def gateway_port(file: Path, host: str, asked: int | None, held: ExitStack, patience: float = 5.0) -> int:
    """The port that was `asked` for, else the one `file` remembers, else the usual or a free one. `file` remembers it.

    Clients keep the URL, so a remembered port is waited for (the processes of a launcher that was just killed may still
    be ending), and never replaced by another one. Raises LaunchError when the port is in use. `held` keeps other
    instances of this user away from the port while it is open.
    """
    others = ports_of(file)
    remembered = others.pop(_REMEMBERED, None)
    wanted = asked or remembered
    if wanted is None:
        usual = held.enter_context(claimed(USUAL_PORT)) and is_free(USUAL_PORT, host)
        port = (
            USUAL_PORT if usual else next(each for each in free_ports(len(others) + 1) if each not in others.values())
        )
    elif wanted in others.values():
        raise LaunchError(
            f"port {wanted} belongs to another process of this instance; choose another one for the gateway"
        )
    elif held.enter_context(claimed(wanted)) and await _is_free(wanted, host, patience if wanted == remembered else 0):
        port = wanted
    elif asked is None:
        raise LaunchError(
            f"port {wanted}, where this instance was before, is in use: end what listens there, "
            "or give the instance another port with --http-port"
        )
    else:
        raise LaunchError(f"port {asked} is in use; choose another one for the gateway")
    private_file.write(file, json.dumps(others | {_REMEMBERED: port}, indent=2))
    return port


async def _is_free(port: int, host: str, patience: float) -> bool:
    deadline = time.monotonic() + patience
    while not is_free(port, host):
        if time.monotonic() >= deadline:
            return False
        await asyncio.sleep(0.05)
    return True
