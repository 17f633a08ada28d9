"""The `Dockerfile` and the `.dockerignore`, read: which instructions there are, and which files a build is sent."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import NamedTuple

from tests.deploy.kustomize import DEPLOY

ROOT = DEPLOY.parents[1]


class Instruction(NamedTuple):
    """One instruction: `word` is COPY, RUN and so on; `stage` counts the FROM before it."""

    stage: int
    word: str
    text: str


def instructions() -> list[Instruction]:
    """All of them, in order, with continued lines joined."""
    lines = [line for line in (ROOT / "Dockerfile").read_text().splitlines() if not line.lstrip().startswith("#")]
    found, stage = list[Instruction](), -1
    for line in re.sub(r"\\\n\s*", "", "\n".join(lines)).splitlines():
        word, _, text = line.partition(" ")
        if word:
            stage += word == "FROM"
            found.append(Instruction(stage, word, text.strip()))
    return found


def copied() -> set[str]:
    """What is taken from the folder of the build: by COPY, or mounted while a command runs."""
    by_copy = [each.text.split()[:-1] for each in instructions() if each.word == "COPY" and "--from" not in each.text]
    mounted = [re.findall(r"type=bind,source=([^,\s]+)", each.text) for each in instructions() if each.word == "RUN"]
    return {name for names in (*by_copy, *mounted) for name in names}


def let_through() -> list[str]:
    """What the `.dockerignore` lets through: the names behind its `!`, after `*`."""
    lines = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line and not line.startswith("#")]
    assert lines[0] == "*", "everything is left out first"
    return [line.removeprefix("!") for line in lines if line.startswith("!")]


def context() -> list[Path]:
    """The files of the repository that a build is sent."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *let_through()],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return [ROOT / name for name in listed.stdout.splitlines()]
