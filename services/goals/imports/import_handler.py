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
from goldenthread.contracts.topics import GOALS
from goldenthread.runtime.clock import new_id
from goldenthread.runtime.configuration.database_limits import DatabaseLimits
from goldenthread.runtime.outbox import store as outbox
from goldenthread.runtime.outbox.messaging_spans import create_span
from goldenthread.runtime.postgres.database import Connection, read_snapshot
from goldenthread.runtime.postgres.transactions import kept_alive, unchanged, writing
from services.goals import facts_to_events
from services.goals.domain.decision import DecisionContext
from services.goals.domain.imports import command_file, plan_words
from services.goals.domain.imports.import_plan import require_importer
from services.goals.idempotent_answers import ReceivedCommand, earlier_answer, keep_answer
from services.goals.imports import interpretation, source_loading
from services.goals.imports.computation import (
    ComputedImport,
    ImportJob,
    ImportSnapshot,
    compute,
    sequenced,
    with_events,
)
from services.goals.imports.import_file import ImportFile
from services.goals.imports.interpretation import FileInterpreter
from services.goals.imports.past_states import PastStates
from services.goals.imports.run_progress import ImportRunReporter, RunProgress
from services.goals.organization_sessions import (
    OrganizationSession,
    OrganizationSessions,
    actor_of,
    in_thread,
    locked_head,
)
from services.goals.stores import entities_store, import_sources_store, names_store, timers_store

_TRIES = 2
"""How often an import is computed without a lock; where the organization has changed each time, then under the lock."""


class _Moved(Exception):
    """The organization, or what is remembered of the source, has changed since the computation. Nothing was written."""


class _Repeated(Exception):
    """The command was answered before: `answer`. Nothing was written."""

    def __init__(self, answer: Accepted) -> None:
        super().__init__()
        self.answer = answer


class ImportHandler:
    """The imports of goals. `context` and `origin` say who asks, on which head, and when it is."""

    def __init__(
        self,
        sessions: OrganizationSessions,
        context: Callable[[Id | None, StreamPosition], DecisionContext],
        origin: Callable[[Id, Id | None], facts_to_events.Origin],
    ) -> None:
        self._sessions, self._context, self._origin = sessions, context, origin
        self.runs = ImportRunReporter(sessions.pool)

    async def take(self, request: ReceivedCommand, command: ImportPlan) -> tuple[Accepted, bool]:
        """Compute an import, and write it unless it is a dry run; the answer, and whether it was given before."""
        sessions, organization = self._sessions, request.organization
        try:
            # Before the file is read: whoever may not import takes nobody's time, and reading is computing, too.
            async with sessions.read_only(organization) as session:
                actor = await actor_of(session, request.caller)
                require_importer(session.org, actor)
                await _refuse_repetition(session.connection, request)
            command_file.require_one(command)
            said = plan_words.words_of(command)
            progress = RunProgress(organization, request.key or new_id("import"), command.file_name, actor)
            async with sessions.cache.import_lock(organization), self.runs.reporting(progress):
                with unchanged():
                    file = await self._file(organization, command, said)
                past = PastStates(sessions.pool, organization)
                return await self._compute(ImportJob(request, command, file, said, past, progress)), False
        except _Repeated as repeated:
            return repeated.answer, True

    async def _file(self, organization: Id, command: ImportPlan, said: PlanWords) -> ImportFile:
        """The file, read as it most likely will be. Raises `Refused`: it cannot be read."""
        file = await ImportFile.opened(command)
        async with read_snapshot(self._sessions.pool, self._sessions.limits.lock) as connection:
            likely = await interpretation.likely_words(connection, organization, command, file, said)
        try:
            await file.read(likely)
        except Refused:
            if likely == said:
                raise
        return file

    async def _compute(self, job: ImportJob) -> Accepted:
        """Raises `_Repeated`."""
        for _ in range(_TRIES):
            with unchanged():
                async with self._sessions.read_only_copy(job.request.organization) as session:
                    snapshot = await self._snapshot(session, job)
                computed = await self._computed(snapshot, job)
            if job.command.dry_run or not (computed.file or computed.words or job.request.key):
                return computed.answer
            with suppress(_Moved):
                return await self._write(job, computed)
        return await self._compute_locked(job)

    async def _snapshot(self, session: OrganizationSession, job: ImportJob) -> ImportSnapshot:
        """`session.org` is a copy. Raises `Refused`."""
        organization = job.request.organization
        actor = await actor_of(session, job.request.caller)
        connection, org, limits = session.connection, session.org, self._sessions.limits
        interpreter = FileInterpreter(connection, limits, organization, org, job.command, job.file, job.words)
        interpreted = await interpreter.interpret()
        # With other words the same file says something else: it is no old copy then.
        again = job.command.again or interpreted.words_changed
        digest = interpreted.read.digest
        source = await source_loading.load(connection, organization, interpreted.source, digest, again=again)
        job.progress.source = source.name
        with create_span(GOALS, 0 if job.command.dry_run else 1):
            origin = self._origin(organization, actor)
        context = self._context(actor, session.head)
        return ImportSnapshot(organization, org, session.head, context, origin, interpreted, source)

    async def _computed(self, snapshot: ImportSnapshot, job: ImportJob) -> ComputedImport:
        source = await source_loading.completed(
            job.past, snapshot.source, snapshot.interpreted.read.plan, snapshot.org, snapshot.head
        )
        return await in_thread(partial(compute, structs.replace(snapshot, source=source), job))

    async def _write(self, job: ImportJob, computed: ComputedImport) -> Accepted:
        """Write what was computed. Raises `_Moved` when what it was computed on has changed since, and `_Repeated`."""
        snapshot, limits, request = computed.snapshot, self._sessions.limits, job.request
        job.progress.begin(ImportStep.WRITING, computed.changes)
        async with AsyncExitStack() as until_kept:
            async with writing(self._sessions.pool, limits.lock) as connection:
                if computed.file is not None or computed.words is not None:
                    await import_sources_store.lock(connection, snapshot.organization)
                    if not await _is_remembered(connection, snapshot):
                        await _refuse_repetition(connection, request)
                        raise _Moved
                # What is new is seen by nobody before the commit, and written by nobody else: it needs no lock.
                await _write_new(connection, computed, job.progress)
                head = await locked_head(connection, snapshot.organization)
                await _refuse_repetition(connection, request)
                actor = await names_store.person_of(connection, snapshot.organization, request.caller.login)
                moved = head != snapshot.head and bool(computed.rows)  # what changes nothing is true of the head it saw
                if moved or actor != snapshot.context.actor:
                    raise _Moved
                computed = await _write_rest(connection, job, computed, limits)
                await until_kept.enter_async_context(self._sessions.cache.state_lock(snapshot.organization))
            if computed.rows:
                self._sessions.cache.keep(snapshot.organization, computed.head, snapshot.org)
        return await in_thread(partial(with_events, computed))

    async def _compute_locked(self, job: ImportJob) -> Accepted:
        """The same under the locks, so that it ends also where the organization changes all the time."""
        organization, cache, limits = job.request.organization, self._sessions.cache, self._sessions.limits
        async with AsyncExitStack() as until_kept:
            async with writing(self._sessions.pool, limits.lock) as connection:
                await import_sources_store.lock(connection, organization)
                head = await locked_head(connection, organization)
                await _refuse_repetition(connection, job.request)
                async with cache.state_lock(organization):
                    org = await cache.at(connection, organization, head)
                    org = await in_thread(org.copy)
                snapshot = await self._snapshot(OrganizationSession(connection, org, head), job)
                async with kept_alive(connection, limits):
                    computed = await self._computed(snapshot, job)
                await _write_new(connection, computed, job.progress)
                computed = await _write_rest(connection, job, computed, limits)
                await until_kept.enter_async_context(cache.state_lock(organization))
            cache.keep(organization, computed.head, snapshot.org)
        return await in_thread(partial(with_events, computed))


async def _refuse_repetition(connection: Connection, request: ReceivedCommand) -> None:
    if (before := await earlier_answer(connection, request)) is not None:
        raise _Repeated(before)


async def _is_remembered(connection: Connection, snapshot: ImportSnapshot) -> bool:
    """Whether what was computed on is still what is remembered of the source; under the lock of imports."""
    organization, source, kept = snapshot.organization, snapshot.source.name, snapshot.interpreted.kept
    if await import_sources_store.last_file(connection, organization, source) != snapshot.source.last:
        return False
    return kept is None or await import_sources_store.words_of(connection, organization, source) == kept


async def _write_new(connection: Connection, computed: ComputedImport, progress: RunProgress) -> None:
    """What nobody else writes: new entities and their timers; and what only imports write, under their lock."""
    organization, source = computed.snapshot.organization, computed.snapshot.source.name
    await import_sources_store.write(connection, organization, source, computed.merge_base)
    if computed.words is not None:
        await import_sources_store.put_words(
            connection, organization, source, computed.words, computed.snapshot.origin.now
        )
    progress.counted(len(computed.merge_base.rows))
    await entities_store.copy_entities(connection, organization, computed.created)
    progress.counted(len(computed.created))
    await timers_store.insert(connection, organization, [(each, False) for each in computed.new])


async def _write_rest(
    connection: Connection, job: ImportJob, computed: ComputedImport, limits: DatabaseLimits
) -> ComputedImport:
    """Write all that is not new, under the organization's lock, at the head of `computed.snapshot`; what was written.

    The facts that take back what the clock has said end the commit.
    """
    snapshot, organization, request = computed.snapshot, computed.snapshot.organization, job.request
    back = await timers_store.update_timers(connection, organization, snapshot.org, computed.old, snapshot.origin.now)
    if back:
        async with kept_alive(connection, limits):
            ended = await in_thread(lambda: sequenced(snapshot, computed.decision, back))
        computed = structs.replace(computed, answer=ended.answer, head=ended.head, rows=ended.rows)
    await outbox.append_rows(connection, organization, computed.rows)
    job.progress.counted(len(computed.rows))
    await entities_store.put_rows(connection, organization, computed.updated)
    if computed.file is not None:
        file = computed.file._replace(revision=computed.head.sequence)
        await import_sources_store.put_file(connection, organization, snapshot.source.name, file)
    answer, written, login = computed.answer, len(computed.rows), request.caller.login
    await keep_answer(connection, request, answer, snapshot.head, written, login, computed.report)
    return computed
