"""What the checks found, as they find it."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from copy import copy
from enum import StrEnum
from time import monotonic

from msgspec import Struct

from goldenthread.cli.common import output

_LONGEST = 1_000
"""Characters of a sentence, at most: others may have written parts of it."""
_SHORTEST = 0.5
"""Seconds that every question has."""


class FindingState(StrEnum):
    """How serious a finding is. Only a problem makes the command end with an error."""

    FINE = "ok"
    UNKNOWN = "unknown"
    WARNING = "warning"
    PROBLEM = "problem"


class CheckFinding(Struct, frozen=True):
    """One sentence about one thing, and what to do next where something is to be done."""

    check: str
    state: FindingState
    says: str
    next: str = ""


class CheckStopped(Exception):
    """Raised to end a check early: its problem is among the findings, and what else it would ask rests on that."""


class CheckFindings:
    """Collects what one check finds about one thing, which `name` names."""

    def __init__(self, name: str, until: float = math.inf) -> None:
        """Everything is to be found `until` then, by the monotonic clock."""
        self.name = name
        self.found: list[CheckFinding] = []
        self._until = until
        self._asked: dict[str, str] = {}
        """Who is being asked now, and what to do if there is no answer."""

    def about(self, name: str) -> CheckFindings:
        """The same, about another thing."""
        part = copy(self)
        part.name = name
        return part

    def give_up(self, seconds: float) -> None:
        """Whoever has not answered by now, within `seconds`, is a problem."""
        for what, next in self._asked.items() or [("what this check asks", "ask again")]:
            self.problem(f"{what} does not answer within {seconds:g} s", next)

    def seconds_left(self, seconds: float) -> float:
        """So many seconds, or what is left of the time for everything, rounded to tenths."""
        return min(seconds, max(_SHORTEST, round(self._until - monotonic(), 1)))

    def fine(self, says: str, of: str = "") -> None:
        """This is as it should be."""
        self._add(FindingState.FINE, says, "", of)

    def unknown(self, says: str, next: str = "", of: str = "") -> None:
        """This could not be asked, and may be as it should be."""
        self._add(FindingState.UNKNOWN, says, next, of)

    def warning(self, says: str, next: str, of: str = "") -> None:
        """The process works, so far."""
        self._add(FindingState.WARNING, says, next, of)

    def problem(self, says: str, next: str, of: str = "") -> None:
        """The process does not work as long as it is so."""
        self._add(FindingState.PROBLEM, says, next, of)

    def stop(self, says: str, next: str, of: str = "") -> CheckStopped:
        """As `problem`; to be raised."""
        self.problem(says, next, of)
        return CheckStopped()

    @asynccontextmanager
    async def within(self, seconds: float, what: str, next: str, of: str = "") -> AsyncIterator[None]:
        """A block that has so much time: then it is a problem that `what` did not answer. Raises CheckStopped."""
        try:
            self._asked[what] = next
            seconds = self.seconds_left(seconds)
            async with asyncio.timeout(seconds) as limit:
                yield
        except TimeoutError:
            if not limit.expired():
                raise
            raise self.stop(f"{what} does not answer within {seconds:g} s", next, of) from None
        finally:
            self._asked.pop(what, None)

    def _add(self, state: FindingState, says: str, next: str, of: str) -> None:
        name = f"{self.name} {of}".strip()
        self.found.append(CheckFinding(name, state, _shown(says), _shown(next)))


def _shown(text: str) -> str:
    """One line, whatever the other side wrote."""
    shown = str(output.printable(" ".join(text.split())))
    return shown if len(shown) <= _LONGEST else f"{shown[:_LONGEST]}…"
