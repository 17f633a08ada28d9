from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def data_dir() -> Iterator[Path]:
    """A data dir that every user can reach (pytest's own are private to who runs the tests)."""
    folder = Path(tempfile.mkdtemp(prefix="goldenthread-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)
