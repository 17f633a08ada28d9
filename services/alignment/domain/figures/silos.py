"""Which units are silos: at least two kinds of evidence have lasted as long as an answer may take.

A unit becomes a silo when the clock closes a day (or the policy changes), and is one no more as soon as a commit leaves
it fewer than two of the kinds it was found to be one for.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from goldenthread.contracts.entities import Id
from goldenthread.contracts.events.alignment import (
    AlignmentState,
    SiloEvidence,
    SiloKind,
    UnitConnected,
    UnitSiloed,
)
from services.alignment.domain.figures.counters import Counters, OpenItem, oldest
from services.alignment.domain.figures.figures_fold import NOTHING, FiguresFold

ENOUGH = 2
"""Kinds of evidence that make a silo: each alone may have a good reason."""


class SiloRecord(NamedTuple):
    """What is known of a unit: the evidence that holds, in the order of `SiloKind`, and the silo it was said to be."""

    evidence: tuple[SiloEvidence, ...]
    silo: UnitSiloed | None = None


NO_RECORD = SiloRecord(())


class Silos:
    """The evidence against every unit below the root, and the silos. `unsaved`: units to write."""

    def __init__(self, records: dict[Id, SiloRecord] | None = None) -> None:
        self.records: dict[Id, SiloRecord] = records or {}
        self.unsaved: set[Id] = set()
        self._shown: dict[Id, tuple[Any, ...]] = {}
        """What units showed when they were last looked at."""

    def follow(self, figures: FiguresFold, units: Iterable[Id], at: datetime) -> list[UnitSiloed | UnitConnected]:
        """Look at `units` again after a commit at `at`; those of them that are no silo any more, or for less."""
        events = []
        for unit in sorted(units):
            shown = _shown(figures, unit)
            if shown == self._shown.get(unit):
                continue  # and evidence that lasted goes on to last
            self._shown[unit] = shown
            before = self.records.get(unit, NO_RECORD)
            evidence = _evidence(figures, unit, before, at)
            left = _left(figures, before.silo, evidence, at)
            if (found := _news(unit, before.silo, left)) is not None:
                events.append(found)
            self._see(unit, SiloRecord(evidence, left), before)
        return events

    def judge(self, figures: FiguresFold, now: datetime) -> list[UnitSiloed | UnitConnected]:
        """Judge every unit at `now`: what changes, in the order of their ids."""
        events = []
        for unit in sorted(self.records):
            before = self.records[unit]
            lasting = _lasting(figures, unit, before.evidence, now)
            since = before.silo.since if before.silo else now
            silo = UnitSiloed(unit, since, lasting) if len(lasting) >= ENOUGH else None
            if (found := _news(unit, before.silo, silo)) is not None:
                events.append(found)
            self._see(unit, before._replace(silo=silo), before)
        return events

    def now(self) -> list[UnitSiloed]:
        """The units that are silos, in the order of their ids."""
        return [record.silo for _, record in sorted(self.records.items()) if record.silo is not None]

    def _see(self, unit: Id, after: SiloRecord, before: SiloRecord) -> None:
        if after != before:
            self.unsaved.add(unit)
            self.records[unit] = after
            if after == NO_RECORD:
                del self.records[unit]


def _shown(figures: FiguresFold, unit: Id) -> tuple[Any, ...]:
    """Everything that a commit can change of what follows for a unit."""
    counted = figures.counters.get(unit, NOTHING)
    return figures.org.units.get(unit), bool(counted.states), _holding(counted)


def _evidence(figures: FiguresFold, unit: Id, before: SiloRecord, at: datetime) -> tuple[SiloEvidence, ...]:
    """The kinds that hold for a unit after a commit at `at`; what held before holds since then."""
    row, known = figures.org.units.get(unit), {each.kind: each.since for each in before.evidence}
    if row is None or row.parent is None or row.closed:
        return ()
    found = []
    for kind, holds in _holding(figures.counters.get(unit, NOTHING)):
        if isinstance(holds, OpenItem):
            found.append(SiloEvidence(kind, holds.at, holds.about))
        elif holds:
            found.append(SiloEvidence(kind, known.get(kind, at)))
    return tuple(found)


def _holding(counted: Counters) -> tuple[tuple[SiloKind, OpenItem | bool], ...]:
    """Does each kind of evidence hold now? Where the state says so: since when, and what it is about."""
    traced = AlignmentState.ALIGNED in counted.states or AlignmentState.UNEXPLAINED in counted.states
    return (
        (SiloKind.UNTOLD, counted.told == 0),
        (SiloKind.UNANSWERED, oldest(counted.owes) or False),
        (SiloKind.ORPHANED, bool(counted.states) and not traced),
        (SiloKind.ISOLATED, counted.ties == 0),
        (SiloKind.UNHEARD, oldest(counted.waits) or False),
    )


def _lasting(figures: FiguresFold, unit: Id, evidence: Iterable[SiloEvidence], now: datetime) -> list[SiloEvidence]:
    """What counts against a unit: nothing without active objectives, or while it is young where it is."""
    org, counted, row = figures.org, figures.counters.get(unit, NOTHING), figures.org.units.get(unit)
    if org.info is None or row is None or not counted.states:
        return []
    policy, placed = org.info.policy, row.placed_at or org.info.created_at
    if now - placed < timedelta(days=policy.grace_days):
        return []
    return [each for each in evidence if now - each.since >= timedelta(days=policy.reply_days)]


def _left(
    figures: FiguresFold, silo: UnitSiloed | None, evidence: Iterable[SiloEvidence], now: datetime
) -> UnitSiloed | None:
    """What a silo still is one for, of the kinds it was; None when that is not enough."""
    if silo is None:
        return None
    kinds = {each.kind for each in silo.evidence}
    left = [each for each in _lasting(figures, silo.unit, evidence, now) if each.kind in kinds]
    return UnitSiloed(silo.unit, silo.since, left) if len(left) >= ENOUGH else None


def _news(unit: Id, before: UnitSiloed | None, after: UnitSiloed | None) -> UnitSiloed | UnitConnected | None:
    if after is not None:
        return after if after != before else None
    return UnitConnected(unit, before.since) if before is not None else None
