"""The collector's program, built once from Go modules into a cache that git ignores. It takes some minutes.

Whatever is missing is an error that says so: nobody who asked for a collector is told that all is well without it.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

VERSION = "0.165.0"
_BUILDER = f"go.opentelemetry.io/collector/cmd/builder@v{VERSION}"
_PARTS = Path(__file__).with_name("builder.yaml")
_CACHE = Path(__file__).parents[3] / ".cache" / "collector"
_PATIENCE = 3_600


class CollectorUnavailable(Exception):
    """The collector cannot be built here; says what is missing."""


def collector_binary(cache: Path = _CACHE) -> Path:
    """The program. Raises CollectorUnavailable."""
    parts = hashlib.sha256(_PARTS.read_bytes()).hexdigest()[:12]
    program = cache / f"collector-{VERSION}-{parts}"
    if not program.is_file():
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache) as making:
            _built(Path(making)).rename(program)
    return program


def _built(place: Path) -> Path:
    """Beside the final name, so that an interrupted run leaves no half program."""
    go = shutil.which("go")
    if go is None:
        raise CollectorUnavailable("the collector is built by Go; no `go` was found")
    _run([go, "install", _BUILDER], place)
    shutil.copy(_PARTS, place)
    _run([place / "builder", "--config", _PARTS.name], place)
    return place / "build" / "collector"


def _run(command: list[str | Path], place: Path) -> None:
    told = {**os.environ, "GOBIN": str(place)}
    ran = subprocess.run(command, cwd=place, env=told, capture_output=True, text=True, check=False, timeout=_PATIENCE)
    if ran.returncode:
        raise CollectorUnavailable(f"{command[0]} failed:\n{ran.stdout}{ran.stderr}")
