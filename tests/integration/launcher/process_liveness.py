"""Whether a process still runs. One that has ended stays as a zombie for as long as its parent does not ask for it."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

from tests.support.asgi_server import eventually


def runs(pid: int) -> bool:
    """True while the process runs; False for a zombie and for nobody's number."""
    return _state(pid) not in ("", "Z", "X")


async def suspend(pid: int) -> None:
    """Stop a process (SIGSTOP); returns when each of its threads has stopped. Until then it may still answer."""
    os.kill(pid, signal.SIGSTOP)
    await eventually(lambda: all(_state(each) in ("T", "") for each in _threads(pid)))


def _threads(pid: int) -> list[int]:
    folder = Path(f"/proc/{pid}/task")
    return [int(each.name) for each in folder.iterdir()] if folder.is_dir() else [pid]


def _state(pid: int) -> str:
    if Path("/proc/self").exists():
        try:
            return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            return ""
    shown = subprocess.run(["ps", "-o", "state=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return shown.stdout.strip()[:1]
