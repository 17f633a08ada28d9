"""When an organization may be loaded again: at once, and with growing pauses while that does not help."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic

from goldenthread.contracts.entities import Id

_FIRST, _LONGEST = 0.1, 30.0
_CALM = 10.0
"""Seconds without loading, beyond the last pause, after which what there was is over."""


class ReloadBackoff:
    """The pauses before organizations are loaded anew, in seconds. A snapshot is costly for its upstream: one event
    that can never be shown must not cause one after another. The `first` is doubled each time, up to the `longest`.
    """

    def __init__(self, now: Callable[[], float] = monotonic, first: float = _FIRST, longest: float = _LONGEST) -> None:
        self._now, self._first, self._longest = now, first, longest
        self._last: dict[Id, tuple[float, float]] = {}
        """When each was loaded, and the pause before."""

    def pause(self, organization: Id) -> float:
        """How long to wait before loading it now."""
        now = self._now()
        last, pause = self._last.get(organization, (float("-inf"), 0.0))
        pause = 0.0 if now - last > pause + _CALM else min(max(2 * pause, self._first), self._longest)
        self._last[organization] = now + pause, pause
        return pause

    def forget(self, organization: Id) -> None:
        """Forget an organization that is not in memory any more."""
        self._last.pop(organization, None)
