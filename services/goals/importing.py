"""Imports of a plan: computed off the event loop, on a copy of the organization, against the revision it has then.

Nothing is locked meanwhile. What is new of it is written before the organization's row is locked, too: nobody sees it,
and nobody else writes it. What is remembered of its source is compared, and written, under a lock that only imports
take. Under the organization's lock the revision is compared, and the rest is written.
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
from goldenthread.contracts.enums import ImportStep
from goldenthread.contracts.errors import ErrorCode, Problem
from goldenthread.contracts.organization import Organization
from goldenthread.contracts.plan import Plan
from goldenthread.contracts.reading import Position
from goldenthread.contracts.replies import Accepted
from goldenthread.runtime import outbox
from goldenthread.runtime.clock import new_id
from goldenthread.runtime.database import Connection
from goldenthread.runtime.database_limits import DatabaseLimits
from goldenthread.runtime.transactions import kept_alive, unchanged, writing
from services.goals import import_files, import_sources, import_store, store, timers, wire
from services.goals.at_revision import PastStates
from services.goals.bench import Bench, Benches, actor_of, beside, locked_head
from services.goals.domain.case import Context, Decision, Fact
from services.goals.domain.clock import Timer
from services.goals.domain.imports import contents, import_plan, require_importer, words
from services.goals.import_runs import Progress, Runs
from services.goals.import_sources import Source
from services.goals.import_store import File, PreparedMemory
from services.goals.requests import Request, known, packed, remember

_TRIES = 2
"""How often an import is computed without a lock; where the organization has changed each time, then under the lock."""


class _Moved(Exception):
    """The organization, or what is remembered of the source, is not what was computed on. Nothing was written."""


class _Repeated(Exception):
    """The command was answered before: `answer`. Nothing was written."""

    def __init__(self, answer: Accepted) -> None:
        super().__init__()
        self.answer = answer


class Asked(Struct, frozen=True):
    """An import that was asked for, and its file as it was read. `past` and `progress` belong to it alone."""

    request: Request
    command: ImportPlan
    plan: Plan
    digest: bytes
    past: PastStates
    progress: Progress


class Base(Struct, frozen=True):
    """What an import is computed on. `org` is a copy that belongs to it alone."""

    organization: Id
    org: Organization
    head: Position
    context: Context
    origin: wire.Origin
    source: Source


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
    memory: PreparedMemory = PreparedMemory()
    file: File | None = None
    """The file to be kept of the source; None where nothing of the import is remembered."""
    report: bytes | None = None
    """The report as it is kept with the answer."""

    @property
    def changes(self) -> int:
        """How many rows are written."""
        return len(self.created) + len(self.updated) + len(self.rows) + len(self.memory.rows)


def compute(base: Base, asked: Asked) -> Computed:
    """Decide, and make the rows of it. Raises `Refused`. Touches nothing but `base.org`; to be called in a thread."""
    there = {each.id for each in base.org.entities()}
    base.org.begin()
    command = structs.replace(asked.command, source=base.source.name)
    asked.progress.begin(ImportStep.COMPARING, len(asked.plan.rows))
    count = asked.progress.count
    decision = import_plan(base.org, command, asked.plan, base.context, base.source.memory, count)
    found = [Problem(ErrorCode.CONFLICT, note, ["source"]) for note in base.source.notes]
    decision = structs.replace(decision, warnings=[*found, *decision.warnings])
    placed = _placed(base, decision, [], dry_run=command.dry_run)
    if command.dry_run:
        return Computed(base, decision, *placed)
    changed = base.org.commit()
    implied = timers.implied(base.org, changed, base.origin.now)
    fresh = {each.id for each in changed} - there
    new, old = timers.split(implied, fresh)
    created = store.entity_rows(each for each in changed if each.id in fresh)
    updated = store.entity_rows(each for each in changed if each.id not in fresh)
    memory = import_store.prepared(decision.remembered, base.source.derived)
    file = _file(base, decision, memory, asked.digest)
    report = packed(decision.report) if asked.request.key else None
    return Computed(base, decision, *placed, created, updated, new.timers, old, memory, file, report)


def _file(base: Base, decision: Decision, memory: PreparedMemory, digest: bytes) -> File | None:
    """The file as it is remembered; None where it is the last one, and nothing about it is new."""
    last, report = base.source.last, decision.report
    taken = report is not None and report.taken > 0
    same = (last is not None and last.digest == digest) or not taken
    if same and memory.empty and not decision.facts:
        return None
    number = last.number + 1 if last is not None else 1
    return File(number, digest, base.origin.now, base.context.actor, base.head.sequence)


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
        self.runs = Runs(benches.pool)

    async def take(self, request: Request, command: ImportPlan) -> tuple[Accepted, bool]:
        """Compute an import, and write it unless it is a dry run; the answer, and whether it was given before."""
        benches, organization = self._benches, request.organization
        try:
            # Before the file is read: whoever may not import takes nobody's time, and reading is computing, too.
            async with benches.look(organization) as bench:
                actor = await actor_of(bench, request.caller)
                require_importer(bench.org, actor)
                await _not_known(bench.connection, request)
            contents.require_one(command)
            said = words.said(command)
            progress = Progress(organization, request.key or new_id("import"), command.file_name, actor)
            async with benches.memory.computation(organization), self.runs.telling(progress):
                with unchanged():
                    plan = await beside(lambda: exchange.read(contents.content_of(command), command.format, said))
                    digest = await beside(lambda: import_files.digest(plan))
                past = PastStates(benches.pool, organization)
                return await self._compute(Asked(request, command, plan, digest, past, progress)), False
        except _Repeated as repeated:
            return repeated.answer, True

    async def _compute(self, asked: Asked) -> Accepted:
        """Raises `_Repeated`."""
        for _ in range(_TRIES):
            with unchanged():
                async with self._benches.copy(asked.request.organization) as bench:
                    base = await self._base(bench, asked)
                computed = await self._computed(base, asked)
            if asked.command.dry_run or not (computed.file or asked.request.key):
                return computed.answer
            with suppress(_Moved):
                return await self._write(asked, computed)
        return await self._compute_locked(asked)

    async def _base(self, bench: Bench, asked: Asked) -> Base:
        """`bench.org` is a copy. Raises `Refused`."""
        organization = asked.request.organization
        actor = await actor_of(bench, asked.request.caller)
        source = await import_sources.find(
            bench.connection, organization, bench.org, asked.command, asked.plan, asked.digest
        )
        asked.progress.source = source.name
        context, origin = self._context(actor, bench.head), self._origin(organization, actor)
        return Base(organization, bench.org, bench.head, context, origin, source)

    async def _computed(self, base: Base, asked: Asked) -> Computed:
        source = await import_sources.completed(asked.past, base.source, asked.plan, base.org, base.head)
        return await beside(partial(compute, structs.replace(base, source=source), asked))

    async def _write(self, asked: Asked, computed: Computed) -> Accepted:
        """Write what was computed. Raises `_Moved` when what it was computed on has changed since, and `_Repeated`."""
        base, limits, request = computed.base, self._benches.limits, asked.request
        asked.progress.begin(ImportStep.WRITING, computed.changes)
        async with AsyncExitStack() as until_kept:
            async with writing(self._benches.pool, limits.lock) as connection:
                if computed.file is not None:
                    await import_store.lock(connection, base.organization)
                    last = await import_store.last_file(connection, base.organization, base.source.name)
                    if last != base.source.last:
                        await _not_known(connection, request)
                        raise _Moved
                # What is new is seen by nobody before the commit, and written by nobody else: it needs no lock.
                await _write_new(connection, computed, asked.progress)
                head = await locked_head(connection, base.organization)
                await _not_known(connection, request)
                actor = await store.person_of(connection, base.organization, request.caller.login)
                moved = head != base.head and bool(computed.rows)  # what changes nothing is true of the head it saw
                if moved or actor != base.context.actor:
                    raise _Moved
                computed = await _write_rest(connection, asked, computed, limits)
                await until_kept.enter_async_context(self._benches.memory.state(base.organization))
            if computed.rows:
                self._benches.memory.keep(base.organization, computed.head, base.org)
        return computed.answer

    async def _compute_locked(self, asked: Asked) -> Accepted:
        """The same under the locks, so that it ends also where the organization changes all the time."""
        organization, memory, limits = asked.request.organization, self._benches.memory, self._benches.limits
        async with AsyncExitStack() as until_kept:
            async with writing(self._benches.pool, limits.lock) as connection:
                await import_store.lock(connection, organization)
                head = await locked_head(connection, organization)
                await _not_known(connection, asked.request)
                async with memory.state(organization):
                    org = await memory.at(connection, organization, head)
                    org = await beside(org.copy)
                base = await self._base(Bench(connection, org, head), asked)
                async with kept_alive(connection, limits):
                    computed = await self._computed(base, asked)
                await _write_new(connection, computed, asked.progress)
                computed = await _write_rest(connection, asked, computed, limits)
                await until_kept.enter_async_context(memory.state(organization))
            memory.keep(organization, computed.head, base.org)
        return computed.answer


async def _not_known(connection: Connection, request: Request) -> None:
    if (before := await known(connection, request)) is not None:
        raise _Repeated(before)


async def _write_new(connection: Connection, computed: Computed, progress: Progress) -> None:
    """What nobody else writes: new entities and their timers; and what only imports write, under their lock."""
    organization, source = computed.base.organization, computed.base.source.name
    await import_store.write(connection, organization, source, computed.memory)
    progress.counted(len(computed.memory.rows))
    await store.copy_rows(connection, organization, computed.created)
    progress.counted(len(computed.created))
    await timers.insert(connection, organization, [(each, False) for each in computed.new])


async def _write_rest(connection: Connection, asked: Asked, computed: Computed, limits: DatabaseLimits) -> Computed:
    """Everything but what is new, under the organization's lock and at the head of `computed.base`; what was written.

    The facts that take back what the clock has said end the commit.
    """
    base, organization, request = computed.base, computed.base.organization, asked.request
    back = await timers.keep(connection, organization, base.org, computed.old, base.origin.now)
    if back:
        async with kept_alive(connection, limits):
            placed = await beside(lambda: _placed(base, computed.decision, back))
        computed = structs.replace(computed, answer=placed.answer, head=placed.head, rows=placed.rows)
    await outbox.append_rows(connection, organization, computed.rows)
    asked.progress.counted(len(computed.rows))
    await store.put_rows(connection, organization, computed.updated)
    if computed.file is not None:
        file = computed.file._replace(revision=computed.head.sequence)
        await import_store.put_file(connection, organization, base.source.name, file)
    answer, written, login = computed.answer, len(computed.rows), request.caller.login
    await remember(connection, request, answer, base.head, written, login, computed.report)
    return computed
