"""What a process of an instance takes of the machine."""

from __future__ import annotations

from pathlib import Path


def megabytes(pid: int) -> float:
    """The memory a process has resident now, in MiB."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise AssertionError(f"process {pid} has no memory of its own")
