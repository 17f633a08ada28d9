"""Memory that a judgement works with: taken piece by piece, and given back all at once at its end.

Numba counts who holds one of numpy's arrays whenever a loop hands it to another, which took longer than all that the
loops did with them. Nobody counts these.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import numpy as np
from numba import carray, types  # type: ignore[attr-defined]
from numba.core.cgutils import intp_t, voidptr_t
from numba.extending import intrinsic

from services.alignment.domain.verdict.array_addresses import UNCOMPILED, pointer
from services.alignment.domain.verdict.columns import I64, SCRATCH, Columns
from services.alignment.domain.verdict.compiled import compiled

_WORD = 8


def _taking(_: Any, size: Any) -> Any:
    def generated(context: Any, builder: Any, _: Any, arguments: Any) -> Any:
        return builder.ptrtoint(context.nrt.allocate(builder, arguments[0]), intp_t)

    return types.intp(size), generated


def _giving_back(_: Any, address: Any) -> Any:
    def generated(context: Any, builder: Any, _: Any, arguments: Any) -> Any:
        context.nrt.free(builder, builder.inttoptr(arguments[0], voidptr_t))
        return context.get_dummy_value()

    return types.void(address), generated


_take = cast(Callable[[int], int], intrinsic(_taking))
_give_back = cast(Callable[[int], None], intrinsic(_giving_back))


@compiled
def _piece(c: Columns, size: int) -> int:
    """The address of so many new words. Before them lies the address of the piece that was taken before."""
    address = _take((size + 1) * _WORD)
    carray(pointer(address), (1,), np.int64)[0] = c.used[SCRATCH]
    c.used[SCRATCH] = address
    return address + _WORD


@compiled
def _some(c: Columns, size: int) -> I64:
    return carray(pointer(_piece(c, size)), (size,), np.int64)


@compiled
def _rows(c: Columns, size: int, width: int) -> I64:
    return carray(pointer(_piece(c, size * width)), (size, width), np.int64)


@compiled
def _none_left(c: Columns) -> None:
    address = c.used[SCRATCH]
    while address:
        before = carray(pointer(address), (1,), np.int64)[0]
        _give_back(address)
        address = before
    c.used[SCRATCH] = 0


def _new_some(c: Columns, size: int) -> I64:  # noqa: ARG001 - see below
    return np.empty(size, np.int64)


def _new_rows(c: Columns, size: int, width: int) -> I64:  # noqa: ARG001 - see below
    return np.empty((size, width), np.int64)


def _nothing(c: Columns) -> None:
    """Python gives back what it took."""


new_numbers = _new_some if UNCOMPILED else _some
"""Room for so many numbers, whatever they are."""
new_rows = _new_rows if UNCOMPILED else _rows
"""Room for so many rows of so many numbers."""
free_all = _nothing if UNCOMPILED else _none_left
"""Give all of it back: nobody may look at it any more."""
