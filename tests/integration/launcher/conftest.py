from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from goldenthread.launcher.postgres import Postgres


@pytest.fixture
def new_data_dir() -> Iterator[Path]:
    """An empty data dir that every user can reach (pytest's own are private to who runs the tests)."""
    with _reachable() as folder:
        yield folder


@pytest.fixture(scope="session")
async def used_data_dir() -> AsyncIterator[Path]:
    """A data dir whose server has run once and holds the services' empty databases."""
    with _reachable() as folder:
        async with Postgres(folder):
            pass
        yield folder


@pytest.fixture
def data_dir(used_data_dir: Path, new_data_dir: Path) -> Path:
    """A copy of a used data dir: cheaper than a new one."""
    subprocess.run(["cp", "-a", f"{used_data_dir}/.", str(new_data_dir)], check=True)
    return new_data_dir


@contextmanager
def _reachable() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="goldenthread-"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)
