"""Reading the heads of all organizations page by page: a round, of which each poll reads a part."""

from __future__ import annotations

from typing import NamedTuple


class HeadsLimits(NamedTuple):
    """What polls of heads read and remember, at most."""

    page: int = 2_000
    """Heads in one answer."""
    pages: int = 2
    """Pages of all heads that one poll reads: a round of a million organizations takes 250 polls."""
    hurried_pages: int = 50
    """The same while nobody has looked yet at organizations that have become ours; and pages of heads that changed."""
    behind: int = 5_000
    """Organizations that were not at their head and are looked at again: nothing more is read while there are so many.
    """


HEADS_LIMITS = HeadsLimits()


class HeadsRound:
    """Which page of all heads is read next.

    The first round is due at once, others when they are asked for. A round that is under way then is read to its end
    first, so that who asks again and again does not keep the last organizations from being read.
    """

    def __init__(self) -> None:
        self.behind = ""
        """The page begins behind this organization."""
        self.under_way = False
        self.hurried = True
        """Whether it is read with no regard for what it costs."""
        self._due = True

    def ask(self) -> None:
        """A whole round is due, and hurried; so is the rest of one that is under way, which it has to wait for."""
        self._due = self.hurried = True

    def begin(self, regular: bool) -> None:
        """Begin a round, if none is under way and one is due: a hurried one that was asked for, or a `regular` one."""
        if not self.under_way and (self._due or regular):
            self.under_way, self.hurried, self._due, self.behind = True, self._due, False, ""

    def read(self, behind: str | None) -> None:
        """A page was read, and the next begins behind an organization; None: it was the last."""
        self.under_way, self.behind = behind is not None, behind or ""
