"""What became of a batch of records."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence


class BatchReceipt:
    """The receipt for a batch that was taken in: its offsets may be committed once `saved` says so, in order."""

    def __init__(self, parts: Sequence[asyncio.Future[bool]] = ()) -> None:
        self._parts = [each for each in parts if not (each.done() and each.result())]

    @property
    def is_decided(self) -> bool:
        """Would `saved` answer at once?"""
        return all(each.done() for each in self._parts)

    async def saved(self) -> bool:
        """Wait until what was folded is in the store, or its organization is being repaired; False when any of it had
        to be dropped after it was folded: then this batch is not to be acknowledged.
        """
        if self._parts:
            await asyncio.wait(self._parts)
        return all(each.result() for each in self._parts)
