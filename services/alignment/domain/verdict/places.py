"""All arrays handed to a compiled loop as one: where each lies, and how many rows it has.

Numba takes its arguments apart at every call, and for a dozen arrays that takes longer than most judgements. It also
counts who holds an array that it was handed, whenever a loop calls another: nobody counts what was found by its place.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import numpy as np
from numba import carray, config, types  # type: ignore[attr-defined]
from numba.core.cgutils import voidptr_t
from numba.extending import intrinsic

from services.alignment.domain.verdict.columns import I64, WIDTHS, Columns
from services.alignment.domain.verdict.compiled import compiled

_UNCOMPILED = bool(config.DISABLE_JIT)  # type: ignore[attr-defined]
_N8, _N32, _N64, _L8, _L32, _L64 = WIDTHS


def places_of(columns: Columns) -> I64:
    """Where the arrays lie: good for as long as they live, which is up to whoever asks."""
    if _UNCOMPILED:
        return cast(I64, columns)
    return np.array([(each.ctypes.data, len(each)) for each in columns], np.int64)


def _to_pointer(_: Any, address: Any) -> Any:
    def generate(_: Any, builder: Any, signature: Any, arguments: Any) -> Any:  # noqa: ARG001 - numba's
        return builder.inttoptr(arguments[0], voidptr_t)

    return types.voidptr(address), generate


_pointer = cast(Callable[[int], Any], intrinsic(_to_pointer))
"""The address as a pointer, in compiled code."""


@compiled
def _rows(places: I64, which: int, width: int, kind: Any) -> Any:
    return carray(_pointer(places[which, 0]), (places[which, 1], width), kind)


@compiled
def _numbers(places: I64, which: int, kind: Any) -> Any:
    return carray(_pointer(places[which, 0]), (places[which, 1],), kind)


@compiled
def _found(places: I64) -> Columns:
    return Columns(
        _rows(places, 0, _N8, np.int8),
        _rows(places, 1, _N32, np.int32),
        _rows(places, 2, _N64, np.int64),
        _rows(places, 3, _L8, np.int8),
        _rows(places, 4, _L32, np.int32),
        _rows(places, 5, _L64, np.int64),
        _numbers(places, 6, np.int32),
        _numbers(places, 7, np.int32),
        _numbers(places, 8, np.int32),
        _numbers(places, 9, np.int32),
        _numbers(places, 10, np.int64),
    )


def _handed_over(places: I64) -> Columns:
    return cast(Columns, places)


columns_at = _handed_over if _UNCOMPILED else _found
"""The arrays that lie at these places. Uncompiled loops are handed the arrays themselves."""
