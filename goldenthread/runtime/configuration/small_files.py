"""Small files that an operator gives: secrets, tokens, certificates. Each is read with a bound."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from goldenthread.contracts.secret import Secret

LONGEST = 64 * 1024
"""Bytes that are read of a file, at most, unless its reader says more. A longer one is some other file."""


class UnreadableFile(ValueError):
    """Why a file cannot be used. The text names the file and quotes nothing of what is in it."""


def read(path: str | Path, longest: int = LONGEST) -> bytes:
    """The content of a regular file of at most `longest` bytes. Raises `UnreadableFile`."""
    try:
        with open(
            os.open(path, os.O_RDONLY | os.O_NONBLOCK), "rb"
        ) as file:  # a pipe that nobody writes holds up nobody
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise UnreadableFile(f"{path} is no regular file")
            content = file.read(longest + 1)
    except OSError as error:
        raise UnreadableFile(f"{path} cannot be read: {error.strerror or error}") from error
    except ValueError as error:
        raise error if isinstance(error, UnreadableFile) else UnreadableFile(f"{path!r} is no path") from error
    if len(content) > longest:
        raise UnreadableFile(f"{path} is longer than {longest} bytes")
    return content


def read_secret(path: str | Path) -> Secret:
    """The text of a file, without the line break at its end. Raises `UnreadableFile`, also for an empty file."""
    try:
        text = read(path).decode("utf-8").rstrip("\r\n")
    except UnicodeDecodeError:
        raise UnreadableFile(f"{path} is not text in UTF-8") from None  # the error would quote it
    if not text:
        raise UnreadableFile(f"{path} is empty")
    return Secret(text)
