"""Where compiled loops are kept. Numba needs a folder that it can write to, even when everything is in it already."""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path


def cache_folder(beside: Path, name: str) -> Path:
    """A writable folder called `name`, in the first of these places that can be written to.

    In `beside`, which lies beside the code: an image is built so. Among the user's caches. In a folder for temporary
    files that belongs to this user alone. What `beside` has of that name already (an image that is read-only now) is
    copied to it, so that nothing is compiled again.
    """
    if _writable(beside):
        return beside / name
    shipped = beside / name
    if not shipped.is_dir() and (home := _user_caches()) is not None:
        return home / name
    place = _temporary()
    if shipped.is_dir() and not (place / name).exists():
        _copy(shipped, place / name)
    return place / name


def _writable(folder: Path) -> bool:
    """Whether files can be made in it, or it can be made itself."""
    there = next(each for each in (folder, *folder.parents) if each.exists())
    return os.access(there, os.W_OK | os.X_OK)


def _user_caches() -> Path | None:
    """None for a user without a home, and where it cannot be written to."""
    try:
        place = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "goldenthread"
    except RuntimeError:  # this user is in no list of users, as in many containers
        return None
    return place if _writable(place) else None


def _temporary() -> Path:
    """The same at every start, so that a process that restarts often fills nothing up; another user's is not trusted:
    machine code is loaded from it.
    """
    place = Path(tempfile.gettempdir()) / f"goldenthread-{os.getuid()}"
    with suppress(FileExistsError):
        place.mkdir(mode=0o700)
    found = place.lstat()
    if place.is_symlink() or found.st_uid != os.getuid() or found.st_mode & 0o022:
        return Path(tempfile.mkdtemp(prefix="goldenthread-"))
    return place


def _copy(source: Path, target: Path) -> None:
    """All of it, or nothing: another process may begin at the same time. The copy can be written to."""
    whole = Path(tempfile.mkdtemp(dir=target.parent))
    try:
        for file in source.rglob("*"):
            if file.is_file():
                copy = whole / file.relative_to(source)
                copy.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(file, copy)
        whole.rename(target)
    except OSError:
        shutil.rmtree(whole, ignore_errors=True)
        if not target.exists():  # else the other one was faster
            raise
