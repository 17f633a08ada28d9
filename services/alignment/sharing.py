"""Which organisations this process judges, where processes share the work by size.

What one computes for a huge organisation holds the interpreter, and with it everybody else in the same process. So one
process judges the large ones and another all others: both hear everything, and each leaves out what is not its own. An
organisation is large from the save that finds it so, for ever. Both may take it for theirs for a moment, or neither
may: the guard of every save lets one of them in, and watching the heads finds what nobody judged.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Any, Literal

from goldenthread.runtime.database import Pool
from goldenthread.runtime.projection import Projection

log = logging.getLogger(__name__)

Kind = Literal["all", "small", "large"]
_SECONDS = 1.0


class Share:
    """`all`: every organisation; `small`: those that were never large; `large`: the others."""

    def __init__(self, pool: Pool, kind: Kind) -> None:
        self._pool, self.kind = pool, kind
        self._large: set[str] = set()

    def has(self, organization: str) -> bool:
        """Is it for this process to judge?"""
        return self.kind == "all" or (organization in self._large) == (self.kind == "large")

    async def look(self) -> list[str]:
        """The organisations that became large since it was last called."""
        rows = await self._pool.fetch(
            "SELECT organization FROM large WHERE organization <> ALL($1::text[])", list(self._large)
        )
        found = [row["organization"] for row in rows]
        self._large.update(found)
        return found

    async def follow(self, projection: Projection[Any]) -> None:
        """Tell the projection what is its own no more, or is now. For ever; trouble is logged and tried again."""
        while self.kind != "all":
            await asyncio.sleep(_SECONDS)
            try:
                projection.decide_again(await self.look())
            except Exception as error:
                log.warning("who is large is asked again: %s: %s", type(error).__name__, error)
