"""Compiles the engine's inner loops to machine code (numba): once per machine and version of this package, then cached.

The cache lies in a folder named after everything it was compiled from. Numba itself looks only at the file of the
function it loads, and would go on with what another file no longer says.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any, ParamSpec, TypeVar, cast

import numba
import numpy as np
from numba.core.caching import FunctionCache

from services.alignment.domain.verdict.cache_folder import cache_folder

P = ParamSpec("P")
R = TypeVar("R")

log = logging.getLogger(__name__)

_HERE = Path(__file__).parent
_SAID = "".join(path.read_text(encoding="utf-8") for path in sorted(_HERE.glob("*.py")))


if not os.environ.get("NUMBA_CACHE_DIR"):
    _NAME = f"engine-{sha256(_SAID.encode()).hexdigest()[:16]}"
    try:
        numba.config.CACHE_DIR = str(cache_folder(_HERE / "__pycache__", _NAME))  # type: ignore[attr-defined]
    except OSError as no_folder:  # numba looks for one by itself then
        log.warning("the compiled engine finds no folder: %s", no_folder)


class _Cache(FunctionCache):
    """Compiles anew where a file in the cache is damaged, and goes on where none can be written: after a loss of power
    or on a full disk the engine starts slowly, but it starts.
    """

    def load_overload(self, *arguments: Any) -> Any:
        """What was compiled before; None where there is nothing that can be loaded."""
        try:
            return super().load_overload(*arguments)  # type: ignore[no-untyped-call]
        except Exception as error:  # whatever the bytes of a damaged file lead to
            log.warning("%s holds something damaged, which is compiled again: %r", self.cache_path, error)
            Path(self._cache_file._index_path).unlink(missing_ok=True)
            return None

    def save_overload(self, *arguments: Any) -> None:
        """Keep what was compiled, where that can be."""
        try:
            super().save_overload(*arguments)  # type: ignore[no-untyped-call]
        except OSError as error:
            log.warning("what was compiled cannot be kept, the next start compiles it again: %s", error)


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """A loop called by other loops."""
    return cast(Callable[P, R], numba.njit(nogil=True)(function))


def entry(function: Callable[P, R]) -> Callable[P, R]:
    """A loop called from Python. It runs without the interpreter's lock: other threads go on meanwhile."""
    made: Any = numba.njit(nogil=True)(function)
    try:
        made._cache = _Cache(function)  # type: ignore[no-untyped-call]  # as numba does for `cache=True`
    except RuntimeError as error:
        log.warning("the engine is compiled at each start, which takes a while: %s", error)
    return cast(Callable[P, R], made)


@compiled
def wide(number: int) -> int:
    """The number in 64 bits: loops are then compiled once, not for every width of what they are given."""
    return np.int64(number)  # type: ignore[return-value]
