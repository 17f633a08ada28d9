"""A lock file: held by a living process or by nobody, whatever crashed."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from goldenthread.launcher.errors import LaunchError


@contextmanager
def hold(file: Path, patience: float = 1.0) -> Iterator[None]:
    """Hold `file` alone; refuses when somebody else holds it for longer than `patience` seconds.

    The kernel lets go when the process ends, so there is no stale lock and no process id to mistrust.
    """
    descriptor = _open(file)
    try:
        if not _acquire(descriptor, patience):
            raise LaunchError(
                f"{file.parent} is in use by another running instance; stop that one, or choose another --data-dir"
            )
        yield
    finally:
        os.close(descriptor)


def is_held(file: Path) -> bool:
    """Whether somebody holds `file` now."""
    with suppress(FileNotFoundError):
        descriptor = os.open(file, os.O_RDONLY | os.O_CLOEXEC)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(descriptor)
    return False


def _open(file: Path) -> int:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        return os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise LaunchError(f"{file.parent} cannot be used: {error.strerror}; choose another data dir") from error


def _acquire(descriptor: int, patience: float) -> bool:
    deadline = time.monotonic() + patience
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                return False
            time.sleep(0.02)
        else:
            return True
