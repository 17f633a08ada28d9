"""How much processor time other processes have used (Linux)."""

from __future__ import annotations

from pathlib import Path
from time import clock_gettime

_PROC = Path("/proc")
_SCHEDULED = 2
"""Which of a process's clocks: what the scheduler gave it (Linux numbers them so, see `clock_getcpuclockid`)."""


def seconds_of(pid: int) -> float:
    """Seconds of a core that a process has used so far, in all of its threads; 0 where the system does not tell.

    Read from the process's clock, to the nanosecond: `/proc` counts in steps of 10 ms, and guesses where the machine is
    busy. Raises ProcessLookupError when there is no such process.
    """
    if not _PROC.exists():
        return 0.0
    try:
        return clock_gettime(~pid << 3 | _SCHEDULED)
    except OSError as error:
        raise ProcessLookupError(f"no process {pid}") from error


def child_running(parent: int, module: str) -> int:
    """The child of a process that runs `python -m MODULE`. Raises ValueError unless there is one."""
    (found,) = (pid for pid in children_of(parent) if module in _command(pid))
    return found


def children_of(parent: int) -> list[int]:
    """The processes that a process has started and that have not ended."""
    threads = (_PROC / str(parent) / "task").glob("*/children")
    return [int(pid) for each in threads for pid in each.read_text().split()]


def _command(pid: int) -> list[str]:
    return (_PROC / str(pid) / "cmdline").read_text().split("\0")
