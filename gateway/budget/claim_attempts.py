"""How often a caller may try to claim an invitation in vain. Nobody guesses a secret; this keeps them from asking."""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable

from gateway.budget.quotas import Quota

MOST = 10
"""Attempts in vain of one caller within `SECONDS`, in this process."""
SECONDS = 600.0
QUOTA = Quota("invitations-in-vain-per-replica", MOST, seconds=round(SECONDS))
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

    def wait(self, caller: Hashable) -> int:
        """Whole seconds until the caller may try again."""
        failed = self._failed.get(caller, [])
        oldest = failed[0] if len(failed) == MOST else self._now() - SECONDS
        return max(1, math.ceil(oldest + SECONDS - self._now()))

    def failed(self, caller: Hashable) -> None:
        """An attempt of the caller was in vain."""
        self._failed.setdefault(caller, []).append(self._now())
        self._failed[caller] = self._failed[caller][-MOST:]
        self._failed.move_to_end(caller)
        while len(self._failed) > _CALLERS:
            self._failed.popitem(last=False)
