"""Switching single rules of the gateway's cache off, to show that each is needed: some law is broken without it.

The rules of sequences, order and heads are those of projections, switched off by the same patches.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

import pytest

from gateway.live import organization_cache
from gateway.live.commit_listeners import AppliedCommit, CommitListeners
from gateway.live.event_feed import EventFeed
from gateway.live.folded_organization import FoldedOrganization, Index
from gateway.live.names_reader import NamesReader
from gateway.live.organization_cache import OrganizationCache
from gateway.live.organization_repairs import OrganizationRepairs
from gateway.live.organization_view import OrganizationView
from gateway.upstream.ports import OrganizationSnapshot
from gateway.upstream.streams import GOALS
from goldenthread.contracts.envelope import Event
from goldenthread.contracts.read_api import StreamPosition
from goldenthread.runtime.streams import heads
from goldenthread.runtime.streams.position import Commit, Position
from goldenthread.runtime.streams.sequencer import OfferOutcome, Sequencer
from tests.support.simulation import rules
from tests.support.simulation.gateway.process import GatewayProcess
from tests.support.simulation.gateway.world import GatewayRun

Patch = pytest.MonkeyPatch
SHARED = ("gaps fetched", "previous compared", "commit boundaries", "hold until basis", "duplicates dropped")


def _ignore_known(patch: Patch) -> None:
    """A sequence that was received is a duplicate, whatever its id."""
    offer = Sequencer.offer

    def offer_new(self: Sequencer, event: Event) -> OfferOutcome:
        known = event.sequence <= self.tail.sequence
        return offer(self, event) if not known else OfferOutcome.DUPLICATE

    patch.setattr(Sequencer, "offer", offer_new)


def _drop_early(patch: Patch) -> None:
    """What comes while an organization is loaded is lost."""
    deliver = OrganizationCache.deliver

    def deliver_later(self: OrganizationCache, event: Event) -> None:
        if not self.is_loading(event.organization):
            deliver(self, event)

    patch.setattr(OrganizationCache, "deliver", deliver_later)


def _fill_later(patch: Patch) -> None:
    """A snapshot is filled in after it was swapped in."""
    filling: set[asyncio.Task[None]] = set()

    async def fill(state: FoldedOrganization, loaded: OrganizationSnapshot) -> None:
        for _ in state._filling(loaded):
            await asyncio.sleep(0)

    async def prepared(loaded: OrganizationSnapshot, indexes: Iterable[type[Index]] = ()) -> FoldedOrganization:
        state = FoldedOrganization()
        task = asyncio.ensure_future(fill(state, loaded))
        filling.add(task)
        task.add_done_callback(filling.discard)
        return state

    patch.setattr(FoldedOrganization, "prepared", prepared)


def _other_view(patch: Patch) -> None:
    """What is loaded anew is another view."""
    load = OrganizationCache._load

    async def load_other(self: OrganizationCache, organization: str, judged: bool, keep: bool) -> OrganizationView:
        self.organizations.pop(organization, None)
        return await load(self, organization, judged, keep)

    patch.setattr(OrganizationCache, "_load", load_other)


def _forget_known(patch: Patch) -> None:
    """What is loaded anew without verdicts or alerts is shown without them."""
    patch.setattr(organization_cache, "_with_what_is_shown", lambda loaded, view: loaded)


def _pin_nothing(patch: Patch) -> None:
    """Whatever is idle is evicted, held or not."""
    patch.setattr(OrganizationCache, "_is_pinned", lambda self, organization: False)


def _pass_exceptions_on(patch: Patch) -> None:
    """A listener that raises keeps those after it from hearing."""

    def tell(self: CommitListeners, commit: AppliedCommit | None) -> None:
        for hear in list(self._listeners):
            hear(commit)

    patch.setattr(CommitListeners, "tell", tell)


def _answer_past_the_streams(patch: Patch) -> None:
    """What an answer tells is shown, and its stream does not know."""

    async def answer(self: GatewayProcess, events: Sequence[Event]) -> None:
        view = self.view(events[0].organization)
        if view is not None:
            view.state.fold(Commit(events[0].source, tuple(events)))

    patch.setattr(GatewayProcess, "answer", answer)


def _ask_for_news_only(patch: Patch) -> None:
    """No poll asks for heads by name."""
    patch.setattr(heads, "rotating_slice", lambda *_: [])


def _judge_by_number(patch: Patch) -> None:
    """A goals commit is known by its number alone."""

    def shows(self: OrganizationView, place: Position | StreamPosition, source: str = GOALS) -> bool:
        return self.shown(source) >= place.sequence

    patch.setattr(OrganizationView, "shows", shows)
    patch.setattr(OrganizationView, "_of_this_branch", lambda self, verdict: True)


def _repair_nothing(patch: Patch) -> None:
    """What does not follow is not fetched."""

    def request(self: OrganizationRepairs, organization: str, source: str, *, waiting: bool = False) -> None: ...

    patch.setattr(OrganizationRepairs, "request", request)
    patch.setattr(OrganizationRepairs, "reload", lambda self, organization: None)


def _read_no_names(patch: Patch) -> None:
    """What people are called is not read again."""
    patch.setattr(NamesReader, "follow", lambda self, view: None)


def _give_by_number(patch: Patch) -> None:
    """A subscription is given what is replayed as soon as something with its number is shown."""

    async def is_shown(self: EventFeed, head: Position, loads: int) -> bool:
        while self._loads == loads and self._view.shown(self._source) < head.sequence:
            await self._view.changed()
        return self._loads == loads

    patch.setattr(EventFeed, "_is_shown", is_shown)
    patch.setattr(EventFeed, "_is_next", lambda self, event: True)


PATCHES: dict[str, Callable[[Patch], None]] = {
    **{rule: rules.PATCHES[rule] for rule in SHARED},
    "same sequence with another id is a fork": _ignore_known,
    "early events kept": _drop_early,
    "a snapshot swapped in whole": _fill_later,
    "one view for as long as it is in memory": _other_view,
    "what is known kept while its service is away": _forget_known,
    "what is held not evicted": _pin_nothing,
    "listeners isolated": _pass_exceptions_on,
    "answers through the streams": _answer_past_the_streams,
    "all heads now and then": _ask_for_news_only,
    "commits known by their ids": _judge_by_number,
    "repairs": _repair_nothing,
    "names read again": _read_no_names,
    "subscriptions follow one branch": _give_by_number,
}
RULES = ("heads", *PATCHES)


def gateway_without(rule: str, run: GatewayRun, patch: Patch) -> GatewayRun:
    """A run with one rule switched off."""
    if rule in PATCHES:
        PATCHES[rule](patch)
        return run
    return replace(run, heads=False)
