"""Which organizations this process judges, where processes share the work by size.

Computing for a huge organization holds the interpreter, and so every other organization in the same process waits. So
one process judges the large ones and another all others: both read all events, and each skips the organizations that
are not its own. An organization is large from the save that finds it so, for ever, and set apart: another relay
publishes it, too. Both may take it for theirs for a moment, or neither may: the guard of every save lets one of them
in, and watching the heads finds what nobody judged.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from goldenthread.runtime.observability.failures import is_away, raise_if_cancelled
from goldenthread.runtime.outbox import store as outbox
from goldenthread.runtime.postgres.database import Pool
from goldenthread.runtime.projection import Projection
from services.alignment.size_classes import SizeClass

log = logging.getLogger(__name__)

_SECONDS = 1.0


class SizePartition:
    """The organizations of this process: every one (`all`), those that were never large (`small`), or the others."""

    def __init__(self, pool: Pool, kind: SizeClass) -> None:
        self._pool, self.kind = pool, kind
        self._large: set[str] = set()

    def judges(self, organization: str) -> bool:
        """Whether this process judges the organization."""
        return self.kind == "all" or (organization in self._large) == (self.kind == "large")

    @property
    def relays(self) -> list[int]:
        """The numbers of the relays that are this process's to run."""
        return {
            "all": [outbox.COMMON_RELAY, outbox.LARGE_RELAY],
            "small": [outbox.COMMON_RELAY],
            "large": [outbox.LARGE_RELAY],
        }[self.kind]

    async def refresh(self) -> list[str]:
        """The organizations that became large since it was last called."""
        found = await outbox.large_organizations(self._pool, self._large)
        self._large.update(found)
        return found

    async def run(self, projection: Projection[Any]) -> None:
        """Tell the projection which organizations have become large, until cancelled; a database that is away is asked
        again.
        """
        if self.kind == "all":
            await asyncio.Event().wait()
        while True:
            await asyncio.sleep(_SECONDS)
            try:
                large = await self.refresh()
            except Exception as error:
                raise_if_cancelled(error)
                if not is_away(error):
                    raise
                log.warning("who is large is asked again: %s: %s", type(error).__name__, error)
            else:
                projection.share_changed(large)
