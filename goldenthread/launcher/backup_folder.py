"""A backup: a folder with a dump of each database, the log of erasures, and a manifest that says what they are.

The manifest is written last, and the folder gets its name when it is whole. Nothing is read from a folder whose files
are not those of its manifest.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import msgspec
from msgspec import Struct

from goldenthread.launcher import private_file
from goldenthread.launcher.errors import LaunchError

ORDER = ("notifications", "alignment", "goals")
"""The order in which databases are dumped: each before the one that it follows, so that none is ahead of that one."""
LOG = "erasures.jsonl"
_MANIFEST = "manifest.json"
_PORTION = 1024 * 1024


class BackupFile(Struct, frozen=True, rename="camel"):
    """A file of a backup."""

    name: str
    size: int
    sha256: str


class DatabaseDump(Struct, frozen=True, rename="camel"):
    """What a dump has: the major version of its server, the migrations that had run, how many organizations, and the
    events in their streams.
    """

    file: BackupFile
    server_version: int
    migrations: dict[str, str | None]
    """Of each, the one that code must know since then, as `schema_version` has them."""
    organizations: int
    events: int


class Manifest(Struct, frozen=True, rename="camel"):
    """What a backup has. `keys` are the ids of the encryption keys that its webhooks need, not the keys."""

    goldenthread: str
    made_at: datetime
    databases: dict[str, DatabaseDump]
    log: BackupFile
    keys: list[str]
    version: int = 1


@contextmanager
def making(folder: Path) -> Iterator[Path]:
    """A folder to write a backup to; it is renamed to `folder` when the block ends well, and removed when it does not.

    Raises LaunchError where something is there already.
    """
    folder = folder.resolve()  # `.` has no name that could be given to the draft
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise LaunchError(f"{folder} is there already, and not empty; name a new folder")
    draft = folder.with_name(f"{folder.name}.unfinished")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o700, parents=True)
    try:
        yield draft
        draft.replace(folder)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise


def described(file: Path) -> BackupFile:
    """A file as a manifest has it; it is on the disk then."""
    digest = hashlib.sha256()
    with file.open("rb") as content:
        while portion := content.read(_PORTION):
            digest.update(portion)
        os.fsync(content.fileno())
    return BackupFile(file.name, file.stat().st_size, digest.hexdigest())


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write it, for people to read, too."""
    private_file.write(folder / _MANIFEST, msgspec.json.format(msgspec.json.encode(manifest), indent=2).decode())


def read_manifest(folder: Path) -> Manifest:
    """The manifest. Raises LaunchError where there is none that this release can read."""
    try:
        found = msgspec.json.decode((folder / _MANIFEST).read_bytes(), type=Manifest)
    except (FileNotFoundError, NotADirectoryError):
        raise LaunchError(f"{folder} is no backup: it has no {_MANIFEST}") from None
    except (OSError, msgspec.DecodeError) as error:
        raise LaunchError(f"{folder / _MANIFEST} cannot be read: {error}") from error
    if found.version != 1:
        raise LaunchError(f"{folder} was written by a newer release; use that release")
    if found.log.name != LOG:
        raise LaunchError(f"{folder / _MANIFEST} was changed: its log of erasures is not {LOG}; take another copy")
    return found


def verify(folder: Path, files: list[BackupFile]) -> None:
    """Raises LaunchError where a file is not the one of the manifest."""
    for each in files:
        path = folder / each.name
        if path.parent != folder or not path.is_file():
            raise LaunchError(f"{path} is missing; take a copy of the backup that is whole")
        if described(path) != each:
            raise LaunchError(f"{path} is not what the manifest says: it was damaged or changed; take another copy")
