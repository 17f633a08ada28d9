"""The compiled engine of this checkout, lent to another release with the same one: compiling it takes half a minute."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import numba
from numba.core.caching import _CacheLocator

from services.alignment.domain.verdict import compiled

_OURS = Path(compiled.__file__).parent


def lend_engine(code: Path) -> bool:
    """Put what is compiled here where the code in `code` looks for it, if its engine says the same as ours; whether so.
    Where it does not, the release compiles its own at its first start.
    """
    theirs = code / _OURS.relative_to(Path(compiled.__file__).parents[4])
    if _said(theirs) != _said(_OURS):
        return False
    for file in _OURS.glob("*.py"):  # numba believes a file that was compiled by the time and size of its source
        os.utime(theirs / file.name, ns=(file.stat().st_atime_ns, file.stat().st_mtime_ns))
    cache = Path(str(numba.config.CACHE_DIR))  # type: ignore[attr-defined]
    lent = theirs / "__pycache__" / cache.name / _folder(theirs)
    shutil.copytree(cache / _folder(_OURS), lent, dirs_exist_ok=True)
    return True


def _said(folder: Path) -> dict[str, str]:
    return {file.name: file.read_text(encoding="utf-8") for file in folder.glob("*.py")}


def _folder(verdict: Path) -> str:
    """Numba's name, in a folder for everything that is compiled, for what a folder of code becomes."""
    return str(_CacheLocator.get_suitable_cache_subpath(str(verdict / "compiled.py")))  # type: ignore[no-untyped-call]
