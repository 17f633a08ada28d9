"""What a killed PostgreSQL, or a killed supervisor, left behind in a cluster's folder."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
from contextlib import suppress
from pathlib import Path

from goldenthread.launcher.errors import LaunchError


async def clear(cluster: Path) -> None:
    """Leave the folder so that a server can start in it.

    Call it only while holding the data dir: a server that still runs there has then lost its supervisor, and is stopped
    (cleanly, so what it committed stays). A pid file whose number now belongs to another program, which PostgreSQL
    itself would take for a running server, is removed. Any other stale pid file PostgreSQL recognises by itself.
    """
    file = cluster / "postmaster.pid"
    pid = _pid(file)
    if pid is None or not _alive(pid):
        return
    if not _is_server_of(pid, cluster):
        file.unlink(missing_ok=True)
        return
    for how, seconds in ((signal.SIGINT, 20.0), (signal.SIGQUIT, 10.0)):
        with suppress(ProcessLookupError):
            os.kill(pid, how)
        if await _gone(pid, cluster, seconds):
            return
    raise LaunchError(f"a PostgreSQL server (process {pid}) still runs in {cluster} and does not stop")


def _pid(file: Path) -> int | None:
    try:
        return int(file.read_text().split("\n", 1)[0])
    except (OSError, ValueError):
        return None


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


async def _gone(pid: int, cluster: Path, seconds: float) -> bool:
    deadline = asyncio.get_running_loop().time() + seconds
    while _is_server_of(pid, cluster):  # not `_alive`: a process that nobody waits for stays as a zombie
        if asyncio.get_running_loop().time() > deadline:
            return False
        await asyncio.sleep(0.02)
    return True


def _is_server_of(pid: int, cluster: Path) -> bool:
    """Whether the process is a PostgreSQL server in `cluster` (a server's current folder is its cluster)."""
    if Path("/proc/self").exists():
        try:
            return os.readlink(f"/proc/{pid}/cwd") == str(cluster.resolve())
        except OSError:
            return False
    shown = subprocess.run(["ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return "postgres" in shown.stdout and str(cluster) in shown.stdout
