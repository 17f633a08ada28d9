"""Child processes: each in a session of its own, logging to a file, and ended by the kernel if we die first.

A session of its own keeps Ctrl-C in a terminal from reaching the children before the supervisor stops them in order.
The death signal (`prctl(PR_SET_PDEATHSIG)`) exists on Linux only; elsewhere a child of a killed supervisor lives on,
and the next start deals with it (see `postgres`).
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import os
import signal
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from goldenthread.launcher.otel_variables import PREFIX
from goldenthread.runtime.observability.log_file import is_long, older_file, rename_older

_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None
_NOT_HANDED_ON = (
    *("TOKEN", "POSTGRES", "INTERNAL_PORT", "INTERNAL_HOST", "LOG_FILE"),
    *("HTTP_CERTIFICATE_FILE", "HTTP_KEY_FILE"),
    *("DATABASE_URL_FILE", "SERVICE_TOKEN", "SERVICE_TOKEN_FILE", "SERVICE_CLIENT_ID", "SERVICE_CLIENT_SECRET"),
    *("SERVICE_CLIENT_SECRET_FILE", "SERVICE_SCOPE"),
)
"""Variables (`GOLDENTHREAD_…`) that are the command's own secrets, or cannot be right for several processes at once."""


class Account(NamedTuple):
    """A user to run a child as."""

    uid: int
    gid: int


async def spawn(
    command: Sequence[str | Path],
    *,
    log: Path,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    account: Account | None = None,
    if_parent_dies: signal.Signals = signal.SIGTERM,
) -> asyncio.subprocess.Process:
    """Start `command`; its output is appended to `log`, its input is empty. `env` is added to what we hand on of ours.

    Secrets go by `env`: everybody on the machine sees the command.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    _begin_another_if_long(log)
    with log.open("ab") as output:
        return await asyncio.create_subprocess_exec(
            *map(str, command),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=_handed_on() | dict(env or {}),
            cwd=cwd,
            preexec_fn=_before_exec(os.getpid(), account, if_parent_dies),
        )


async def stop(process: asyncio.subprocess.Process, how: signal.Signals, patience: float) -> int:
    """Ask with signal `how`; after `patience` seconds kill the process and its group. Returns the exit code."""
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(how)
        try:
            await asyncio.wait_for(process.wait(), patience)
        except TimeoutError:
            kill(process)
    return await process.wait()


def kill(process: asyncio.subprocess.Process | None) -> None:
    """Kill a process and its group at once, also a stopped one; harmless when it has ended or never began."""
    if process is not None and process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


async def end_group(process: asyncio.subprocess.Process, patience: float = 5.0) -> None:
    """Kill a process and all of its session that still run; returns when they have ended."""
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):  # nobody is left (or, on macOS, only zombies)
            break
        await asyncio.sleep(0.01)
    await process.wait()


def _handed_on() -> dict[str, str]:
    ours = {f"GOLDENTHREAD_{name}" for name in _NOT_HANDED_ON}
    return {name: value for name, value in os.environ.items() if name not in ours and not name.startswith(PREFIX)}


def _before_exec(parent: int, account: Account | None, death: signal.Signals) -> Callable[[], None]:
    def prepare() -> None:
        os.setsid()
        if account is not None:
            os.setgroups([])
            os.setgid(account.gid)
            os.setuid(account.uid)
            os.umask(0o077)
        if _LIBC is not None:  # after setuid, which clears it
            _LIBC.prctl(_PR_SET_PDEATHSIG, int(death))
            if os.getppid() != parent:
                os._exit(1)

    return prepare


def _begin_another_if_long(log: Path) -> None:
    if is_long(log):
        rename_older(log)
        log.replace(older_file(log, 1))
