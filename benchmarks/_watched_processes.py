"""What processes cost that others have started: seconds of a core, and memory (Linux)."""

from __future__ import annotations

import asyncio
import os
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from benchmarks._processor_time import child_running, seconds_of

_PROC = Path("/proc")
_TICKS = os.sysconf("SC_CLK_TCK")


class WatchedProcesses:
    """The processes of a running `goldenthread up`: ours, by name, and PostgreSQL with all its own."""

    def __init__(self, parent: int) -> None:
        modules = {"goals": "services.goals", "alignment": "services.alignment", "gateway": "gateway"}
        modules["notifications"] = "services.notifications"
        self.pids = {name: child_running(parent, module) for name, module in modules.items()}
        (self._postgres,) = (pid for pid in _children(parent) if _name(pid) == "postgres")

    def spent(self) -> dict[str, float]:
        """Seconds of a core so far, by name."""
        found = {name: seconds_of(pid) for name, pid in self.pids.items()}
        return found | {"postgres": sum(_seconds_with_ended(pid) for pid in self._of_postgres())}

    def memory(self) -> dict[str, float]:
        """Bytes that are resident, by name; of PostgreSQL those that are not shared."""
        found = {name: _status(pid, "VmRSS") for name, pid in self.pids.items()}
        return found | {"postgres": sum(_status(pid, "RssAnon") for pid in self._of_postgres())}

    async def cores(self, seconds: float) -> dict[str, float]:
        """The share of a core that each takes, over so many seconds."""
        before = self.spent()
        await asyncio.sleep(seconds)
        return {name: (spent - before[name]) / seconds for name, spent in self.spent().items()}

    def _of_postgres(self) -> list[int]:
        return [self._postgres, *_children(self._postgres)]


class ProcessCost(NamedTuple):
    """Seconds of a core, and bytes that are resident."""

    seconds: float
    memory: float


def cost_of(pid: int) -> ProcessCost:
    """What one process has cost so far."""
    return ProcessCost(seconds_of(pid), _status(pid, "VmRSS"))


def environment_of(pid: int) -> dict[str, str]:
    """The variables that a process was started with."""
    entries = (_PROC / str(pid) / "environ").read_text().split("\0")
    return dict(entry.split("=", 1) for entry in entries if "=" in entry)


def _children(parent: int) -> list[int]:
    found: list[int] = []
    for each in (_PROC / str(parent) / "task").glob("*/children"):
        with suppress(OSError):
            found += map(int, each.read_text().split())
    return found


def _name(pid: int) -> str:
    return (_PROC / str(pid) / "comm").read_text().strip()


def _seconds_with_ended(pid: int) -> float:
    """Also of its children that have ended."""
    with suppress(OSError):
        numbers = (_PROC / str(pid) / "stat").read_text().rpartition(") ")[2].split()
        return sum(map(int, numbers[11:15])) / _TICKS
    return 0.0


def _status(pid: int, field: str) -> float:
    with suppress(OSError):
        for line in (_PROC / str(pid) / "status").read_text().splitlines():
            if line.startswith(field + ":"):
                return int(line.split()[1]) * 1024.0
    return 0.0
