"""The cycles that are here, by their names and by the periods that they are called after."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date

from goldenthread.contracts.entities import Cycle, Policy
from goldenthread.contracts.texts import folded
from goldenthread.exchange.dates import periods
from goldenthread.exchange.dates.periods import Period

Days = tuple[date, date]
"""The first and the last."""


class KnownCycles:
    """Cycles, found by name or by a period in whatever spelling; and the days that the policy gives a period."""

    def __init__(self, policy: Policy, cycles: Iterable[Cycle]) -> None:
        self._policy = policy
        self._named: dict[str, list[Cycle]] = defaultdict(list)
        self._open, self._closed = _OfPeriods(), _OfPeriods()
        for each in cycles:
            self.add(each)

    def add(self, cycle: Cycle) -> None:
        """It is found from now on."""
        self._named[folded(cycle.name)].append(cycle)
        period = periods.parse_period(cycle.name)
        if period is not None:
            (self._open if cycle.open else self._closed).add(cycle, period, self.days(period))

    def days(self, period: Period) -> Days | None:
        """The days of a period by the policy; None where it gives none (`periods.period_days`)."""
        return periods.period_days(period, self._policy.fiscal_year_start, self._policy.fiscal_year_named_by)

    def open(self, period: Period, days: Days) -> list[Cycle]:
        """The open cycles that are this period: those called so, before those called otherwise that have its days.

        Of several that are called so, those with its days.
        """
        found = self._open
        return found.exact.get((period, days)) or found.spelled.get(period) or found.lasting.get(days) or []

    def of_time(self, name: str, days: Days | None) -> Cycle | None:
        """The last cycle of this name (`folded`) that lies in the same time; None for days: at any time."""
        named = self._named.get(name, ())
        return _last(each for each in named if days is None or overlap(days, (each.starts_on, each.ends_on)))

    def closed(self, name: str, period: Period, days: Days) -> Cycle | None:
        """The last closed cycle of this name (`folded`) or period that lies in the same time, or has its days."""
        called = (*self._named.get(name, ()), *self._closed.spelled.get(period, ()))
        over = [each for each in called if not each.open and overlap(days, (each.starts_on, each.ends_on))]
        return _last((*over, *self._closed.lasting.get(days, ())))


class _OfPeriods:
    """Cycles that are called after periods: by period, by period and their days, and by their days where the name is a
    period with just these.
    """

    def __init__(self) -> None:
        self.spelled: dict[Period, list[Cycle]] = defaultdict(list)
        self.exact: dict[tuple[Period, Days], list[Cycle]] = defaultdict(list)
        self.lasting: dict[Days, list[Cycle]] = defaultdict(list)

    def add(self, cycle: Cycle, period: Period, days: Days | None) -> None:
        """`days` are those of the period."""
        own = (cycle.starts_on, cycle.ends_on)
        self.spelled[period].append(cycle)
        self.exact[(period, own)].append(cycle)
        if own == days:
            self.lasting[own].append(cycle)


def _last(cycles: Iterable[Cycle]) -> Cycle | None:
    return max(cycles, key=lambda each: (each.starts_on, each.id), default=None)


def overlap(one: Days, other: Days) -> bool:
    """Whether they have a day in common."""
    return one[0] <= other[1] and other[0] <= one[1]
