"""Folders for what a benchmark keeps."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def temporary() -> Iterator[Path]:
    """A folder that is gone afterwards, with all that is in it.

    Every user can reach it: else PostgreSQL, which does not run as root, has its files elsewhere, and they stay.
    """
    with tempfile.TemporaryDirectory(prefix="goldenthread-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder
