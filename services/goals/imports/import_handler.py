"""Imports of a plan: computed off the event loop, on a copy of the organization, against the revision it has then.

Nothing is locked meanwhile. What is new of it is written before the organization's row is locked, too: nobody sees it,
and nobody else writes it. What is remembered of its source is compared, and written, under a lock that only imports
take. Under the organization's lock the revision is compared, and the rest is written.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AsyncExitStack, suppress
from functools import partial

from msgspec import structs

from goldenthread.contracts.commands import ImportPlan
from goldenthread.contracts.entities import Id
from goldenthread.contracts.enums import ImportStep
from goldenthread.contracts.errors import Refused
from goldenthread.contracts.plan import PlanWords
from goldenthread.contracts.read_api import StreamPosition
from goldenthread.contracts.replies import Accepted
from goldenthread.runtime.clock import new_id
from goldenthread.runtime.configuration.database_limits import DatabaseLimits
from goldenthread.runtime.outbox import store as outbox
from goldenthread.runtime.postgres.database import Connection, read_snapshot
from goldenthread.runtime.postgres.transactions import kept_alive, unchanged, writing
from services.goals import facts_to_events
from services.goals.domain.case import Context
from services.goals.domain.imports import contents, require_importer, words
from services.goals.idempotency import Request, known, remember
from services.goals.imports import interpretation, source_loading
from services.goals.imports.computation import Asked, Base, Computed, answered, compute, placed
from services.goals.imports.import_file import ImportFile
from services.goals.imports.interpretation import Understanding
from services.goals.imports.past_states import PastStates
from services.goals.imports.run_progress import Progress, Runs
from services.goals.sessions import Bench, Benches, actor_of, beside, locked_head
from services.goals.stores import entities_store, import_sources_store, names_store, timers_store

_TRIES = 2
"""How often an import is computed without a lock; where the organization has changed each time, then under the lock."""


class _Moved(Exception):
    """The organization, or what is remembered of the source, is not what was computed on. Nothing was written."""


class _Repeated(Exception):
    """The command was answered before: `answer`. Nothing was written."""

    def __init__(self, answer: Accepted) -> None:
        super().__init__()
        self.answer = answer


class Imports:
    """The imports of goals. `context` and `origin` say who asks, on which head, and when it is."""

    def __init__(
        self,
        benches: Benches,
        context: Callable[[Id | None, StreamPosition], Context],
        origin: Callable[[Id, Id | None], facts_to_events.Origin],
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
                    file = await self._file(organization, command, said)
                past = PastStates(benches.pool, organization)
                return await self._compute(Asked(request, command, file, said, past, progress)), False
        except _Repeated as repeated:
            return repeated.answer, True

    async def _file(self, organization: Id, command: ImportPlan, said: PlanWords) -> ImportFile:
        """The file, read as it most likely will be. Raises `Refused`: it cannot be read."""
        file = await ImportFile.opened(command)
        async with read_snapshot(self._benches.pool, self._benches.limits.lock) as connection:
            likely = await interpretation.first_words(connection, organization, command, file, said)
        try:
            await file.read(likely)
        except Refused:
            if likely == said:
                raise
        return file

    async def _compute(self, asked: Asked) -> Accepted:
        """Raises `_Repeated`."""
        for _ in range(_TRIES):
            with unchanged():
                async with self._benches.copy(asked.request.organization) as bench:
                    base = await self._base(bench, asked)
                computed = await self._computed(base, asked)
            if asked.command.dry_run or not (computed.file or computed.words or asked.request.key):
                return computed.answer
            with suppress(_Moved):
                return await self._write(asked, computed)
        return await self._compute_locked(asked)

    async def _base(self, bench: Bench, asked: Asked) -> Base:
        """`bench.org` is a copy. Raises `Refused`."""
        organization = asked.request.organization
        actor = await actor_of(bench, asked.request.caller)
        connection, org, limits = bench.connection, bench.org, self._benches.limits
        understanding = Understanding(connection, limits, organization, org, asked.command, asked.file, asked.said)
        understood = await understanding.understood()
        # With other words the same file says something else: it is no old copy then.
        again = asked.command.again or understood.words_changed
        digest = understood.read.digest
        source = await source_loading.load(connection, organization, understood.source, digest, again=again)
        asked.progress.source = source.name
        context, origin = self._context(actor, bench.head), self._origin(organization, actor)
        return Base(organization, org, bench.head, context, origin, understood, source)

    async def _computed(self, base: Base, asked: Asked) -> Computed:
        source = await source_loading.completed(asked.past, base.source, base.understood.read.plan, base.org, base.head)
        return await beside(partial(compute, structs.replace(base, source=source), asked))

    async def _write(self, asked: Asked, computed: Computed) -> Accepted:
        """Write what was computed. Raises `_Moved` when what it was computed on has changed since, and `_Repeated`."""
        base, limits, request = computed.base, self._benches.limits, asked.request
        asked.progress.begin(ImportStep.WRITING, computed.changes)
        async with AsyncExitStack() as until_kept:
            async with writing(self._benches.pool, limits.lock) as connection:
                if computed.file is not None or computed.words is not None:
                    await import_sources_store.lock(connection, base.organization)
                    if not await _is_remembered(connection, base):
                        await _not_known(connection, request)
                        raise _Moved
                # What is new is seen by nobody before the commit, and written by nobody else: it needs no lock.
                await _write_new(connection, computed, asked.progress)
                head = await locked_head(connection, base.organization)
                await _not_known(connection, request)
                actor = await names_store.person_of(connection, base.organization, request.caller.login)
                moved = head != base.head and bool(computed.rows)  # what changes nothing is true of the head it saw
                if moved or actor != base.context.actor:
                    raise _Moved
                computed = await _write_rest(connection, asked, computed, limits)
                await until_kept.enter_async_context(self._benches.memory.state(base.organization))
            if computed.rows:
                self._benches.memory.keep(base.organization, computed.head, base.org)
        return await beside(partial(answered, computed))

    async def _compute_locked(self, asked: Asked) -> Accepted:
        """The same under the locks, so that it ends also where the organization changes all the time."""
        organization, memory, limits = asked.request.organization, self._benches.memory, self._benches.limits
        async with AsyncExitStack() as until_kept:
            async with writing(self._benches.pool, limits.lock) as connection:
                await import_sources_store.lock(connection, organization)
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
        return await beside(partial(answered, computed))


async def _not_known(connection: Connection, request: Request) -> None:
    if (before := await known(connection, request)) is not None:
        raise _Repeated(before)


async def _is_remembered(connection: Connection, base: Base) -> bool:
    """Whether what was computed on is still what is remembered of the source; under the lock of imports."""
    organization, source, kept = base.organization, base.source.name, base.understood.kept
    if await import_sources_store.last_file(connection, organization, source) != base.source.last:
        return False
    return kept is None or await import_sources_store.words_of(connection, organization, source) == kept


async def _write_new(connection: Connection, computed: Computed, progress: Progress) -> None:
    """What nobody else writes: new entities and their timers; and what only imports write, under their lock."""
    organization, source = computed.base.organization, computed.base.source.name
    await import_sources_store.write(connection, organization, source, computed.memory)
    if computed.words is not None:
        await import_sources_store.put_words(connection, organization, source, computed.words, computed.base.origin.now)
    progress.counted(len(computed.memory.rows))
    await entities_store.copy_entities(connection, organization, computed.created)
    progress.counted(len(computed.created))
    await timers_store.insert(connection, organization, [(each, False) for each in computed.new])


async def _write_rest(connection: Connection, asked: Asked, computed: Computed, limits: DatabaseLimits) -> Computed:
    """Everything but what is new, under the organization's lock and at the head of `computed.base`; what was written.

    The facts that take back what the clock has said end the commit.
    """
    base, organization, request = computed.base, computed.base.organization, asked.request
    back = await timers_store.keep(connection, organization, base.org, computed.old, base.origin.now)
    if back:
        async with kept_alive(connection, limits):
            ended = await beside(lambda: placed(base, computed.decision, back))
        computed = structs.replace(computed, answer=ended.answer, head=ended.head, rows=ended.rows)
    await outbox.append_rows(connection, organization, computed.rows)
    asked.progress.counted(len(computed.rows))
    await entities_store.put_rows(connection, organization, computed.updated)
    if computed.file is not None:
        file = computed.file._replace(revision=computed.head.sequence)
        await import_sources_store.put_file(connection, organization, base.source.name, file)
    answer, written, login = computed.answer, len(computed.rows), request.caller.login
    await remember(connection, request, answer, base.head, written, login, computed.report)
    return computed
