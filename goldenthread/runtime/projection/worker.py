"""The work on one organization: take records in, catch up with the upstreams, fold, have it saved, stop at poison."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Generic

from goldenthread.contracts.envelope import DELETED, Undecodable
from goldenthread.runtime.observability.failures import is_away, log_unforeseen
from goldenthread.runtime.projection.offload import ThreadOffload
from goldenthread.runtime.projection.organization_state import OrganizationState
from goldenthread.runtime.projection.pace import Pace
from goldenthread.runtime.projection.pipelined_saver import PipelinedSaver, SaveResult, StateDropped
from goldenthread.runtime.projection.protocols import Conflict, Fold, S, Store
from goldenthread.runtime.projection.quarantine import Poison, Quarantine, TooManyQuarantined
from goldenthread.runtime.projection.state_cache import StateCache
from goldenthread.runtime.streams.merge import Merge, OutOfOrder
from goldenthread.runtime.streams.organization_streams import BrokenPage
from goldenthread.runtime.streams.position import GONE, START, Position
from goldenthread.runtime.streams.sequencer import OfferOutcome
from goldenthread.runtime.streams.upstream import Page, Record, Upstream

log = logging.getLogger(__name__)

_FORESEEN = (Conflict, StateDropped, OutOfOrder, Undecodable)
"""What drops an organization from memory besides poison and what is away: another member, another branch."""


@dataclass(frozen=True, slots=True)
class DeliveryResult:
    """What became of records. `done` is True: up to date; None: waits for the other stream; False: to be repaired."""

    done: bool | None
    saved: SaveResult | None = None
    """Of what was folded; None when nothing was."""


class Worker(Generic[S]):
    """The only code that touches an `OrganizationState`, always inside `StateCache.hold`: an error there drops it.

    `lost` is called with an organization that was dropped because it could not be saved.
    """

    def __init__(
        self,
        fold: Fold[S],
        store: Store[S],
        merge: Merge,
        upstreams: Mapping[str, Upstream],
        quarantine: Quarantine,
        pace: Pace,
        offload: ThreadOffload,
        lost: Callable[[str], None],
    ) -> None:
        self.cache: StateCache[S] = StateCache(self._load, pace.in_memory, pace.held_weight)
        self.stats: Counter[str] = Counter()
        self.failure: TooManyQuarantined | None = None
        self.halts: dict[str, Poison] = {}
        """Organizations with a commit that raised: they are folded again up to it, then quarantined."""
        self._to_rebuild: set[str] = set()
        """Organizations to fold from the first event when they are loaded."""
        self._fold, self._store, self._merge, self._upstreams = fold, store, merge, upstreams
        self._quarantine = quarantine
        self._pace = pace
        self._offload = offload
        self._lost = lost
        self.saver = PipelinedSaver(store, self.cache, offload, pace.width, self._count_save, self._not_saved)

    def can_fold_now(self, organization: str) -> bool:
        """Can it be folded now, without waiting for anything but, perhaps, its last transaction?"""
        state = self.cache.peek_unused(organization)
        return state is not None and not self._offload.heavy(state.weight)

    async def deliver(self, organization: str, records: list[Record]) -> DeliveryResult:
        """Take records in, fold what is due and have it saved: at most `Pace.ahead` commits ahead of the store."""
        try:
            await self._keep_pace(organization)
            async with self.cache.hold(organization) as state:
                if state.deleted:
                    return DeliveryResult(True)
                for record in records:
                    self._offer(state, record)
                if state.fresh:
                    return DeliveryResult(False)
                saved = await self._advance(state)
                done = False if state.streams.needs_repair else None if state.stalled else True
            if state.halted is not None:
                await self._stop(state)
                done = False
            return DeliveryResult(done, saved)
        except Exception as error:
            await self._failed(organization, error)
            return DeliveryResult(False)

    async def catch_up(self, organization: str, asked: bool) -> bool:
        """Fold up to the upstreams' heads; True when there (or quarantined). Without `asked` only if it still waits."""
        if organization in self._quarantine:
            return True
        try:
            if not asked and not await self._needs(organization):
                return True
            self.stats["repairs"] += 1
            state = await self._fetch(organization) or await self._fetch(organization)
            done = state is not None and await self._finish(organization, state)
        except Exception as error:
            await self._failed(organization, error)
            return organization in self._quarantine
        if done:
            self._quarantine.discard_unreadable(organization)
        return done

    # -- inside -------------------------------------------------------------------------------------------------------

    async def _keep_pace(self, organization: str) -> None:
        state = self.cache.peek(organization)
        if state is not None and state.ahead >= self._pace.ahead and state.current_save is not None:
            await asyncio.wait([state.current_save])

    async def _load(self, organization: str) -> OrganizationState[S]:
        await self.saver.transaction_ended(organization)
        loaded = await self._store.load(organization)
        state = OrganizationState(organization, loaded, self._fold, self._merge, self._pace.room)
        if (poison := self.halts.get(organization)) is not None:
            state.halt = poison.end
        if organization in self._to_rebuild and not state.deleted:
            state.rebuild()
        return state

    def _offer(self, state: OrganizationState[S], record: Record) -> None:
        if record.event is None:
            self._quarantine.keep_unreadable(record)
        elif record.event.type == DELETED and record.source == self._merge.first:
            state.streams.needs_repair = True  # its upstream is asked: what it says counts, not what a topic brings
            return
        outcome = state.streams.offer(record.source, record.event)
        if outcome is not OfferOutcome.KEPT:
            self.stats[outcome.value] += 1

    async def _needs(self, organization: str) -> bool:
        async with self.cache.hold(organization) as state:
            return state.streams.needs_repair or state.fresh or state.stalled

    async def _fetch(self, organization: str) -> OrganizationState[S] | None:
        """Read every stream that is due to its head; None when it has to be read again, perhaps from the start."""
        at_head: set[str] = set()
        while True:
            async with self.cache.hold(organization) as state:
                wanted = self._wanted(state, at_head)
            if not wanted:
                return state
            for source, (after, limit) in wanted.items():
                page = await self._page(organization, state, source, after, limit)
                if page.head == GONE:
                    await self._delete(organization, source)
                    return None
                if not await self.saver.flushed(state):
                    return None
                async with self.cache.hold(organization) as now:
                    if now is not state:
                        return None
                    follows = await self._follow(state, source, after, page)
                    if follows and (limit == 1 or state.streams.received(source).sequence >= page.head.sequence):
                        at_head.add(source)
                if state.halted is not None:
                    await self._stop(state)
                elif isinstance(follows, Poison) and await self.saver.flushed(state):
                    raise follows
                if state.halted is not None or follows is not True:
                    return None

    async def _delete(self, organization: str, source: str) -> None:
        """Delete what is kept of an organization, as the first upstream did. A follower that has done so is not enough:
        it learned it from the first.
        """
        first = self._merge.first
        if source != first and (await self._upstreams[first].events(organization, 0, 1)).head != GONE:
            raise ConnectionError(f"{source} has deleted {organization}, and {first} does not say so")
        async with self.cache.hold(organization):
            await self._store.delete(organization)
        self.cache.drop(organization)
        self.halts.pop(organization, None)
        self._to_rebuild.discard(organization)
        self._quarantine.discard_unreadable(organization)
        self.stats["deleted"] += 1

    def _wanted(self, state: OrganizationState[S], at_head: set[str]) -> dict[str, tuple[Position, int]]:
        """After what to ask which upstreams, and for how much.

        A stream with commits that wait for the other is asked last, and for one commit only: whether it is still on the
        upstream's branch, since otherwise they may wait for ever.
        """
        if state.deleted:
            return {}
        rest = {source: sequencer for source, sequencer in state.streams.sequencers.items() if source not in at_head}
        empty = {
            source: (sequencer.complete, self._pace.page) for source, sequencer in rest.items() if not sequencer.ready
        }
        return empty or {source: (sequencer.complete, 1) for source, sequencer in rest.items()}

    async def _page(
        self, organization: str, state: OrganizationState[S], source: str, after: Position, limit: int
    ) -> Page:
        """One page; commit by commit where one of them is undecodable, to stop exactly before it."""
        upstream = self._upstreams[source]
        try:
            return await upstream.events(organization, after.sequence, limit)
        except Undecodable:
            try:
                return await upstream.events(organization, after.sequence, 1)
            except Undecodable as error:
                async with self.cache.hold(organization) as now:
                    if now is state:
                        await self._advance(state)
                if await self.saver.flushed(state):
                    raise Poison(source, after, None, str(error)) from error
                raise

    async def _follow(self, state: OrganizationState[S], source: str, after: Position, page: Page) -> bool | Poison:
        """Fold a page in. False when the upstream is on another branch, and the state is to be folded again; poison
        when the page breaks off, and what comes before is folded.
        """
        if not state.streams.continues(after, page):
            if after == START:
                raise Poison(source, START, None, "the upstream's stream does not begin with its first event")
            self.stats["rebuilds"] += 1
            state.rebuild()
            return False
        if not page.events and page.head != after:
            raise ConnectionError(f"{source} has events after {after.sequence} and does not give them")
        try:
            state.streams.take(source, after, page)
        except BrokenPage as broken:
            await self._advance(state)
            return Poison(broken.source, broken.position, None, broken.reason)
        if page.events and state.streams.received(source) == after and not state.streams.full(source):
            raise ConnectionError(f"{source} gives half a commit after {after.sequence}")
        await self._advance(state, save=not state.fresh)
        return True

    async def _finish(self, organization: str, state: OrganizationState[S]) -> bool:
        async with self.cache.hold(organization) as now:
            if now is not state:
                return False
            await self._advance(state)
            if state.halted is None:
                state.streams.needs_repair = False
            done = not state.stalled
        if state.halted is not None:
            await self._stop(state)
            return False
        if not await self.saver.flushed(state):
            return False
        self._to_rebuild.discard(organization)
        return done

    async def _advance(self, state: OrganizationState[S], *, save: bool = True) -> SaveResult | None:
        """Fold what is due, and have it saved: state, positions and outputs in one transaction."""
        self.stats["commits"] += await self._offload.run(state.weight, state.fold)
        return await self.saver.save(state) if save or state.halted else None

    async def _stop(self, state: OrganizationState[S]) -> None:
        """Raise what the commit is known to raise, once everything before it is saved, if that can be done."""
        saved = await self.saver.flushed(state)
        poison = self.halts.get(state.organization)
        if saved and poison is not None and self.cache.peek(state.organization) is state:
            raise Poison(poison.source, poison.position, None, poison.reason)

    def _count_save(self) -> None:
        self.stats["saves"] += 1

    def _not_saved(self, organization: str, error: Exception) -> None:
        self._count_failure(organization, error)
        self._lost(organization)

    def _count_failure(self, organization: str, error: Exception) -> None:
        self.stats["conflicts" if isinstance(error, Conflict) else "failures"] += 1
        if isinstance(error, Poison):
            return
        if isinstance(error, _FORESEEN) or is_away(error):
            log.warning("%s is dropped from memory: %s: %s", organization, type(error).__name__, error)
        else:
            message = f"{organization} is dropped from memory and repaired"
            log_unforeseen("projection", message, error, organization=organization)

    async def _failed(self, organization: str, error: Exception) -> None:
        """Doubt drops the state. Poison that folding hit is first folded up to; stopped there, it is quarantined."""
        self._count_failure(organization, error)
        if isinstance(error, OutOfOrder):
            self._to_rebuild.add(organization)
        if not isinstance(error, Poison):
            return
        if error.end is not None:
            self.halts[organization] = error
        else:
            self.halts.pop(organization, None)
            self.cache.drop(organization)
            self.stats["quarantined"] += 1
            try:
                await self._quarantine.add(organization, error)
            except TooManyQuarantined as failure:
                self.failure = failure
