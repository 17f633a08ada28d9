"""The alerts of one organization: one open alert per (kind, break, addressee), kept current commit by commit.

Deterministic: the same commits give the same alerts, with the same ids and times, whenever and wherever they are
folded. The cost of a commit is in what it changed, not in the size of the organization.

A goals commit may be folded before it is known what alignment makes of it. A new reason that it gives about a goal's
thread is *postponed* to the next step (the verdicts, or the next goals commit, which tells that there were none): the
old verdict on the new graph would raise alerts about breaks that are just being mended. A reason that ends, ends at
once.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import TypeVar

from msgspec import Struct, structs

from goldenthread.contracts.entities import Id
from goldenthread.contracts.envelope import Event
from goldenthread.contracts.events.alerts import (
    Alert,
    AlertChanged,
    AlertKind,
    AlertRaised,
    AlertResolved,
    AlertState,
)
from services.notifications.domain import alert_texts
from services.notifications.domain.alert_facts import AlertFacts, Fact
from services.notifications.domain.alert_reasons import (
    DEBT_IS_OVER,
    NO_REASON,
    AlertKey,
    AlertReason,
    ReasonSearch,
    find_reason,
)

NAMESPACE = uuid.UUID("0e0f4f0c-6c07-5f0e-9a77-5b0c7b9d2f11")
ABOUT_GOALS = (AlertKind.GOAL_ORPHANED, AlertKind.GOAL_UNEXPLAINED)

K = TypeVar("K")

AlertPayload = AlertRaised | AlertChanged | AlertResolved


class FoldResult(Struct, frozen=True):
    """What a commit came to: alert payloads in a fixed order, and the facts to keep (None: forget) by key."""

    payloads: list[AlertPayload]
    facts: dict[str, Fact | None]


class Alerts:
    """The fold of goals and alignment events into alerts. `basis` is the goals commit it reflects."""

    def __init__(self, organization: Id) -> None:
        self.organization = organization
        self.facts = AlertFacts()
        self.basis = 0
        self.open: dict[AlertKey, Alert] = {}
        self._searches: dict[Id, ReasonSearch] = {}
        self._sources_of: dict[AlertKey, set[Id]] = {}
        self._dependents: dict[Id, set[Id]] = {}
        self._postponed: set[Id] = set()
        self._ended_debts: set[Id] = set()

    @classmethod
    def restored(
        cls, organization: Id, basis: int, facts: Iterable[tuple[str, Fact]], alerts: Iterable[Alert]
    ) -> Alerts:
        """The fold as it was when `facts` and `alerts` (resolved ones are ignored) had been kept at `basis`."""
        made = cls(organization)
        made.basis = basis
        made.facts.restore(facts)
        made.open = {key_of(each): each for each in alerts if each.state is not AlertState.RESOLVED}
        made._search_again(made.facts.sources(), wait=False)
        for source, search in made._searches.items():
            reason = search.reason
            if reason is not None and reason.key.kind in ABOUT_GOALS:
                alert = made.open.get(reason.key)
                if alert is None or source not in alert.goals:
                    made._postponed.add(source)
        for source in made._postponed:
            made._record(source, made._searches[source]._replace(reason=None))
        return made

    def apply_commit(self, goals: list[Event], alignment: list[Event]) -> list[AlertPayload]:
        """Fold one goals commit and the alignment events based on it; a commit folded before changes nothing."""
        return self.fold(goals, alignment).payloads

    def fold(self, goals: list[Event], alignment: list[Event]) -> FoldResult:
        """As `apply_commit`, or in two steps: a goals commit alone, later the alignment events based on it alone."""
        last = goals[-1] if goals else alignment[-1] if alignment else None
        if last is None or self._known(last):
            return FoldResult([], {})
        self.basis = last.commit if goals else self.basis
        keys = self._search_again(set(self._postponed), wait=False)
        changes = self.facts.apply(goals, alignment)
        sources = set(changes.sources)
        for id in changes.ids:
            sources |= self._dependents.get(id, set())
        keys |= self._search_again(sources, wait=changes.graph and not alignment)
        for debt in sorted(self._ended_debts):
            self.facts.forget(debt, changes)
        self._ended_debts.clear()
        ordered = sorted(keys, key=lambda key: (key.kind, key.subject, key.addressee or ""))
        made = [payload for key in ordered if (payload := self._update_alert(key, last.time)) is not None]
        return FoldResult(made, changes.facts)

    def _known(self, last: Event) -> bool:
        return last.commit <= self.basis if last.basis is None else last.basis < self.basis

    def wanted(self) -> dict[AlertKey, list[Id]]:
        """The alerts there should be, with the goals of each."""
        return {key: self._goals(key) for key in self._sources_of}

    # -- inside -------------------------------------------------------------------------------------------------------

    def _search_again(self, sources: set[Id], *, wait: bool) -> set[AlertKey]:
        """Search `sources` for reasons again; the keys whose alerts may change."""
        keys: set[AlertKey] = set()
        for source in sources:
            keys |= self._search(source, wait=wait)
        return keys

    def _search(self, source: Id, *, wait: bool) -> set[AlertKey]:
        before, after = self._searches.get(source, NO_REASON), find_reason(self.facts, source)
        self._postponed.discard(source)
        if after is DEBT_IS_OVER:
            self._ended_debts.add(source)
            after = NO_REASON
        if wait and after.reason is not None and _new(before.reason, after.reason):
            self._postponed.add(source)
            after = after._replace(reason=None)
        return self._record(source, after)

    def _record(self, source: Id, after: ReasonSearch) -> set[AlertKey]:
        """Put `after` in the place of the earlier search of `source`."""
        before = self._searches.get(source, NO_REASON)
        for id in before.reads - after.reads:
            _discard(self._dependents, id, source)
        for id in after.reads - before.reads:
            self._dependents.setdefault(id, set()).add(source)
        if after == NO_REASON:
            self._searches.pop(source, None)
        else:
            self._searches[source] = after
        if before.reason == after.reason:
            return set()
        keys = set()
        if before.reason is not None:
            _discard(self._sources_of, before.reason.key, source)
            keys.add(before.reason.key)
        if after.reason is not None:
            self._sources_of.setdefault(after.reason.key, set()).add(source)
            keys.add(after.reason.key)
        return keys

    def _update_alert(self, key: AlertKey, at: datetime) -> AlertPayload | None:
        """Bring the open alert of `key` up to date with its reasons, one of which has just changed: that names and
        titles in its words change is no reason."""
        alert, holders = self.open.get(key), self._sources_of.get(key)
        if not holders:
            if alert is None:
                return None
            del self.open[key]
            return AlertResolved(structs.replace(alert, state=AlertState.RESOLVED, goals=[], resolved_at=at))
        reason, goals, units = self._reason(min(holders)), self._goals(key), self._units(key)
        if alert is None:
            self.open[key] = self._opened(reason, goals, units, at)
            return AlertRaised(self.open[key])
        changed = structs.replace(
            alert,
            goals=goals,
            cause=reason.cause,
            units=units,
            broken_at=reason.broken_at,
            message=alert_texts.message(self.facts, reason, goals, units),
            next_step=alert_texts.step(self.facts, reason, goals, units),
        )
        if changed == alert:
            return None
        self.open[key] = changed
        return AlertChanged(changed)

    def _opened(self, reason: AlertReason, goals: list[Id], units: list[Id], at: datetime) -> Alert:
        key = reason.key
        return Alert(
            id=alert_id(self.organization, key, self.basis),
            kind=key.kind,
            state=AlertState.OPEN,
            subject=key.subject,
            addressee=key.addressee,
            goals=goals,
            message=alert_texts.message(self.facts, reason, goals, units),
            next_step=alert_texts.step(self.facts, reason, goals, units),
            opened_at=at,
            cause=reason.cause,
            broken_at=reason.broken_at,
            units=units,
        )

    def _reason(self, source: Id) -> AlertReason:
        reason = self._searches[source].reason
        assert reason is not None
        return reason

    def _goals(self, key: AlertKey) -> list[Id]:
        return sorted(self._sources_of[key]) if key.kind in ABOUT_GOALS else []

    def _units(self, key: AlertKey) -> list[Id]:
        return sorted(unit for holder in self._sources_of[key] if (unit := self._reason(holder).unit) is not None)


def key_of(alert: Alert) -> AlertKey:
    """The key an alert is the only open one of."""
    return AlertKey(alert.kind, alert.subject, alert.addressee)


def alert_id(organization: Id, key: AlertKey, opened: int) -> Id:
    """The id of the alert that `key` opened at goals commit `opened`: the same in every recomputation."""
    name = f"{organization}/{key.kind}/{key.subject}/{key.addressee or ''}/{opened}"
    return f"alert_{uuid.uuid5(NAMESPACE, name).hex}"


def _new(before: AlertReason | None, after: AlertReason) -> bool:
    return after.key.kind in ABOUT_GOALS and (before is None or before.key != after.key)


def _discard(index: dict[K, set[Id]], key: K, source: Id) -> None:
    bucket = index.get(key)
    if bucket is not None:
        bucket.discard(source)
        if not bucket:
            del index[key]
