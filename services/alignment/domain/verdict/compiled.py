"""Compiles the engine's inner loops to machine code (numba): once per machine and version of this package, then cached.

The cache lies in a folder named after everything it was compiled from. Numba itself looks only at the file of the
function it loads, and would go on with what another file no longer says.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import ParamSpec, TypeVar, cast

import numba
import numpy as np

from services.alignment.domain.verdict.cache_folder import cache_folder

P = ParamSpec("P")
R = TypeVar("R")

_HERE = Path(__file__).parent
_SAID = "".join(path.read_text(encoding="utf-8") for path in sorted(_HERE.glob("*.py")))


if not os.environ.get("NUMBA_CACHE_DIR"):
    _NAME = f"engine-{sha256(_SAID.encode()).hexdigest()[:16]}"
    numba.config.CACHE_DIR = str(cache_folder(_HERE / "__pycache__", _NAME))  # type: ignore[attr-defined]


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """A loop called by other loops."""
    return cast(Callable[P, R], numba.njit(nogil=True)(function))


def entry(function: Callable[P, R]) -> Callable[P, R]:
    """A loop called from Python. It runs without the interpreter's lock: other threads go on meanwhile."""
    return cast(Callable[P, R], numba.njit(nogil=True, cache=True)(function))


@compiled
def wide(number: int) -> int:
    """The number in 64 bits: loops are then compiled once, not for every width of what they are given."""
    return np.int64(number)  # type: ignore[return-value]
