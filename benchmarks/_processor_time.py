"""How much processor time other processes have used (Linux)."""

from __future__ import annotations

import os
from pathlib import Path

_PROC = Path("/proc")


def seconds_of(pid: int) -> float:
    """Seconds of a core that a process has used so far; 0 where the system does not tell."""
    told = _PROC / str(pid) / "stat"
    if not told.exists():
        return 0.0
    user, system = told.read_text().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def child_running(parent: int, module: str) -> int:
    """The child of a process that runs `python -m MODULE`. Raises ValueError unless there is one."""
    (found,) = (pid for pid in _children(parent) if module in _command(pid))
    return found


def _children(parent: int) -> list[int]:
    threads = (_PROC / str(parent) / "task").glob("*/children")
    return [int(pid) for each in threads for pid in each.read_text().split()]


def _command(pid: int) -> list[str]:
    return (_PROC / str(pid) / "cmdline").read_text().split("\0")
