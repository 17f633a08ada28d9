"""One command = one transaction: lock, look the key up, decide, write state, outbox, names and timers, commit."""

from __future__ import annotations

import time
from collections.abc import Callable

from goldenthread.contracts.commands import AddPerson, CreateServiceAccount, ImportPlan, UpdatePerson
from goldenthread.contracts.entities import Entity, Id
from goldenthread.contracts.envelope import Event
from goldenthread.contracts.errors import Refused
from goldenthread.contracts.read_api import ImportRun, Login, PersonName, StreamPosition, issuer_id
from goldenthread.contracts.replies import Accepted
from goldenthread.organization.organization import Organization
from goldenthread.runtime.clock import Clock, NewId, uuid7
from goldenthread.runtime.configuration.database_limits import DatabaseLimits
from goldenthread.runtime.observability import metrics, telemetry
from goldenthread.runtime.outbox import store as outbox
from goldenthread.runtime.postgres.database import Pool
from goldenthread.runtime.postgres.transactions import writing
from services.goals import facts_to_events, names_and_logins
from services.goals.domain.case import Context, Decision, Fact
from services.goals.domain.decide import decide
from services.goals.domain.org_chart.bootstrap import bootstrap
from services.goals.head_state_cache import Memory
from services.goals.idempotency import Request, known, remember
from services.goals.imports.import_handler import Imports
from services.goals.sessions import Bench, Benches, actor_of
from services.goals.stores import entities_store, names_store, timers_store


class Goals:
    """The command side. Every method is one transaction; what it raises changed nothing, unless it is `CommitInDoubt`.

    Raises LockNotAvailableError or `Busy` where others work on the organization for longer than `limits.lock`.
    `issuer` vouches for logins that are added without saying who does.
    """

    def __init__(
        self,
        pool: Pool,
        memory: Memory,
        wake: Callable[[], None],
        now: Clock,
        new_id: NewId,
        issuer: str = "",
        limits: DatabaseLimits | None = None,
    ) -> None:
        self.issuer = issuer_id(issuer)
        self._benches = Benches(pool, memory, limits or DatabaseLimits())
        self._imports = Imports(self._benches, self._context, self._origin)
        self._wake, self._now, self._new_id = wake, now, new_id

    async def command(self, request: Request) -> Accepted:
        """Decide and record a command. Raises `Refused`. The same key with the same input answers as it did before."""
        kind = type(request.command).__struct_config__.tag
        started = time.perf_counter()
        try:
            with telemetry.span(f"command {kind}", organization=request.organization):
                answer, repeated = await self._command(request)
        except Refused:
            metrics.COMMANDS.labels(kind, "refused").inc()
            raise
        metrics.COMMANDS.labels(kind, "repeated" if repeated else "accepted").inc()
        metrics.COMMAND_SECONDS.labels(kind).observe(time.perf_counter() - started)
        return answer

    async def imports(self, organization: Id) -> list[ImportRun]:
        """The imports under way and those that ended lately, the last one first."""
        return await self._imports.runs.list(organization)

    async def create(self, organization: Id, name: str, admin: PersonName) -> Accepted:
        """A new organisation with a root unit and one administrator; the existing one when this id is taken."""
        benches = self._benches
        async with benches.memory.command(organization), writing(benches.pool, benches.limits.lock) as connection:
            await connection.execute(
                "INSERT INTO streams (organization) VALUES ($1) ON CONFLICT DO NOTHING", organization
            )
            head = StreamPosition(*(await entities_store.lock(connection, organization) or (0, None)))
            if head.sequence:
                return Accepted(head.sequence, [organization])
            bench = Bench(connection, Organization(), head)
            context = self._context(None, head)
            decision = bootstrap(bench.org, name, context, organization=organization, admin=admin.id)
            await names_store.put_name(connection, organization, admin)
            await timers_store.found(connection, organization, self._now())
            events = await self._record(organization, bench, list(bench.org.entities()), decision.facts, None)
        benches.memory.drop(organization)
        self._wake()
        return Accepted(events[-1].sequence, decision.ids, facts_to_events.as_json(events))

    async def tick(self, organization: Id) -> bool:
        """Let the clock say what is due in one organisation; True when there may be more."""
        async with self._benches.locked(organization) as bench:
            facts, more = await timers_store.ring(bench.connection, organization, bench.org, self._now())
            await self._record(organization, bench, bench.org.commit(), facts, None)
        if facts:
            self._wake()
        return more

    async def _command(self, request: Request) -> tuple[Accepted, bool]:
        if isinstance(request.command, ImportPlan):
            answer, repeated = await self._imports.take(request, request.command)
        elif getattr(request.command, "dry_run", False):
            return await self._try(request)
        else:
            answer, repeated = await self._decide(request)
        if not repeated:
            self._wake()
        return answer, repeated

    async def _decide(self, request: Request) -> tuple[Accepted, bool]:
        async with self._benches.locked(request.organization) as bench:
            actor = await actor_of(bench, request.caller)
            if (before := await known(bench.connection, request)) is not None:
                return before, True
            named = await _named(bench, request)
            context = self._context(actor, bench.head, named)
            decision = await self._benches.compute(bench, lambda: decide(bench.org, request.command, context))
            await self._name(bench, request, decision, named)
            changed = bench.org.commit()
            events = await self._record(request.organization, bench, changed, decision.facts, actor)
            revision = events[-1].sequence if events else bench.head.sequence
            answer = _accepted(revision, decision, events)
            login = _login(request, decision, actor)
            await remember(bench.connection, request, answer, bench.head, len(events), login)
        return answer, False

    async def _try(self, request: Request) -> tuple[Accepted, bool]:
        """What a command would write. Nobody is waited for who writes elsewhere, and nobody waits for this."""
        async with self._benches.look(request.organization) as bench:
            actor = await actor_of(bench, request.caller)
            if (before := await known(bench.connection, request)) is not None:
                return before, True
            bench.org.begin()
            try:
                decision = decide(bench.org, request.command, self._context(actor, bench.head))
            finally:
                bench.org.rollback()
        events = facts_to_events.events(decision.facts, bench.head, self._origin(request.organization, actor))
        return _accepted(bench.head.sequence, decision, events, dry_run=True), False

    async def _record(
        self, organization: Id, bench: Bench, changed: list[Entity], facts: list[Fact], actor: Id | None
    ) -> list[Event]:
        """Write state, timers and outbox. The facts that take back what the clock has said end the commit."""
        now = self._now()
        implied = await self._benches.compute(bench, lambda: timers_store.implied(bench.org, changed, now))
        back = await timers_store.keep(bench.connection, organization, bench.org, implied, now)
        origin = self._origin(organization, actor)
        events = await self._benches.compute(bench, lambda: facts_to_events.events([*facts, *back], bench.head, origin))
        if events:
            await outbox.append(bench.connection, organization, events)
            await entities_store.put_entities(bench.connection, organization, changed)
        bench.written = StreamPosition(events[-1].sequence, events[-1].id) if events else bench.head
        return events

    async def _name(self, bench: Bench, request: Request, decision: Decision, before: PersonName | None) -> None:
        """Write what is kept of people, which is in no event. Raises `Refused`."""
        if isinstance(request.command, AddPerson | CreateServiceAccount):
            name = names_and_logins.named(decision.ids[0], request.command, self.issuer)
            await names_and_logins.add(bench.connection, request.organization, bench.org, name)
        elif decision.renamed is not None and before is not None:
            await names_and_logins.change(bench.connection, request.organization, bench.org, before, decision.renamed)

    def _context(self, actor: Id | None, head: StreamPosition, named: PersonName | None = None) -> Context:
        next_ = head.sequence + 1
        return Context(actor=actor, now=self._now(), new_id=self._new_id, next_sequence=next_, named=named)

    def _origin(self, organization: Id, actor: Id | None) -> facts_to_events.Origin:
        return facts_to_events.Origin(organization, actor, self._now(), uuid7(), telemetry.traceparent())


def _accepted(revision: int, decision: Decision, events: list[Event], dry_run: bool = False) -> Accepted:
    encoded = facts_to_events.as_json(events)
    return Accepted(revision, decision.ids, encoded, decision.warnings, dry_run, decision.report)


def _login(request: Request, decision: Decision, actor: Id | None) -> Login:
    """The login that may ask for the answer again: that of the caller, who may just have given themselves another."""
    renamed = decision.renamed
    return renamed.login if renamed is not None and renamed.id == actor else request.caller.login


async def _named(bench: Bench, request: Request) -> PersonName | None:
    """What is kept of the person whom the command renames; None when it renames nobody."""
    if not isinstance(request.command, UpdatePerson) or "\x00" in request.command.person:
        return None
    return await names_store.name_of(bench.connection, request.organization, request.command.person)
