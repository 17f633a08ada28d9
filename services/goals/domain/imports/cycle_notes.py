"""What an import says of the cycles that its file names: the days they were opened with, and why some were not."""

from __future__ import annotations

from collections.abc import Iterator

from goldenthread.contracts.entities import Cycle, Policy
from goldenthread.contracts.texts import first_of
from goldenthread.exchange.dates.periods import Period, YearKind
from services.goals.domain.imports.known_cycles import Days

_NAMED, _SHOWN = 10, 60
"""Names that a message shows, and characters of each, at most."""


class CycleNotes:
    """Notes of one import; each kind of them is one message, however many cycles it is about."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self.undated: list[str] = []
        """Names that are no known period, and of which no row has days."""
        self.unread: list[str] = []
        """Periods that were imported when they were not read as such."""
        self._by_policy: list[str] = []
        self._by_rows: list[str] = []
        self._other: dict[str, str] = {}

    def opened(self, name: str, period: Period, days: Days, by_policy: Days | None) -> None:
        """A cycle was opened; that is said where another policy would have given it other days."""
        if days != by_policy:
            would_be = f" (by the policy {_said(by_policy)})" if by_policy is not None else ""
            self._by_rows.append(f"“{name[:_SHOWN]}” from {_said(days)}{would_be}")
        elif period.kind is YearKind.FISCAL or (period.by_policy and self._policy.fiscal_year_start > 1):
            self._by_policy.append(f"“{name[:_SHOWN]}” from {_said(days)}")

    def other_days(self, cycle: Cycle, days: Days) -> None:
        """A name was taken as a cycle; that is said where its days are others than those of the period."""
        here = (cycle.starts_on, cycle.ends_on)
        if here != days:
            self._other.setdefault(cycle.id, f"“{cycle.name[:_SHOWN]}” from {_said(here)}, not {_said(days)}")

    def messages(self) -> Iterator[str]:
        """One for each kind of note."""
        year, named_by = self._policy.fiscal_year_start, self._policy.fiscal_year_named_by
        policy = f"policy fiscalYearStart {year}, fiscalYearNamedBy {named_by}"
        if self._by_policy:
            yield (
                f"Opened as cycles: {first_of(self._by_policy, _NAMED, '; ')} ({policy}). "
                "For a part of the calendar year write CY: CY2026 Q1."
            )
        if self._by_rows:
            yield (
                "Opened as cycles with the days of their rows, which are those of another year than the policy says: "
                f"{first_of(self._by_rows, _NAMED, '; ')}. Check when your year begins ({policy}; setPolicy)."
            )
        if self._other:
            other = first_of(list(self._other.values()), _NAMED, "; ")
            yield f"Taken as a cycle that is here and keeps its days: {other}."
        if self.unread:
            yield (
                f"No cycle was made for {first_of(self.unread, _NAMED)}: this file was imported when that was no "
                "period, and a text that has not changed changes nothing. Write it in another way (2026-Q1 for "
                "Q1 2026), or move the objectives (updateObjective)."
            )
        if self.undated:
            yield (
                f"No cycle was made for {first_of(self.undated, _NAMED)}: no row says when it starts and ends, and it "
                "is no period with known days, such as Q1 2026, H1 2026, FY26 Q1 or Jan - Mar 2026; nor is 2025/26 "
                "where the policy fiscalYearStart is 1. Open it (openCycle)."
            )


def _said(days: Days) -> str:
    return f"{days[0]} to {days[1]}"
