"""The alerts of one organisation: one open alert per (kind, break, addressee), kept current commit by commit.

Deterministic: the same commits give the same alerts, with the same ids and times, whenever and wherever they are
folded. The cost of a commit is in what it changed, not in the size of the organisation.

A goals commit may be folded before it is known what alignment makes of it. What such a commit newly claims about a
goal's thread *waits* for the next step (the verdicts, or the next goals commit, which tells that there were none): the
old verdict on the new graph would raise alerts about breaks that are just being mended. What it takes back, it takes
back at once.
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
from services.notifications.domain import words
from services.notifications.domain.claims import NOTHING, OVER, Claim, Finding, Key, find
from services.notifications.domain.memory import Fact, Memory

NAMESPACE = uuid.UUID("0e0f4f0c-6c07-5f0e-9a77-5b0c7b9d2f11")
ABOUT_GOALS = (AlertKind.GOAL_ORPHANED, AlertKind.GOAL_UNEXPLAINED)

K = TypeVar("K")

AlertPayload = AlertRaised | AlertChanged | AlertResolved


class Applied(Struct, frozen=True):
    """What a commit came to: alert payloads in a fixed order, and the facts to keep (None: forget) by key."""

    payloads: list[AlertPayload]
    facts: dict[str, Fact | None]


class Alerts:
    """The fold of goals and alignment events into alerts. `basis` is the goals commit it reflects."""

    def __init__(self, organization: Id) -> None:
        self.organization = organization
        self.memory = Memory()
        self.basis = 0
        self.open: dict[Key, Alert] = {}
        self._findings: dict[Id, Finding] = {}
        self._holders: dict[Key, set[Id]] = {}
        self._readers: dict[Id, set[Id]] = {}
        self._waiting: set[Id] = set()
        self._over: set[Id] = set()

    @classmethod
    def restored(
        cls, organization: Id, basis: int, facts: Iterable[tuple[str, Fact]], alerts: Iterable[Alert]
    ) -> Alerts:
        """The fold as it was when `facts` and `alerts` (resolved ones are ignored) had been kept at `basis`."""
        made = cls(organization)
        made.basis = basis
        made.memory.restore(facts)
        made.open = {key_of(each): each for each in alerts if each.state is not AlertState.RESOLVED}
        made._look_at(made.memory.sources(), wait=False)
        for source, finding in made._findings.items():
            claim = finding.claim
            if claim is not None and claim.key.kind in ABOUT_GOALS:
                alert = made.open.get(claim.key)
                if alert is None or source not in alert.goals:
                    made._waiting.add(source)
        for source in made._waiting:
            made._hold(source, made._findings[source]._replace(claim=None))
        return made

    def apply_commit(self, goals: list[Event], alignment: list[Event]) -> list[AlertPayload]:
        """Fold one goals commit and the alignment events based on it; a commit folded before changes nothing."""
        return self.fold(goals, alignment).payloads

    def fold(self, goals: list[Event], alignment: list[Event]) -> Applied:
        """As `apply_commit`, or in two steps: a goals commit alone, later the alignment events based on it alone."""
        last = goals[-1] if goals else alignment[-1] if alignment else None
        if last is None or self._known(last):
            return Applied([], {})
        self.basis = last.commit if goals else self.basis
        keys = self._look_at(set(self._waiting), wait=False)
        touched = self.memory.learn(goals, alignment)
        sources = set(touched.sources)
        for id in touched.ids:
            sources |= self._readers.get(id, set())
        keys |= self._look_at(sources, wait=touched.graph and not alignment)
        for debt in sorted(self._over):
            self.memory.forget(debt, touched)
        self._over.clear()
        ordered = sorted(keys, key=lambda key: (key.kind, key.subject, key.addressee or ""))
        made = [payload for key in ordered if (payload := self._settle(key, last.time)) is not None]
        return Applied(made, touched.facts)

    def _known(self, last: Event) -> bool:
        return last.commit <= self.basis if last.basis is None else last.basis < self.basis

    def wanted(self) -> dict[Key, list[Id]]:
        """The alerts there should be, with the goals of each."""
        return {key: self._goals(key) for key in self._holders}

    # -- inside -------------------------------------------------------------------------------------------------------

    def _look_at(self, sources: set[Id], *, wait: bool) -> set[Key]:
        """Find the claims of `sources` again; the keys whose alerts that may change."""
        keys: set[Key] = set()
        for source in sources:
            keys |= self._look(source, wait=wait)
        return keys

    def _look(self, source: Id, *, wait: bool) -> set[Key]:
        before, after = self._findings.get(source, NOTHING), find(self.memory, source)
        self._waiting.discard(source)
        if after is OVER:
            self._over.add(source)
            after = NOTHING
        if wait and after.claim is not None and _new(before.claim, after.claim):
            self._waiting.add(source)
            after = after._replace(claim=None)
        return self._hold(source, after)

    def _hold(self, source: Id, after: Finding) -> set[Key]:
        """Put `after` in the place of what `source` claimed and read before."""
        before = self._findings.get(source, NOTHING)
        for id in before.reads - after.reads:
            _drop(self._readers, id, source)
        for id in after.reads - before.reads:
            self._readers.setdefault(id, set()).add(source)
        if after == NOTHING:
            self._findings.pop(source, None)
        else:
            self._findings[source] = after
        if before.claim == after.claim:
            return set()
        keys = set()
        if before.claim is not None:
            _drop(self._holders, before.claim.key, source)
            keys.add(before.claim.key)
        if after.claim is not None:
            self._holders.setdefault(after.claim.key, set()).add(source)
            keys.add(after.claim.key)
        return keys

    def _settle(self, key: Key, at: datetime) -> AlertPayload | None:
        """Make the open alert of `key` what its claims say."""
        alert, holders = self.open.get(key), self._holders.get(key)
        if not holders:
            if alert is None:
                return None
            del self.open[key]
            return AlertResolved(structs.replace(alert, state=AlertState.RESOLVED, goals=[], resolved_at=at))
        claim, goals, units = self._claim(min(holders)), self._goals(key), self._units(key)
        if alert is None:
            self.open[key] = self._opened(claim, goals, units, at)
            return AlertRaised(self.open[key])
        message, step = words.message(self.memory, claim, goals, units), words.step(self.memory, claim, goals, units)
        # The words of others change with names and titles, which is no news; a silo is told by its words alone.
        said = (alert.message, alert.next_step) == (message, step) or claim.silo is None
        told = (alert.goals, alert.units, alert.cause, alert.broken_at)
        if said and told == (goals, units, claim.cause, claim.broken_at):
            return None
        self.open[key] = structs.replace(
            alert,
            goals=goals,
            cause=claim.cause,
            units=units,
            broken_at=claim.broken_at,
            message=message,
            next_step=step,
        )
        return AlertChanged(self.open[key])

    def _opened(self, claim: Claim, goals: list[Id], units: list[Id], at: datetime) -> Alert:
        key = claim.key
        return Alert(
            id=alert_id(self.organization, key, self.basis),
            kind=key.kind,
            state=AlertState.OPEN,
            subject=key.subject,
            addressee=key.addressee,
            goals=goals,
            message=words.message(self.memory, claim, goals, units),
            next_step=words.step(self.memory, claim, goals, units),
            opened_at=at,
            cause=claim.cause,
            broken_at=claim.broken_at,
            units=units,
        )

    def _claim(self, source: Id) -> Claim:
        claim = self._findings[source].claim
        assert claim is not None
        return claim

    def _goals(self, key: Key) -> list[Id]:
        return sorted(self._holders[key]) if key.kind in ABOUT_GOALS else []

    def _units(self, key: Key) -> list[Id]:
        return sorted(unit for holder in self._holders[key] if (unit := self._claim(holder).unit) is not None)


def key_of(alert: Alert) -> Key:
    """The key an alert is the only open one of."""
    return Key(alert.kind, alert.subject, alert.addressee)


def alert_id(organization: Id, key: Key, opened: int) -> Id:
    """The id of the alert that `key` opened at goals commit `opened`: the same in every recomputation."""
    name = f"{organization}/{key.kind}/{key.subject}/{key.addressee or ''}/{opened}"
    return f"alert_{uuid.uuid5(NAMESPACE, name).hex}"


def _new(before: Claim | None, after: Claim) -> bool:
    return after.key.kind in ABOUT_GOALS and (before is None or before.key != after.key)


def _drop(index: dict[K, set[Id]], key: K, source: Id) -> None:
    bucket = index.get(key)
    if bucket is not None:
        bucket.discard(source)
        if not bucket:
            del index[key]
