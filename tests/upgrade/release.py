"""The release before: its wheel, and dumps of databases that it filled. `replace.py` makes all of it."""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from email.parser import HeaderParser
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
from packaging.requirements import Requirement

from tests.upgrade.lent_engine import lend_engine

FOLDER = Path(__file__).parent / "release"
DATABASES = ("goals", "alignment", "notifications")
KEYS, STORY = "keys.json", "story.json"


class Dumped(msgspec.Struct, frozen=True):
    """What `release.toml` says of the release before."""

    tag: str
    commit: str
    made: datetime
    """When the databases were filled."""
    wheel: str
    sha256: dict[str, str]
    """Of every file in the folder."""
    known_errors: list[str] = []
    """Names of exceptions by which this release is known to fail sometimes, because of a bug that is mended since."""


def read(folder: Path = FOLDER) -> Dumped:
    """What the folder says that it has."""
    return msgspec.convert(tomllib.loads((folder / "release.toml").read_text()), Dumped)


def sha256(file: Path) -> str:
    """The hash of a file, in hexadecimal."""
    return hashlib.sha256(file.read_bytes()).hexdigest()


def story(folder: Path = FOLDER) -> dict[str, Any]:
    """What `release_story.py` wrote down while it filled the databases."""
    return dict(json.loads((folder / STORY).read_text()))


def missing_dependencies(wheel: Path, extras: frozenset[str] = frozenset({"embedded"})) -> list[str]:
    """A sentence for each requirement of the wheel that this environment does not satisfy."""
    return [sentence for each in _requirements(wheel, extras) if (sentence := _unsatisfied(each))]


def _requirements(wheel: Path, extras: frozenset[str]) -> Iterator[Requirement]:
    with zipfile.ZipFile(wheel) as files:
        (name,) = [each for each in files.namelist() if each.endswith(".dist-info/METADATA")]
        metadata = HeaderParser().parsestr(files.read(name).decode())
    for text in metadata.get_all("Requires-Dist", []):
        required = Requirement(text)
        if required.marker is None or any(required.marker.evaluate({"extra": extra}) for extra in ("", *extras)):
            yield required


def _unsatisfied(required: Requirement) -> str | None:
    try:
        installed = importlib.metadata.version(required.name)
    except importlib.metadata.PackageNotFoundError:
        return f"the release before needs {required}, which is not installed"
    if required.specifier.contains(installed, prereleases=True):
        return None
    return f"the release before needs {required}, and {installed} is installed"


@dataclass(frozen=True)
class ReleaseCode:
    """The unpacked wheel of the release before. Its processes run in this environment, with its code before ours."""

    folder: Path

    @classmethod
    def unpacked(cls, wheel: Path, folder: Path) -> ReleaseCode:
        """Unpack `wheel` into `folder`. Fails with a sentence where its dependencies are not satisfied."""
        missing = missing_dependencies(wheel)
        assert not missing, f"{'; '.join(missing)}. Make the files of a newer release (python -m tests.upgrade.replace)"
        with zipfile.ZipFile(wheel) as files:
            files.extractall(folder)
        lend_engine(folder)
        return cls(folder)

    @property
    def variables(self) -> dict[str, str]:
        """What makes a process run this code."""
        return {"PYTHONPATH": str(self.folder)}

    @property
    def command_line(self) -> tuple[str, ...]:
        """Its `goldenthread`."""
        return (sys.executable, "-P", "-c", "from goldenthread.cli import main; main()")

    def processes(self, wiring: Mapping[str, Any], tokens: Mapping[str, str]) -> dict[str, RunnableProcess]:
        """How its own launcher would run its processes: the command and the environment of each, by name."""
        asked = json.dumps({"wiring": dict(wiring), "tokens": dict(tokens)})
        said = subprocess.run(
            (sys.executable, "-P", "-c", _SAYS), input=asked, env=self.variables, capture_output=True, text=True
        )
        assert said.returncode == 0, said.stderr
        found = msgspec.json.decode(said.stdout, type=dict[str, RunnableProcess])
        return {name: RunnableProcess(each.command, each.environment | self.variables) for name, each in found.items()}


class RunnableProcess(msgspec.Struct, frozen=True):
    """How one process is run."""

    command: list[str]
    environment: dict[str, str]


_SAYS = """
import dataclasses, json, sys
from goldenthread.contracts.secret import Secret
from goldenthread.launcher.topology import PROCESSES, Wiring, environment
asked = json.load(sys.stdin)
known = {field.name for field in dataclasses.fields(Wiring)}
given = {name: value for name, value in asked["wiring"].items() if name in known}
wiring = Wiring(**given | {"databases": {name: Secret(url) for name, url in given["databases"].items()}})
print(json.dumps({
    each.name: {"command": each.command, "environment": environment(each, wiring, asked["tokens"][each.name])}
    for each in PROCESSES
}))
"""


@cache
def release() -> Dumped:
    """The release whose files are in the repository."""
    return read()
