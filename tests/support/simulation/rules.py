"""Switching single rules off, to show that each is needed: what the projection would be without it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from goldenthread.contracts.envelope import Event
from goldenthread.runtime.projection import Checkpoint, Commit, Merge, Page, Position, Projection, Save, StoredState
from goldenthread.runtime.projection.organization_state import OrganizationState
from goldenthread.runtime.projection.quarantine import Poison
from goldenthread.runtime.projection.state_cache import StateCache
from goldenthread.runtime.streams.heads import HeadsWatch
from goldenthread.runtime.streams.organization_streams import OrganizationStreams
from goldenthread.runtime.streams.sequencer import OfferOutcome, Sequencer
from tests.support.simulation import process
from tests.support.simulation.world import Run


def _skip_gaps(patch: pytest.MonkeyPatch) -> None:
    """The next larger sequence is as good as the next."""
    follows = Sequencer._follows

    def follows_or_skips(self: Sequencer, event: Event) -> bool:
        return event.sequence > self.tail.sequence + 1 or follows(self, event)

    patch.setattr(Sequencer, "_is_early", lambda self, event: False)
    patch.setattr(Sequencer, "_follows", follows_or_skips)


def _keep_memory(patch: pytest.MonkeyPatch) -> None:
    """A failed save and a revoked partition leave what is in memory there."""
    patch.setattr(StateCache, "_discard", lambda self, slot: None)
    patch.setattr(StateCache, "drop", lambda self, organization: None)


def _keep_ahead(patch: pytest.MonkeyPatch) -> None:
    """What was folded during a transaction that failed stays in memory."""
    patch.setattr(StateCache, "drop_if_current", lambda self, state: None)


def _ignore_previous(patch: pytest.MonkeyPatch) -> None:
    """Only sequences are compared."""

    def continues(asked: Position, page: Page) -> bool:
        return bool(page.events) or page.head.sequence >= asked.sequence

    patch.setattr(Sequencer, "_follows", lambda self, event: True)
    patch.setattr(OrganizationStreams, "continues", staticmethod(continues))


def _split_commits(patch: pytest.MonkeyPatch) -> None:
    """Every event is folded as it comes."""
    patch.setattr(Sequencer, "_closes", lambda self, event: True)


def _arrival_order(patch: pytest.MonkeyPatch) -> None:
    """Neither stream waits for the other."""

    def first_ready(self: Merge, sequencers: Mapping[str, Sequencer], *_: Any) -> str | None:
        return next((source for source in self.sources if sequencers[source].ready), None)

    patch.setattr(Merge, "next", first_ready)
    patch.setattr(Merge, "check", lambda *_: None)


def _take_duplicates(patch: pytest.MonkeyPatch) -> None:
    """What was folded once is folded again when it comes again."""
    offer = Sequencer.offer

    def offer_all(self: Sequencer, event: Event) -> OfferOutcome:
        outcome = offer(self, event)
        if outcome is OfferOutcome.DUPLICATE and event.closes_commit:
            self.ready.append(Commit(event.source, (event,)))
        return outcome

    patch.setattr(Sequencer, "offer", offer_all)


def _keep_late_followers(patch: pytest.MonkeyPatch) -> None:
    """A follower's commit whose place was passed is folded where it comes."""
    patch.setattr(Merge, "check", lambda *_: None)


def _skip_poison(patch: pytest.MonkeyPatch) -> None:
    """A commit that cannot be folded is left out."""
    apply = OrganizationState._apply

    def apply_or_skip(self: OrganizationState[Any], commit: Commit) -> None:
        try:
            apply(self, commit)
        except Poison:
            self.streams.advance(commit)
            self._moved = True

    patch.setattr(OrganizationState, "_apply", apply_or_skip)


def _ignore_version(patch: pytest.MonkeyPatch) -> None:
    """What other code has folded is as good as one's own."""
    original, at = OrganizationState.__init__, Projection._at

    def init(
        self: OrganizationState[Any], organization: str, loaded: StoredState[Any] | None, fold: Any, *rest: Any
    ) -> None:
        original(self, organization, loaded, fold, *rest)
        if loaded is not None and loaded.checkpoint.fold_version != fold.version:
            self._start(loaded.state, dict(loaded.checkpoint.positions), fresh=False)

    def at_any(self: Projection[Any], checkpoint: Checkpoint | None, source: str) -> Position:
        return at(self, checkpoint and replace(checkpoint, fold_version=self._fold.version), source)

    patch.setattr(OrganizationState, "__init__", init)
    patch.setattr(Projection, "_at", at_any)


def _add_to_old(patch: pytest.MonkeyPatch) -> None:
    """What was folded again from the first event is added to what is stored."""
    unsaved = OrganizationState.unsaved

    def unsaved_as_more(self: OrganizationState[Any]) -> Save[Any] | None:
        save = unsaved(self)
        return save and replace(save, fresh=False)

    patch.setattr(OrganizationState, "unsaved", unsaved_as_more)


def _ask_for_news_only(patch: pytest.MonkeyPatch) -> None:
    """After its first, no poll asks for the heads of all organizations."""
    patch.setattr(process, "PACE", replace(process.PACE, full_heads_every=10**9))
    patch.setattr(HeadsWatch, "ask_for_all", lambda self: None)


PATCHES = {
    "gaps fetched": _skip_gaps,
    "memory dropped": _keep_memory,
    "what is ahead of a failed save dropped": _keep_ahead,
    "previous compared": _ignore_previous,
    "commit boundaries": _split_commits,
    "hold until basis": _arrival_order,
    "duplicates dropped": _take_duplicates,
    "late followers fold again": _keep_late_followers,
    "poison never skipped": _skip_poison,
    "other code folds again": _ignore_version,
    "a fresh fold replaces": _add_to_old,
    "all heads now and then": _ask_for_news_only,
}
OUTSIDE = {
    "guard": "guard",
    "state and position in one transaction": "atomic",
    "what is saved prepared before folding goes on": "prepared",
    "heads": "heads",
    "the upstream says that an organization was deleted": "tells_deletion",
    "a tombstone stays of a deleted organization": "tombstones",
}
"""Rules that live outside the projection: the switch of `Run` for each."""
RULES = (*OUTSIDE, *PATCHES)


def without(rule: str, seed: int, patch: pytest.MonkeyPatch) -> Run:
    """A run with one rule switched off."""
    if rule in PATCHES:
        PATCHES[rule](patch)
    return Run(seed, **({OUTSIDE[rule]: False} if rule in OUTSIDE else {}))
