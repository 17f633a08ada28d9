"""The streams of a compound file (OLE2): what .xls and other old files are."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence

_ENTRY = 128
_SMALLEST = 4096
"""Bytes of a stream that has sectors of its own; programs fill a workbook up to that."""
_IN_HEADER = 109


def stream(content: bytes, names: Sequence[str]) -> bytes:
    """The first stream of one of these names. Raises ValueError, IndexError or struct.error where there is none."""
    size: int = 1 << min(struct.unpack_from("<H", content, 0x1E)[0], 16)
    table = _table(content, size)
    (first,) = struct.unpack_from("<I", content, 0x30)
    directory = _chained(content, table, first, size)
    for at in range(0, len(directory), _ENTRY):
        (length,) = struct.unpack_from("<H", directory, at + 64)
        if directory[at : at + max(0, length - 2)].decode("utf-16-le", "replace") in names:
            start, bytes_ = struct.unpack_from("<II", directory, at + 116)
            if bytes_ >= _SMALLEST:
                return _chained(content, table, start, size)[:bytes_]
    raise ValueError("no such stream")


def _table(content: bytes, size: int) -> list[int]:
    """Which sector follows each."""
    found: list[int] = []
    for sector in _table_sectors(content, size):
        found += struct.unpack_from(f"<{size // 4}I", content, (sector + 1) * size)
    return found


def _table_sectors(content: bytes, size: int) -> Iterator[int]:
    count, (next, more) = struct.unpack_from("<I", content, 0x2C)[0], struct.unpack_from("<II", content, 0x44)
    if count > len(content) // size:
        raise ValueError("more sectors than bytes")
    sectors = [*struct.unpack_from(f"<{_IN_HEADER}I", content, 0x4C)]
    for _ in range(min(more, len(content) // size)):
        *some, next = struct.unpack_from(f"<{size // 4}I", content, (next + 1) * size)
        sectors += some
    yield from sectors[:count]


def _chained(content: bytes, table: list[int], sector: int, size: int) -> bytes:
    parts: list[bytes] = []
    while sector < len(table) and len(parts) <= len(table):
        parts.append(content[(sector + 1) * size : (sector + 2) * size])
        sector = table[sector]
    return b"".join(parts)
