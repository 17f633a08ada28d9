"""Whether a process still runs. One that has ended stays as a zombie for as long as its parent does not ask for it."""

from __future__ import annotations

import subprocess
from pathlib import Path


def runs(pid: int) -> bool:
    """True while the process runs; False for a zombie and for nobody's number."""
    return _state(pid) not in ("", "Z", "X")


def _state(pid: int) -> str:
    if Path("/proc/self").exists():
        try:
            return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            return ""
    shown = subprocess.run(["ps", "-o", "state=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return shown.stdout.strip()[:1]
