"""Folds streams of events into a state per organization, so that the result is that of a fresh fold, whatever happens.

Records come in through `consume`; `run` watches the heads of the upstreams. The event loop's clock is the only clock.
The rules: whole commits only; positions are saved with the state, under a guard; missing events are fetched from the
upstream; an organization on another branch is folded again; a state in doubt is dropped; a stream that is silent is
noticed by its head; an organization that cannot be folded is quarantined; one that its upstream has deleted is deleted,
for ever. `README.md` has the states.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from concurrent.futures import Executor
from contextlib import suppress
from functools import partial
from typing import Generic, TypeVar

from goldenthread.runtime.observability.failures import TaskEnded, is_away
from goldenthread.runtime.projection.batch_receipt import BatchReceipt
from goldenthread.runtime.projection.fold_queue import FoldQueue
from goldenthread.runtime.projection.offload import ThreadOffload
from goldenthread.runtime.projection.pace import Pace
from goldenthread.runtime.projection.pipelined_saver import SaveResult
from goldenthread.runtime.projection.protocols import Checkpoint, Fold, S, Store
from goldenthread.runtime.projection.quarantine import DeadLetter, Quarantine, Reporter
from goldenthread.runtime.projection.worker import Worker
from goldenthread.runtime.streams.heads import HeadsWatch
from goldenthread.runtime.streams.lag import FoldedPlaces, Lag
from goldenthread.runtime.streams.merge import Merge
from goldenthread.runtime.streams.position import GONE, STALE, START, Position
from goldenthread.runtime.streams.repairs import Repairs
from goldenthread.runtime.streams.upstream import ChangedHeads, Record, Upstream

log = logging.getLogger(__name__)
R = TypeVar("R")


class Projection(Generic[S]):
    """One member of a consumer: folds the organizations of its partitions (or those `owns` names), and of these only
    what is in its `share`, if it has one: `share_changed` tells it what changed there.
    """

    def __init__(
        self,
        *,
        fold: Fold[S],
        store: Store[S],
        merge: Merge,
        upstreams: Mapping[str, Upstream],
        report: Reporter,
        partition_of: Callable[[str], int],
        owns: Callable[[str], bool] | None = None,
        share: Callable[[str], bool] | None = None,
        pace: Pace | None = None,
        executor: Executor | None = None,
    ) -> None:
        self.pace = pace or Pace()
        self._fold, self._store, self._merge = fold, store, merge
        self._partition_of = partition_of
        self._owns = owns or self._assigned
        self._share = share
        self._partitions: set[int] = set()
        self._quarantine = Quarantine(report, self.pace.quarantined)
        self._offload = ThreadOffload(self.pace.heavy, self.pace.threads, executor)
        self._worker = Worker(
            fold, store, merge, upstreams, self._quarantine, self.pace, self._offload, self._request_repair
        )
        self._fold_queue = FoldQueue(self._deliver_in_turn, self._request_repair)
        self._gate = asyncio.Semaphore(self.pace.width)
        self._repairs = Repairs(
            self._worker.catch_up, width=self.pace.width, patience=self.pace.patience, slowest=self.pace.slowest
        )
        self._hurry = asyncio.Event()
        self._away: set[str] = set()
        self._closed = False
        every, deleted = self.pace.full_heads_every, self._release_deleted
        self._watches = {
            source: HeadsWatch(upstreams[source], every, deleted, self._folded_places(source), limits=self.pace.heads)
            for source in merge.sources
        }

    # -- what the subscriber calls ------------------------------------------------------------------------------------

    def assign(self, partitions: Iterable[int]) -> None:
        """Take over these partitions."""
        self._partitions.update(partitions)
        for watch in self._watches.values():
            watch.ask_for_all()
        self._hurry.set()

    def revoke(self, partitions: Iterable[int]) -> None:
        """Give up these partitions: their organizations are dropped from memory, with everything computed ahead."""
        gone = set(partitions)
        self._partitions -= gone
        self._forget([organization for organization in self._known() if self._partition_of(organization) in gone])

    def share_changed(self, organizations: Iterable[str]) -> None:
        """The share of these organizations may have changed: those that left it are dropped from memory, the others
        are brought up to date.
        """
        named = list(organizations)
        self._forget([organization for organization in named if not self.owns(organization)])
        for organization in named:
            if self.owns(organization):
                self._repairs.request(organization)

    def owns(self, organization: str) -> bool:
        """Whether this member folds the organization."""
        return self._owns(organization) and (self._share is None or self._share(organization))

    async def consume(self, records: Iterable[Record]) -> BatchReceipt:
        """Take a batch in. On return what can be folded at once is folded; see `BatchReceipt` for when it is saved.

        Records of other members' organizations are ignored. Raises `TooManyQuarantined` once the limit was passed.
        """
        self._check()
        batch: dict[str, list[Record]] = {}
        for record in records:
            batch.setdefault(record.organization, []).append(record)
        parts: list[SaveResult] = []
        for organization, some in batch.items():
            if not self._watched(organization):
                continue
            if organization not in self._fold_queue and self._worker.can_fold_now(organization):
                saved = await self._deliver(organization, some)
                parts += [saved] if saved is not None else []
            else:
                parts.append(self._fold_queue.put(organization, some))
        await self._fold_queue.wait_for_room(self.pace.waiting)
        self._check()
        return BatchReceipt(parts)

    async def run(self) -> None:
        """Poll the heads for ever. Raises `TooManyQuarantined` once the limit was passed, and `TaskEnded` where a poll
        hangs: then nobody would notice any more what is missing.

        The next poll comes sooner after an assignment, and, up to a point, when an upstream did not answer.
        """
        soon = self.pace.patience
        while True:
            self._hurry.clear()
            await self._poll_in_time()
            self._check()
            soon = min(2 * soon, self.pace.heads_every) if self._away else self.pace.patience
            with suppress(TimeoutError):
                async with asyncio.timeout(soon if self._away else self.pace.heads_every):
                    await self._hurry.wait()

    async def poll_heads(self) -> None:
        """One poll of every upstream, none waiting for another; one that is away is asked again by the next poll."""
        await asyncio.gather(*(self._poll(source) for source in self._watches))

    async def close(self) -> None:
        """Stop repairing and saving, and forget everything. Nothing is lost but time: what is not saved was not
        acknowledged, and is read again.
        """
        self._closed = True
        self._forget(self._known())
        await self._fold_queue.close()
        await self._worker.saver.close()
        self._offload.close()

    # -- what readers call --------------------------------------------------------------------------------------------

    async def read(self, organization: str, use: Callable[[S], R]) -> R:
        """What `use` makes of the state, between two commits; loaded from the store when it is not in memory."""
        async with self._worker.cache.hold(organization) as state:
            return use(state.folded)

    def applied(self, organization: str, source: str) -> Position:
        """How far an organization in memory is folded; `START` for one that is not in memory."""
        state = self._worker.cache.peek(organization)
        return state.streams.applied[source] if state else START

    def repair(self, organization: str) -> None:
        """Bring an organization up to date from its upstreams, in the background."""
        self._repairs.request(organization)

    @property
    def quarantined(self) -> list[DeadLetter]:
        """The organizations that stopped, and why."""
        return self._quarantine.notices

    @property
    def stats(self) -> Counter[str]:
        """Counts: commits, saves, duplicate, gap, forked, silences, repairs, rebuilds, conflicts, failures, ..."""
        return self._worker.stats

    async def until_repaired(self) -> None:
        """Wait until nothing is being repaired."""
        await self._repairs.until_repaired()

    @property
    def sources(self) -> tuple[str, ...]:
        """The upstreams it follows."""
        return self._merge.sources

    @property
    def away(self) -> frozenset[str]:
        """The upstreams that did not answer the last poll."""
        return frozenset(self._away)

    @property
    def lag(self) -> Lag:
        """How far this member is behind what its upstreams had written at the last polls: the events of all streams
        that are not folded, and the age of the oldest. Quarantined organizations do not count, nor those of others.
        """
        found = [each.lag for each in self._watches.values()]
        return Lag(sum(each.revisions for each in found), max(each.seconds for each in found))

    def answer_age(self, source: str) -> float:
        """Seconds since an upstream's heads were last read and compared: `lag` is as old as that."""
        return self._watches[source].answer_age

    # -- inside -------------------------------------------------------------------------------------------------------

    async def _poll_in_time(self) -> None:
        try:
            async with asyncio.timeout(self.pace.heads_within):
                await self.poll_heads()
        except TimeoutError as error:  # of an upstream or the database it is dealt with in `_poll`
            raise TaskEnded(f"a poll of heads did not end within {self.pace.heads_within:g} s") from error

    async def _poll(self, source: str) -> None:
        try:
            names = self._worker.cache.organizations()
            lagging = await self._watches[source].poll(self._watched, partial(self._where, source), names)
        except Exception as error:
            if not is_away(error):
                raise
            log.warning("heads of %s: %s: %s", source, type(error).__name__, error)
            self._away.add(source)
            return
        if source in self._away:
            self._away.discard(source)
            self._repairs.retry_now()
        for organization in lagging:
            if len(self._repairs) >= self.pace.repairs:
                break  # they are found again by the next poll
            if organization not in self._repairs and organization not in self._fold_queue:
                self.stats["silences"] += 1
                self._repairs.request(organization)

    def _release_deleted(self, answer: ChangedHeads) -> None:
        """An organization that cannot be folded can be deleted all the same."""
        stopped = [notice.organization for notice in self._quarantine.notices]
        self._quarantine.release([each for each in stopped if answer.heads.get(each) == GONE])

    async def _deliver(self, organization: str, records: list[Record]) -> SaveResult | None:
        delivered = await self._worker.deliver(organization, records)
        if not self.owns(organization):  # it left while this waited for its turn, and was loaded again
            self._forget([organization])
        elif not delivered.done and self._watched(organization):
            self._repair_soon(organization, waiting=delivered.done is None)
        return delivered.saved

    async def _deliver_in_turn(self, organization: str, records: list[Record]) -> SaveResult | None:
        """For whom it may take long: loading takes turns, and a revoked organization is not loaded again."""
        if not self._watched(organization):
            return None
        if self._worker.cache.peek(organization) is not None:
            return await self._deliver(organization, records)
        async with self._gate:
            return await self._deliver(organization, records)

    def _request_repair(self, organization: str) -> None:
        if self._watched(organization) and not self._closed:
            self._repair_soon(organization)

    def _repair_soon(self, organization: str, *, waiting: bool = False) -> None:
        """Have it repaired. Where a broker has lost its records all organizations may need it at once: those beyond the
        limit are dropped from memory, and found by their heads when there is room.
        """
        if organization in self._repairs or len(self._repairs) < self.pace.repairs:
            self._repairs.request(organization, waiting=waiting)
            return
        self.stats["postponed"] += 1
        self._worker.cache.drop(organization)  # heads are compared with what is stored, not with what is half repaired
        for watch in self._watches.values():
            watch.ask_for_all()

    def _assigned(self, organization: str) -> bool:
        return self._partition_of(organization) in self._partitions

    def _watched(self, organization: str) -> bool:
        return self.owns(organization) and organization not in self._quarantine

    async def _where(self, source: str, organizations: Collection[str]) -> Mapping[str, Position]:
        cache = self._worker.cache
        known = {each: state.stored_checkpoint for each in organizations if (state := cache.peek(each)) and state.idle}
        checkpoints = await self._store.checkpoints(organizations) if organizations else {}
        found: dict[str, Position] = {}
        for organization in organizations:
            state, checkpoint = cache.peek(organization), checkpoints.get(organization)
            still = state is not None and state.idle and known.get(organization, checkpoint) == state.stored_checkpoint
            if state is not None and still and state.stored_checkpoint != checkpoint:
                self.stats["overwritten"] += 1  # by a zombie: in silence nothing else would tell
                cache.drop(organization)
                state = None
            live = state is not None and not state.deleted
            found[organization] = state.streams.applied[source] if live and state else self._at(checkpoint, source)
        return found

    def _folded_places(self, source: str) -> FoldedPlaces:
        def place(organization: str) -> Position | None:
            state = self._worker.cache.peek(organization)
            return None if state is None else GONE if state.deleted else state.streams.applied[source]

        def again(organization: str) -> bool:
            state = self._worker.cache.peek(organization)
            return state is not None and state.fresh

        return FoldedPlaces(self._watched, place, again)

    def _at(self, checkpoint: Checkpoint | None, source: str) -> Position:
        if checkpoint is None:
            return START
        if checkpoint.deleted:
            return GONE
        return checkpoint.positions.get(source, START) if checkpoint.fold_version == self._fold.version else STALE

    def _known(self) -> list[str]:
        stopped = [notice.organization for notice in self._quarantine.notices]
        known = (*self._worker.cache.organizations(), *self._repairs.organizations(), *stopped, *self._worker.halts)
        return list(dict.fromkeys(known))

    def _forget(self, organizations: Collection[str]) -> None:
        self._repairs.cancel(organizations)
        self._quarantine.release(organizations)
        for organization in organizations:
            self._worker.cache.drop(organization)
            self._worker.halts.pop(organization, None)

    def _check(self) -> None:
        if self._worker.failure is not None:
            raise self._worker.failure
