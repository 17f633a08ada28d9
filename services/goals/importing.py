"""Imports of a plan: computed off the event loop, on a copy of the organization, against the revision it has then.

Nothing is locked meanwhile. What is new of it is written before the organization's row is locked, too: nobody sees it,
and nobody else writes it. Under the lock the revision is compared, and the rest is written.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AsyncExitStack, suppress
from functools import partial
from typing import NamedTuple

from msgspec import Struct, structs

from goldenthread import exchange
from goldenthread.contracts.commands import ImportPlan
from goldenthread.contracts.entities import Id
from goldenthread.contracts.organization import Organization
from goldenthread.contracts.plan import Plan
from goldenthread.contracts.reading import Position
from goldenthread.contracts.replies import Accepted
from goldenthread.runtime import outbox
from goldenthread.runtime.database import Connection
from goldenthread.runtime.database_limits import DatabaseLimits
from goldenthread.runtime.transactions import kept_alive, unchanged, writing
from services.goals import store, timers, wire
from services.goals.bench import Bench, Benches, actor_of, beside, locked_head
from services.goals.domain.case import Context, Decision, Fact
from services.goals.domain.clock import Timer
from services.goals.domain.imports import import_plan, require_importer
from services.goals.requests import Request, known, remember

_TRIES = 2
"""How often an import is computed without a lock; where the organization has changed each time, then under the lock."""


class _Moved(Exception):
    """The organization is not what was computed on. Nothing was written."""


class _Repeated(Exception):
    """The command was answered before: `answer`. Nothing was written."""

    def __init__(self, answer: Accepted) -> None:
        super().__init__()
        self.answer = answer


class Base(Struct, frozen=True):
    """What an import is computed on. `org` is a copy that belongs to it alone."""

    organization: Id
    org: Organization
    head: Position
    context: Context
    origin: wire.Origin


class Computed(Struct, frozen=True):
    """What an import writes, as rows; and the answer to it. `base.org` has taken it in."""

    base: Base
    decision: Decision
    answer: Accepted
    head: Position
    rows: list[outbox.Row]
    created: list[store.EntityRow] = []
    updated: list[store.EntityRow] = []
    new: list[Timer] = []
    """The timers of what it creates."""
    old: timers.Implied = timers.Implied([], [])
    """The timers of what was there before."""


def compute(base: Base, command: ImportPlan, plan: Plan) -> Computed:
    """Decide, and make the rows of it. Raises `Refused`. Touches nothing but `base.org`; to be called in a thread."""
    there = {each.id for each in base.org.entities()}
    base.org.begin()
    decision = import_plan(base.org, command, plan, base.context)
    placed = _placed(base, decision, [], dry_run=command.dry_run)
    if command.dry_run:
        return Computed(base, decision, *placed)
    changed = base.org.commit()
    implied = timers.implied(base.org, changed, base.origin.now)
    fresh = {each.id for each in changed} - there
    new, old = timers.split(implied, fresh)
    created = store.entity_rows(each for each in changed if each.id in fresh)
    updated = store.entity_rows(each for each in changed if each.id not in fresh)
    return Computed(base, decision, *placed, created, updated, new.timers, old)


class _Placed(NamedTuple):
    answer: Accepted
    head: Position
    rows: list[outbox.Row]


def _placed(base: Base, decision: Decision, back: list[Fact], *, dry_run: bool = False) -> _Placed:
    """The answer, the head after it, and the events, right after the head of `base`."""
    events = wire.events([*decision.facts, *back], base.head, base.origin)
    head = Position(events[-1].sequence, events[-1].id) if events and not dry_run else base.head
    answer = Accepted(head.sequence, decision.ids, wire.as_json(events), decision.warnings, dry_run, decision.report)
    return _Placed(answer, head, [] if dry_run else outbox.rows(events))


class Imports:
    """The imports of goals. `context` and `origin` say who asks, on which head, and when it is."""

    def __init__(
        self,
        benches: Benches,
        context: Callable[[Id | None, Position], Context],
        origin: Callable[[Id, Id | None], wire.Origin],
    ) -> None:
        self._benches, self._context, self._origin = benches, context, origin

    async def take(self, request: Request, command: ImportPlan) -> tuple[Accepted, bool]:
        """Compute an import, and write it unless it is a dry run; the answer, and whether it was given before."""
        benches, organization = self._benches, request.organization
        try:
            # Before the file is read: whoever may not import takes nobody's time, and reading is computing, too.
            async with benches.look(organization) as bench:
                require_importer(bench.org, await actor_of(bench, request.caller))
                await _not_known(bench.connection, request)
            async with benches.memory.computation(organization):
                with unchanged():
                    plan = await beside(lambda: exchange.read(command.content, command.format))
                return await self._compute(request, command, plan), False
        except _Repeated as repeated:
            return repeated.answer, True

    async def _compute(self, request: Request, command: ImportPlan, plan: Plan) -> Accepted:
        """Raises `_Repeated`."""
        for _ in range(_TRIES):
            with unchanged():
                async with self._benches.look(request.organization) as bench:
                    base = await self._base(bench, request)
                computed = await beside(partial(compute, base, command, plan))
            if command.dry_run:
                return computed.answer
            with suppress(_Moved):
                return await self._write(request, computed)
        return await self._compute_locked(request, command, plan)

    async def _base(self, bench: Bench, request: Request) -> Base:
        actor = await actor_of(bench, request.caller)
        org = await beside(bench.org.copy)
        context, origin = self._context(actor, bench.head), self._origin(request.organization, actor)
        return Base(request.organization, org, bench.head, context, origin)

    async def _write(self, request: Request, computed: Computed) -> Accepted:
        """Write what was computed. Raises `_Moved` when the organization has changed since, and `_Repeated`."""
        base, limits = computed.base, self._benches.limits
        async with AsyncExitStack() as until_kept:
            async with writing(self._benches.pool, limits.lock) as connection:
                # What is new is seen by nobody before the commit, and written by nobody else: it needs no lock.
                await _write_new(connection, base.organization, computed)
                head = await locked_head(connection, base.organization)
                await _not_known(connection, request)
                actor = await store.person_of(connection, base.organization, request.caller.login)
                moved = head != base.head and bool(computed.rows)  # what changes nothing is true of the head it saw
                if moved or actor != base.context.actor:
                    raise _Moved
                computed = await _write_rest(connection, request, computed, limits)
                await until_kept.enter_async_context(self._benches.memory.state(base.organization))
            if computed.rows:
                self._benches.memory.keep(base.organization, computed.head, base.org)
        return computed.answer

    async def _compute_locked(self, request: Request, command: ImportPlan, plan: Plan) -> Accepted:
        """The same under the lock, so that it ends also where the organization changes all the time."""
        organization, memory, limits = request.organization, self._benches.memory, self._benches.limits
        async with AsyncExitStack() as until_kept:
            async with writing(self._benches.pool, limits.lock) as connection:
                head = await locked_head(connection, organization)
                await _not_known(connection, request)
                async with memory.state(organization):
                    org = await memory.at(connection, organization, head)
                    base = await self._base(Bench(connection, org, head), request)
                async with kept_alive(connection, limits):
                    computed = await beside(lambda: compute(base, command, plan))
                await _write_new(connection, organization, computed)
                computed = await _write_rest(connection, request, computed, limits)
                await until_kept.enter_async_context(memory.state(organization))
            memory.keep(organization, computed.head, base.org)
        return computed.answer


async def _not_known(connection: Connection, request: Request) -> None:
    if (before := await known(connection, request)) is not None:
        raise _Repeated(before)


async def _write_new(connection: Connection, organization: Id, computed: Computed) -> None:
    await store.copy_rows(connection, organization, computed.created)
    await timers.insert(connection, organization, [(each, False) for each in computed.new])


async def _write_rest(connection: Connection, request: Request, computed: Computed, limits: DatabaseLimits) -> Computed:
    """Everything but what is new, under the organization's lock and at the head of `computed.base`; what was written.

    The facts that take back what the clock has said end the commit.
    """
    base = computed.base
    back = await timers.keep(connection, request.organization, base.org, computed.old, base.origin.now)
    if back:
        async with kept_alive(connection, limits):
            placed = await beside(lambda: _placed(base, computed.decision, back))
        computed = structs.replace(computed, answer=placed.answer, head=placed.head, rows=placed.rows)
    await outbox.append_rows(connection, request.organization, computed.rows)
    await store.put_rows(connection, request.organization, computed.updated)
    login = request.caller.login
    await remember(connection, request, computed.answer, base.head, len(computed.rows), login)
    return computed
