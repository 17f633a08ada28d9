"""Ids as 128-bit numbers, two halves of 64 bits, and back.

An id that was minted, `objective_` and 32 digits of a UUIDv7, goes into its own digits: its kind takes the place of the
version, which is the same in all. Any other becomes a digest and is remembered.
"""

from __future__ import annotations

from binascii import unhexlify
from hashlib import blake2b
from struct import Struct

from goldenthread.contracts.entities import Id

_HALVES = Struct(">qq")
_halves = _HALVES.unpack
KINDS = ("keyresult", "link", "objective", "purpose", "why")
_CODES = {f"{kind}_": code for code, kind in enumerate(KINDS)}
ODD = 15
PLACE = 12
"""Where the version is in the first half: bits 12 to 15, digit 12."""
_VERSION = 7 << PLACE
_REST = ~(15 << PLACE)


class Ids:
    """The ids of one graph. What is added to ids `over` others is forgotten with them, and not added to the others."""

    def __init__(self, over: Ids | None = None) -> None:
        self._over = over
        self._odd: dict[tuple[int, int], Id] = {}

    @property
    def all_minted(self) -> bool:
        """Do all it was asked for follow from their numbers?"""
        return not self._odd and (self._over is None or self._over.all_minted)

    def halves(self, id: Id) -> tuple[int, int]:
        """The number of an id, which `text` turns back from now on; different ids have different numbers."""
        found = self.number(id)
        if found[0] >> PLACE & 15 == ODD:
            self._odd[found] = id
        return found

    @staticmethod
    def number(id: Id) -> tuple[int, int]:
        """The number of an id that is looked for, and that nothing is kept of."""
        code, digits = _CODES.get(id[:-32]), id[-32:]
        if code is not None and digits[PLACE] == "7" and digits == digits.lower():
            try:
                hi, lo = _halves(unhexlify(digits))
            except ValueError:
                pass
            else:
                return hi & _REST | code << PLACE, lo
        hi, lo = _halves(blake2b(id.encode("utf-8", "surrogatepass"), digest_size=16).digest())
        return hi & _REST | ODD << PLACE, lo

    def text(self, hi: int, lo: int) -> Id:
        """The id with this number."""
        code = hi >> PLACE & 15
        if code == ODD:
            found = self._odd.get((hi, lo))
            if found is not None:
                return found
            if self._over is None:
                raise KeyError(f"no id is known by the number {hi:x}, {lo:x}")
            return self._over.text(hi, lo)
        return f"{KINDS[code]}_{_HALVES.pack(hi & _REST | _VERSION, lo).hex()}"
