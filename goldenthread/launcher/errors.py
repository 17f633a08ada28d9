"""What can go wrong while starting, said so that a person can act on it."""

from __future__ import annotations

from pathlib import Path


class LaunchError(Exception):
    """Something could not be started. The message says what, why and where to look."""


def tail(log: Path, lines: int = 12) -> str:
    """The last lines of a log file, indented; empty when there is none."""
    if not log.is_file():
        return ""
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - 64_000))
        last = file.read().decode(errors="replace").splitlines()[-lines:]
    return "\n".join(f"    {line}" for line in last)


def ended_too_early(name: str, code: int | None, log: Path) -> LaunchError:
    """The error for a process that ended before it was ready."""
    return LaunchError(f"{name} ended with code {code} before it was ready; the end of {log}:\n{tail(log)}")


def not_ready(name: str, seconds: float, log: Path) -> LaunchError:
    """The error for a process that lives but was not ready in time."""
    return LaunchError(f"{name} was not ready after {seconds:.0f} s; the end of {log}:\n{tail(log)}")
