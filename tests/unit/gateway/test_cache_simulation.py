"""The gateway's real cache among services that fail, are restored and rebuilt: its laws hold at every moment."""

from __future__ import annotations

import logging
import os
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from gateway.live import organization_cache
from gateway.live.event_feed import EventFeed
from gateway.live.organization_cache import OrganizationCache
from gateway.live.organization_view import OrganizationView
from gateway.upstream.ports import OrganizationSnapshot
from goldenthread.contracts.envelope import Event
from tests.support.simulation.gateway.readers import Raising
from tests.support.simulation.gateway.rules import RULES, gateway_without
from tests.support.simulation.gateway.world import GatewayRun, simulate_gateway

MANY = int(os.environ.get("GOLDENTHREAD_SIMULATION_RUNS", "5000"))
ONCE_BROKEN = (21_802, 22_645, 21_585, 30_472)
"""Long runs that broke a law once: a subscription waited for an event that was taken back before it was shown; verdicts
of another goals branch counted as up to date.
"""
FEW = 300
"""Runs, at most, until a missing rule shows."""


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """The troubles of a run are not news."""
    logging.disable(logging.ERROR)
    yield
    logging.disable(logging.NOTSET)


def failures(runs: Iterable[GatewayRun]) -> dict[int, list[str]]:
    return {run.seed: found for run in runs if (found := simulate_gateway(run))}


@pytest.fixture
def met(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """What runs go through, counted from now on."""
    found: Counter[str] = Counter()
    deliver, forget, load = OrganizationCache.deliver, OrganizationCache.forget, OrganizationView.load
    lose, end, completed = EventFeed._lose, Raising.end, organization_cache._with_what_is_shown

    def delivered(self: OrganizationCache, event: Event) -> None:
        found["an event came during a load"] += self.is_loading(event.organization)
        deliver(self, event)
        view = self.organizations.get(event.organization)
        found["a commit waited for goals"] += view is not None and view.streams.waiting

    def forgotten(self: OrganizationCache, organization: str) -> None:
        found["an organization was evicted"] += organization in self.organizations
        forget(self, organization)

    def loaded(self: OrganizationView, *args: Any) -> None:
        found["an organization was loaded anew while it was heard"] += len(self.listeners) > 0
        load(self, *args)

    def lost(self: EventFeed) -> None:
        found["a subscription lost its queue"] += bool(self._waiting)
        lose(self)

    def ended(self: Raising) -> None:
        found["a listener was ended"] += 1
        end(self)

    def kept(snapshot: OrganizationSnapshot, view: OrganizationView) -> OrganizationSnapshot:
        found["what was known was kept"] += snapshot.alignment is None or snapshot.alerts is None
        return completed(snapshot, view)

    monkeypatch.setattr(OrganizationCache, "deliver", delivered)
    monkeypatch.setattr(OrganizationCache, "forget", forgotten)
    monkeypatch.setattr(OrganizationView, "load", loaded)
    monkeypatch.setattr(EventFeed, "_lose", lost)
    monkeypatch.setattr(Raising, "end", ended)
    monkeypatch.setattr(organization_cache, "_with_what_is_shown", kept)
    return found


@pytest.mark.slow
def test_every_run_keeps_the_laws_ends_in_a_fresh_fold_and_together_they_meet_every_trouble(met: Counter[str]) -> None:
    assert failures(GatewayRun(seed) for seed in range(150)) == {}
    assert len(met) == 7
    assert min(met.values()) >= 10, met


@pytest.mark.long
def test_thousands_of_longer_runs_keep_the_laws() -> None:
    assert failures(GatewayRun(seed, steps=60) for seed in range(10_000, 10_000 + MANY)) == {}


@pytest.mark.parametrize("seed", ONCE_BROKEN)
def test_long_runs_that_broke_a_law_once_keep_all(seed: int) -> None:
    assert simulate_gateway(GatewayRun(seed, steps=60, deletes=False)) == []


@pytest.mark.slow
@pytest.mark.parametrize("rule", RULES)
def test_without_any_one_rule_some_run_breaks_a_law(rule: str, monkeypatch: pytest.MonkeyPatch) -> None:
    run = gateway_without(rule, GatewayRun(0), monkeypatch)
    assert any(simulate_gateway(replace(run, seed=seed)) for seed in range(FEW)), f"no run in {FEW} needed: {rule}"


def test_the_same_seed_gives_the_same_run() -> None:
    runs = [simulate_gateway(GatewayRun(0, heads=False)) for _ in range(2)]
    assert runs[0] == runs[1] != []
