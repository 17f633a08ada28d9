"""Name lookups without a name server."""

from __future__ import annotations

import asyncio

from services.notifications.webhooks.name_lookup import CannotResolve


class FakeNameLookups:
    """Every host has these addresses, or cannot be resolved, or its lookup `hangs`. `asked`: which were looked up."""

    def __init__(self, *addresses: str, hangs: bool = False) -> None:
        self._addresses, self._hangs = list(addresses), hangs
        self.asked: list[str] = []

    async def addresses(self, host: str) -> list[str]:
        """As `NameLookups` promises."""
        self.asked.append(host)
        if self._hangs:
            await asyncio.Event().wait()
        if not self._addresses:
            raise CannotResolve(host)
        return self._addresses
