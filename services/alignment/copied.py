"""PostgreSQL's binary copy format (COPY, "Binary Format" in its manual) as arrays of numbers."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from services.alignment.domain.verdict.columns import I64
from services.alignment.domain.verdict.compiled import compiled, entry, wide
from services.alignment.domain.verdict.ids import KINDS, ODD, PLACE

Bytes = npt.NDArray[np.uint8]
_HEADER = 19
_PREFIXES = np.zeros((len(KINDS), 16), np.uint8)
for _code, _kind in enumerate(KINDS):
    _PREFIXES[_code, : len(_kind) + 1] = np.frombuffer(f"{_kind}_".encode(), np.uint8)


@compiled
def _number(data: Bytes, at: int, size: int) -> int:
    """A signed number of so many bytes, the greatest first."""
    found = wide(np.int8(data[at]))  # type: ignore[arg-type]
    for place in range(at + 1, at + size):
        found = (found << 8) | wide(data[place])
    return found


@entry
def rows_in(data: Bytes) -> int:
    """How many rows there are."""
    count, at = 0, _HEADER
    while True:
        fields = _number(data, at, 2)
        if fields < 0:
            return count
        count += 1
        at += 2
        for _ in range(fields):
            at += 4 + max(_number(data, at, 4), 0)


@entry
def fill(data: Bytes, table: I64, texts: int) -> I64:
    """Write all rows into `table`: each of the first `texts` fields as an id's two halves, any other as a number.

    Nothing may be NULL. Gives (row, column, begin, end) of every id that was not minted: whoever calls puts those in.
    """
    odd, count, at = np.empty((16, 4), np.int64), 0, _HEADER
    for row in range(table.shape[0]):
        fields, column = _number(data, at, 2), 0
        at += 2
        for field in range(fields):
            size = _number(data, at, 4)
            at += 4
            if field >= texts:
                table[row, column] = _number(data, at, size)
                column += 1
            else:
                if not _minted(data, at, size, table[row, column : column + 2]):
                    if count == odd.shape[0]:
                        larger = np.empty((2 * count, 4), np.int64)
                        larger[:count] = odd
                        odd = larger
                    odd[count, 0], odd[count, 1], odd[count, 2], odd[count, 3] = row, column, at, at + size
                    count += 1
                column += 2
            at += size
    return odd[:count]


@compiled
def _minted(data: Bytes, at: int, size: int, halves: I64) -> bool:
    """Write the halves of a minted id, as `ids.Ids.halves` does; False for any other."""
    code = _kind_of(data, at, size)
    if code == ODD:
        return False
    begin = at + size - 32
    for half in range(2):
        found = 0
        for place in range(begin + 16 * half, begin + 16 * half + 16):
            digit = wide(data[place])
            if 48 <= digit <= 57:
                digit -= 48
            elif 97 <= digit <= 102:
                digit -= 87
            else:
                return False
            found = (found << 4) | digit
        halves[half] = found
    if (halves[0] >> PLACE) & 15 != 7:
        return False
    halves[0] = (halves[0] & ~(15 << PLACE)) | (code << PLACE)
    return True


@compiled
def _kind_of(data: Bytes, at: int, size: int) -> int:
    """The number of the kind before the 32 digits."""
    for code in range(_PREFIXES.shape[0]):
        length = size - 32
        if 0 < length < 16 and _PREFIXES[code, length - 1] and not _PREFIXES[code, length]:
            same = True
            for place in range(length):
                same = same and data[at + place] == _PREFIXES[code, place]
            if same:
                return code
    return ODD
