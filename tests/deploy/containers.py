"""Runs containers as they are rendered, without containers: their command, their environment and nothing else of ours.

They may write to what stands for their `/tmp` alone, where this machine allows it (Linux, mount namespaces).
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path

from tests.deploy.manifests import Container, at
from tests.deploy.quantities import bytes_of

_ISOLATED = Path(__file__).with_name("isolated.sh")
_BESIDE = Path(sys.executable).parent
_HOME = "/"
"""Of a user that no list of users has, as in the image."""


class Run:
    """A container that runs: a process, and where its output is."""

    def __init__(self, process: asyncio.subprocess.Process, log: Path) -> None:
        self.process, self.log = process, log

    async def ended(self, seconds: float) -> int:
        """Its exit code, once it has ended; fails with its output when that takes longer."""
        try:
            async with asyncio.timeout(seconds):
                return await self.process.wait()
        except TimeoutError:
            raise AssertionError(f"it did not end within {seconds:g} s:\n{self.output()}") from None

    def output(self) -> str:
        """The end of what it wrote."""
        return self.log.read_text(errors="replace")[-4000:]


@asynccontextmanager
async def run(container: Container, told: Mapping[str, str], folder: Path) -> AsyncIterator[Run]:
    """The container's command with the variables it is `told`, until the end of the block; `folder` is for it alone."""
    temporary, log = folder / "tmp", folder / "log"
    temporary.mkdir(parents=True)
    environment = {"PATH": f"{_BESIDE}:{os.defpath}", "HOME": _HOME, "TMPDIR": str(temporary), **told}
    command = [str(_BESIDE / container.command[0]), *container.command[1:]]
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            *_isolation(temporary, room(container)), *command, env=environment, cwd="/", stdout=output, stderr=output
        )
    try:
        yield Run(process, log)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


def room(container: Container) -> int:
    """The bytes that fit into its `/tmp`."""
    (mount,) = [each for each in container.mounts if each["mountPath"] == "/tmp"]
    return bytes_of(at(container.pod.volume(mount["name"]), "emptyDir", "sizeLimit"))


@cache
def isolates() -> bool:
    """Whether this machine lets us make everything read-only for a process: it has mount namespaces, for us too."""
    with tempfile.TemporaryDirectory() as folder:
        command = [*_unshare(), "sh", str(_ISOLATED), folder, "65536", sys.executable, "-c", ""]
        try:
            done = subprocess.run(command, capture_output=True, timeout=20, env={**os.environ, "HOME": _HOME})
        except OSError:
            return False
    return done.returncode == 0


def _isolation(temporary: Path, size: int) -> list[str]:
    return [*_unshare(), "sh", str(_ISOLATED), str(temporary), str(size)] if isolates() else []


def _unshare() -> list[str]:
    return ["unshare", "--mount", *([] if os.geteuid() == 0 else ["--map-root-user"]), "--"]
