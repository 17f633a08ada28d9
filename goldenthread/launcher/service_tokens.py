"""The tokens by which the processes of `goldenthread up` know each other: files that are renewed while it runs.

A token is valid for a day and renewed every hour, so an instance that nobody restarts goes on for years. The processes
read the files again (`GOLDENTHREAD_SERVICE_TOKEN_FILE`).
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

from goldenthread.launcher import private_file
from goldenthread.launcher.issuer import SERVICE_LIFETIME, Issuer

RENEWED_AFTER = timedelta(hours=1)
_LOOK = 10.0
"""Seconds between two looks at the clock. They are short because a machine that was suspended for long wakes up with
tokens that have expired.
"""


class ServiceTokens:
    """Token files in `folder`, one for each client id, of `issuer`. `now`: seconds of the machine's clock, which tokens
    are valid by.
    """

    def __init__(
        self, issuer: Issuer, folder: Path, clients: Sequence[str], now: Callable[[], float] = time.time
    ) -> None:
        self._issuer, self._folder, self._clients, self._now = issuer, folder, clients, now
        self._renewed = float("-inf")

    def file(self, client: str) -> Path:
        """Where the token of this client id is."""
        return self._folder / f"{client}.token"

    def renew(self) -> None:
        """Write a new token for every client id. Raises OSError."""
        for client in self._clients:
            private_file.write(self.file(client), self._issuer.service_token(client, SERVICE_LIFETIME))
        self._renewed = self._now()

    def renew_if_old(self) -> None:
        """Write new tokens if the last ones are an hour old, or the clock was set back. Raises OSError."""
        if not 0 <= self._now() - self._renewed < RENEWED_AFTER.total_seconds():
            self.renew()

    async def keep_valid(self, look: float = _LOOK) -> None:
        """Renew again and again, until cancelled. A disk that is full is tried again: tokens are valid for a day."""
        while True:
            await asyncio.sleep(look)
            with suppress(OSError):
                await asyncio.to_thread(self.renew_if_old)
