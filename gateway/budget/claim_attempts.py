"""How often a caller may try to claim an invitation in vain. Nobody guesses a secret; this keeps them from asking."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable

MOST = 10
"""Attempts in vain of one caller within `SECONDS`, in this process."""
SECONDS = 600.0
_CALLERS = 10_000
"""Callers that are remembered; those that tried longest ago are forgotten."""


class ClaimAttempts:
    """Counts attempts in vain by caller. `now`: seconds of this process."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._failed: OrderedDict[Hashable, list[float]] = OrderedDict()

    def may_try(self, caller: Hashable) -> bool:
        """Whether the caller may try now."""
        since = self._now() - SECONDS
        return sum(at > since for at in self._failed.get(caller, [])) < MOST

    def failed(self, caller: Hashable) -> None:
        """An attempt of the caller was in vain."""
        self._failed.setdefault(caller, []).append(self._now())
        self._failed[caller] = self._failed[caller][-MOST:]
        self._failed.move_to_end(caller)
        while len(self._failed) > _CALLERS:
            self._failed.popitem(last=False)
