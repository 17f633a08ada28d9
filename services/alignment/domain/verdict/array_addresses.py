"""All arrays handed to compiled loops as one: where each lies, and how many rows it has.

Numba takes the arguments of a loop apart at every call, and for a dozen arrays that takes longer than most judgements.
Loops that call each other would hand over nine numbers for each array, and count who holds it. So in compiled loops
`Columns` are one address, and an array is looked up when it is used.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import numpy as np
from numba import carray, config, types  # type: ignore[attr-defined]
from numba.core.cgutils import intp_t, voidptr_t
from numba.extending import intrinsic, models, overload_attribute, register_model

from services.alignment.domain.verdict.columns import I64, LAYOUT, Columns
from services.alignment.domain.verdict.compiled import compiled

_COUNT = len(LAYOUT)
UNCOMPILED = bool(config.DISABLE_JIT)  # type: ignore[attr-defined]


def addresses_of(columns: Columns) -> I64:
    """Where the arrays lie: valid as long as the arrays live, for which the caller is responsible."""
    if UNCOMPILED:
        return cast(I64, columns)
    return np.array([(getattr(columns, name).ctypes.data, len(getattr(columns, name))) for name in LAYOUT], np.int64)


class _Handle(types.Type):
    """What `Columns` is in compiled loops: the address of `addresses_of` them."""


_HANDLE = _Handle("Columns")
register_model(_Handle)(models.OpaqueModel)


def _cast(to: Any, generated: Callable[[Any, Any], Any]) -> Callable[[Any], Any]:
    def typed(_: Any, given: Any) -> Any:
        return to(given), lambda _, builder, __, arguments: generated(builder, arguments[0])

    return cast(Callable[[Any], Any], intrinsic(typed))


_handle = _cast(_HANDLE, lambda builder, number: builder.inttoptr(number, voidptr_t))
pointer = _cast(types.voidptr, lambda builder, number: builder.inttoptr(number, voidptr_t))
_address = _cast(types.intp, lambda builder, pointer: builder.ptrtoint(pointer, intp_t))


def _attribute(which: int, name: str, kind: type, width: int) -> None:
    """Let a handle have this array, so many numbers a row; 0: a list of numbers."""

    def rows(c):  # type: ignore[no-untyped-def]
        addresses = carray(pointer(_address(c)), (_COUNT, 2), np.int64)
        return carray(pointer(addresses[which, 0]), (addresses[which, 1], width), kind)

    def numbers(c):  # type: ignore[no-untyped-def]
        addresses = carray(pointer(_address(c)), (_COUNT, 2), np.int64)
        return carray(pointer(addresses[which, 0]), (addresses[which, 1],), kind)

    overload_attribute(_Handle, name)(lambda c: rows if width else numbers)  # noqa: ARG005 - numba's


for _which, (_name, (_kind, _width)) in enumerate(LAYOUT.items()):
    _attribute(_which, _name, _kind, _width)


@compiled
def _found(addresses: I64) -> Columns:
    return _handle(addresses.ctypes.data)  # type: ignore[no-any-return]


def _handed_over(addresses: I64) -> Columns:
    return cast(Columns, addresses)


columns_at = _handed_over if UNCOMPILED else _found
"""The arrays that lie at these addresses. Uncompiled loops are handed the arrays themselves."""
