"""What a killed PostgreSQL, or a killed supervisor, left behind in a cluster's folder."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
from contextlib import suppress
from pathlib import Path

from goldenthread.launcher.errors import LaunchError


async def remove_stale_server(cluster: Path) -> None:
    """Leave the folder so that a server can start in it.

    Call it only while holding the data dir: a server that still runs there has then lost its supervisor, and is stopped
    (cleanly, so what it committed stays). A pid file that PostgreSQL would take for a running server's is removed:
    its number now belongs to another program, or to a server that ended and that nobody waits for (a zombie). Any other
    stale pid file PostgreSQL recognises by itself. Its sockets beside the folder, and their lock files, go too.
    """
    file = cluster / "postmaster.pid"
    pid = _pid(file)
    if pid is not None and _is_taken(pid):
        if _is_server_of(pid, cluster):
            await _stop(pid, cluster)
        file.unlink(missing_ok=True)
    for stale in cluster.parent.glob(".s.PGSQL.*"):  # sockets and their locks, which name a process just the same
        stale.unlink(missing_ok=True)


async def _stop(pid: int, cluster: Path) -> None:
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


def _is_taken(pid: int) -> bool:
    """Whether the number is a process's, be it one that has ended: what PostgreSQL goes by."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


async def _gone(pid: int, cluster: Path, seconds: float) -> bool:
    deadline = asyncio.get_running_loop().time() + seconds
    while _is_server_of(pid, cluster):  # not `_is_taken`: a zombie has ended
        if asyncio.get_running_loop().time() > deadline:
            return False
        await asyncio.sleep(0.02)
    return True


def _is_server_of(pid: int, cluster: Path) -> bool:
    """Whether the process is a PostgreSQL server in `cluster` (that is its current folder; a zombie has none)."""
    if Path("/proc/self").exists():
        try:
            return os.readlink(f"/proc/{pid}/cwd") == str(cluster.resolve())
        except OSError:
            return False
    shown = subprocess.run(["ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return "postgres" in shown.stdout and str(cluster) in shown.stdout
