"""Files that only their owner can read, and that are never half written."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from pathlib import Path


def write(file: Path, text: str) -> None:
    """Replace the file's content at once: a reader, or a crash, meets the old text or the new one."""
    file.parent.mkdir(parents=True, exist_ok=True)
    making = file.with_name(f"{file.name}.{secrets.token_hex(4)}")
    try:
        with os.fdopen(os.open(making, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as output:
            output.write(text)
            output.flush()
            os.fsync(output.fileno())
        making.replace(file)
    except BaseException:
        making.unlink(missing_ok=True)  # on a disk that is full it is tried again and again
        raise


def read_or_create(file: Path, make: Callable[[], str]) -> str:
    """What the file says; made and written when it does not exist yet."""
    if not file.exists():
        write(file, make())
    return file.read_text()
