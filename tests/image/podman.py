"""Runs containers as they are rendered, in the image that `build.sh` built: with podman, on this machine's network."""

from __future__ import annotations

import asyncio
import os
import subprocess
import uuid
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from tests.deploy.containers import Run, room
from tests.deploy.manifests import Container, at

IMAGE = "localhost/goldenthread:check"
PODMAN = Path(__file__).with_name("podman.sh")
_LIMITS = ("--cgroups=disabled", "--ulimit=nofile=4096:4096", "--ulimit=nproc=4096:4096")
"""Memory is not limited: that takes cgroups, which not every machine lets us have."""
_CONFINED = (
    "--runtime=crun",
    "--network=host",
    "--pull=never",
    "--read-only",
    "--read-only-tmpfs=false",
    "--security-opt=no-new-privileges",
    "--cap-drop=all",
)
_MORE = {"NUMBA_DEBUG_CACHE": "1"}
"""numba says on standard output what it loads and what it compiles."""


def podman(*arguments: str) -> str:
    """What a command of podman prints; fails with its words."""
    done = subprocess.run([PODMAN, *arguments], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, f"{arguments}: {done.stderr}"
    return done.stdout


def in_image(*command: str) -> str:
    """What a command prints that runs in the image, with a root that is read-only, and a small /tmp."""
    return podman("run", "--rm", *_LIMITS, *_CONFINED, "--user=10001:10001", "--tmpfs=/tmp:size=64m", IMAGE, *command)


@asynccontextmanager
async def run(container: Container, told: Mapping[str, str], folder: Path) -> AsyncIterator[Run]:
    """As `tests.deploy.containers.run`: the container's command with the variables it is `told`, until the end of the
    block. `folder`, where the files of its mounts are, lies at the same place in it. The kubelet gives them its group.
    """
    context, name = container.pod.spec["securityContext"], f"goldenthread-{uuid.uuid4().hex}"
    _readable(folder, context["fsGroup"])
    variables = {**told, **_MORE}
    options = [
        f"--name={name}",
        f"--user={context['runAsUser']}:{context['runAsGroup']}",
        f"--tmpfs=/tmp:size={room(container)},mode=1777",
        f"--volume={folder}:{folder}:ro",
        *(f"--env={key}" for key in variables),
    ]
    _as_here(container)
    log = folder.with_name(f"{folder.name}.log")
    try:
        with log.open("wb") as output:
            process = await asyncio.create_subprocess_exec(
                *(str(PODMAN), "run", "--rm", *_LIMITS, *_CONFINED, *options, IMAGE, *container.command),
                env={**os.environ, **variables},
                stdout=output,
                stderr=output,
            )
        yield Run(process, log)
    finally:
        podman("rm", "--force", "--ignore", "--time=0", name)
        await process.wait()


def _readable(folder: Path, group: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for each in (folder, *folder.rglob("*")):
        os.chown(each, -1, group)
        each.chmod(0o750 if each.is_dir() else 0o440)


def _as_here(container: Container) -> None:
    """What podman is told here is what the manifest says."""
    context = at(container.body, "securityContext", default={})
    assert context["readOnlyRootFilesystem"] is True
    assert context["allowPrivilegeEscalation"] is False
    assert context["capabilities"] == {"drop": ["ALL"]}
