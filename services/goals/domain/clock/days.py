"""Which UTC days the clock has closed, also when it goes forward too far and comes back.

A day is closed once, when it is over. A clock that leaps ahead closes many days at once, as they all stood at that
moment; comes it back, those that are not over after all are open again, and are closed when they are: the last closing
counts. Days that were closed one by one stay closed wherever the clock goes: it may as well be behind.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

MOST = 100
"""Days closed in one transaction, about."""
FOUNDED = -1
_DAY = timedelta(days=1)


class Days(NamedTuple):
    """All days before `open` are closed.

    The last leap closed `leapt` days at once, from `leap` on: 0 for none, `FOUNDED` while no day was ever closed.
    """

    open: date
    leap: date
    leapt: int = 0

    def over(self, now: datetime) -> list[date]:
        """The days to close now, oldest first; after very many there are more."""
        pending = (day_of(now) - self.open).days
        return [self.open + n * _DAY for n in range(pending if pending <= MOST + 1 else MOST)]

    def closed(self, days: list[date]) -> Days:
        """After `days`, which were `over`, have been closed together."""
        after = self.open + len(days) * _DAY
        if len(days) < 2:
            return Days(after, self.leap, max(self.leapt, 0))
        if self.leapt > 0 and self.open == self.leap + self.leapt * _DAY:
            return Days(after, self.leap, self.leapt + len(days))
        return Days(after, self.open, len(days))

    def back(self, now: datetime) -> Days:
        """After the clock may have come back: open again from today on, where today was closed in a leap.

        Not where more days were closed one by one since than in the leap: then it is the clock of now that is wrong.
        """
        today = day_of(now)
        if today >= self.open:
            return self
        if self.leapt == FOUNDED:
            return first_days(now)
        since = (self.open - self.leap).days - self.leapt
        if today >= self.leap + self.leapt * _DAY or since > self.leapt:
            return self
        again = max(today, self.leap)
        return Days(again, self.leap, (again - self.leap).days)


def first_days(now: datetime) -> Days:
    """Of an organization that begins now."""
    return Days(day_of(now), day_of(now), FOUNDED)


def day_of(now: datetime) -> date:
    """The UTC day of a moment."""
    return now.astimezone(UTC).date()
