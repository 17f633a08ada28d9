"""Makes encryption keys: those of an instance, and further ones for rotation."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from goldenthread.launcher import private_file
from goldenthread.launcher.errors import LaunchError
from goldenthread.runtime.keys.key_file import EncryptionKey, KeyProblem, file_text, new_key, read_keys


def add_key(file: Path, purpose: str) -> EncryptionKey:
    """Put a new key first in the file, which is made if it is not there: it encrypts from then on, the others decrypt.

    Raises `LaunchError` for a file that is there and cannot be used, which stays as it is.
    """
    before = _keys(file)
    made = new_key(purpose, datetime.now(UTC))
    private_file.write(file, file_text([made, *before]))
    return made


def ensure_keys(file: Path, purposes: Iterable[str]) -> Path:
    """The file, with a key for each purpose: those that are missing are made. Raises `LaunchError`."""
    there = {each.purpose for each in _keys(file)}
    for purpose in purposes:
        if purpose not in there:
            add_key(file, purpose)
    return file


def _keys(file: Path) -> list[EncryptionKey]:
    try:
        return read_keys(str(file)) if file.exists() else []
    except KeyProblem as error:
        raise LaunchError(str(error)) from error
