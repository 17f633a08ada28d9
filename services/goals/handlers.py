"""One command = one transaction: lock, look the key up, decide, write state, outbox, names and timers, commit."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import TypeVar

import msgspec
from msgspec import Struct, structs

from goldenthread import exchange
from goldenthread.contracts.commands import AddPerson, AnyCommand, CreateServiceAccount, ImportPlan, UpdatePerson
from goldenthread.contracts.entities import Entity, Id
from goldenthread.contracts.envelope import Event
from goldenthread.contracts.errors import NO_SUCH_LOGIN, ErrorCode, Refused, refuse
from goldenthread.contracts.organization import Organization
from goldenthread.contracts.plan import Plan
from goldenthread.contracts.reading import Login, PersonName, Position, issuer_id
from goldenthread.contracts.replies import Accepted
from goldenthread.runtime import metrics, outbox, telemetry
from goldenthread.runtime.auth import Caller
from goldenthread.runtime.clock import Clock, NewId, uuid7
from goldenthread.runtime.database import Connection, Pool
from services.goals import naming, store, timers, wire
from services.goals.domain.bootstrap import bootstrap
from services.goals.domain.case import Context, Decision, Fact
from services.goals.domain.decide import decide
from services.goals.domain.imports import import_plan
from services.goals.memory import Memory

_answers = msgspec.json.Decoder(Accepted)
T = TypeVar("T")


class Request(Struct, frozen=True):
    """A command as it arrived: who sent it, under which key (or none), to which organisation."""

    caller: Caller
    organization: Id
    command: AnyCommand
    key: str | None = None


class Bench(Struct):
    """An organisation under its lock, at its head, inside one transaction."""

    connection: Connection
    org: Organization
    head: Position


class Goals:
    """The command side. Every method is one transaction; what it raises changed nothing.

    `issuer` vouches for logins that are added without saying who does.
    """

    def __init__(
        self, pool: Pool, memory: Memory, wake: Callable[[], None], now: Clock, new_id: NewId, issuer: str = ""
    ) -> None:
        self.issuer = issuer_id(issuer)
        self._pool, self._memory, self._wake, self._now, self._new_id = pool, memory, wake, now, new_id

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

    async def create(self, organization: Id, name: str, admin: PersonName) -> Accepted:
        """A new organisation with a root unit and one administrator; the existing one when this id is taken."""
        async with self._memory.lock(organization), self._pool.acquire() as connection, connection.transaction():
            await connection.execute(
                "INSERT INTO streams (organization) VALUES ($1) ON CONFLICT DO NOTHING", organization
            )
            head = Position(*(await store.lock(connection, organization) or (0, None)))
            if head.sequence:
                return Accepted(head.sequence, [organization])
            bench = Bench(connection, Organization(), head)
            context = self._context(None, head)
            decision = bootstrap(bench.org, name, context, organization=organization, admin=admin.id)
            await store.put_name(connection, organization, admin)
            await timers.found(connection, organization, self._now())
            events = await self._record(organization, bench, list(bench.org.entities()), decision.facts, None)
        self._memory.drop(organization)
        self._wake()
        return Accepted(events[-1].sequence, decision.ids, wire.as_json(events))

    async def tick(self, organization: Id) -> bool:
        """Let the clock say what is due in one organisation; True when there may be more."""
        async with self._bench(organization) as bench:
            facts, more = await timers.ring(bench.connection, organization, bench.org, self._now())
            events = await self._record(organization, bench, bench.org.commit(), facts, None)
        self._memory.keep(organization, _head(bench, events), bench.org)
        if facts:
            self._wake()
        return more

    async def _command(self, request: Request) -> tuple[Accepted, bool]:
        plan = await _plan(request.command)
        asked = hashlib.sha256(msgspec.json.encode(request.command)).digest()
        async with self._bench(request.organization) as bench:
            actor = await self._actor(bench, request.caller)
            if request.key:
                known = await self._known(bench.connection, request, asked)
                if known is not None:
                    return known, True
            named = await self._named(bench, request)
            decide = partial(self._decide, bench, request.command, plan, self._context(actor, bench.head, named))
            decision = decide() if plan is None else await _beside(decide)
            if getattr(request.command, "dry_run", False):
                events = wire.events(decision.facts, bench.head, self._origin(request.organization, actor))
                return _accepted(bench.head.sequence, decision, events, dry_run=True), False
            await self._name(bench, request, decision, named)
            changed = bench.org.commit()
            events = await self._record(request.organization, bench, changed, decision.facts, actor)
            head = _head(bench, events)
            answer = _accepted(head.sequence, decision, events)
            if request.key:
                given = store.Answer(asked, _kept(answer), bench.head.sequence + 1, bench.head.sequence + len(events))
                login = _login(request, decision, actor)
                await store.put_answer(bench.connection, request.organization, login, request.key, given)
        self._memory.keep(request.organization, head, bench.org)
        self._wake()
        return answer, False

    def _decide(self, bench: Bench, command: AnyCommand, plan: Plan | None, context: Context) -> Decision:
        if plan is not None and isinstance(command, ImportPlan):
            return import_plan(bench.org, command, plan, context)
        return decide(bench.org, command, context)

    @asynccontextmanager
    async def _bench(self, organization: Id) -> AsyncIterator[Bench]:
        """The organisation, locked and begun. What the block did not `commit` in memory is taken back at its end.

        When the database does not commit after the organisation in memory did, that is dropped and loaded anew.
        """
        async with self._memory.lock(organization):
            await self._memory.prepare(self._pool, organization)
            org: Organization | None = None
            try:
                async with self._pool.acquire() as connection, connection.transaction():
                    head = await store.lock(connection, organization)
                    if head is None:
                        raise refuse(ErrorCode.NOT_FOUND, "There is no such organisation.", "organization")
                    org = await self._memory.at(connection, organization, Position(*head))
                    org.begin()
                    yield Bench(connection, org, Position(*head))
            except Refused:
                if org is not None and not org.begun:
                    self._memory.drop(organization)
                raise
            except BaseException:
                self._memory.drop(organization)
                raise
            finally:
                if org is not None and org.begun:
                    org.rollback()

    async def _record(
        self, organization: Id, bench: Bench, changed: list[Entity], facts: list[Fact], actor: Id | None
    ) -> list[Event]:
        """Write state, timers and outbox. The facts that take back what the clock has said end the commit."""
        back = await timers.keep(bench.connection, organization, bench.org, changed, self._now())
        events = wire.events([*facts, *back], bench.head, self._origin(organization, actor))
        if events:
            await outbox.append(bench.connection, organization, events)
            await store.put_entities(bench.connection, organization, changed)
        return events

    async def _known(self, connection: Connection, request: Request, asked: bytes) -> Accepted | None:
        known = await store.answer(connection, request.organization, request.caller.login, request.key or "")
        if known is None:
            return None
        if known.input != asked:
            message = "This idempotency key was used for another input; take a new key for a new command."
            raise refuse(ErrorCode.CONFLICT, message, "idempotencyKey")
        rows = await store.events(connection, request.organization, known.first, known.last)
        return structs.replace(_answers.decode(known.answer), events=[msgspec.Raw(outbox.as_json(row)) for row in rows])

    async def _actor(self, bench: Bench, caller: Caller) -> Id | None:
        if caller.service:
            return None
        organization = bench.org.info.id if bench.org.info else ""
        person = await store.person_of(bench.connection, organization, caller.login)
        if person is None or bench.org.people[person].left:
            raise refuse(ErrorCode.FORBIDDEN, NO_SUCH_LOGIN)
        return person

    async def _named(self, bench: Bench, request: Request) -> PersonName | None:
        """What is kept of the person whom the command renames; None when it renames nobody."""
        if not isinstance(request.command, UpdatePerson) or "\x00" in request.command.person:
            return None
        return await store.name_of(bench.connection, request.organization, request.command.person)

    async def _name(self, bench: Bench, request: Request, decision: Decision, before: PersonName | None) -> None:
        """Write what is kept of people, which is in no event. Raises `Refused`."""
        if isinstance(request.command, AddPerson | CreateServiceAccount):
            name = naming.named(decision.ids[0], request.command, self.issuer)
            await naming.add(bench.connection, request.organization, bench.org, name)
        elif decision.renamed is not None and before is not None:
            await naming.change(bench.connection, request.organization, bench.org, before, decision.renamed)

    def _context(self, actor: Id | None, head: Position, named: PersonName | None = None) -> Context:
        next_ = head.sequence + 1
        return Context(actor=actor, now=self._now(), new_id=self._new_id, next_sequence=next_, named=named)

    def _origin(self, organization: Id, actor: Id | None) -> wire.Origin:
        return wire.Origin(organization, actor, self._now(), uuid7(), telemetry.traceparent())


def _head(bench: Bench, written: list[Event]) -> Position:
    """The head after `written`."""
    return Position(written[-1].sequence, written[-1].id) if written else bench.head


def _accepted(revision: int, decision: Decision, events: list[Event], dry_run: bool = False) -> Accepted:
    return Accepted(revision, decision.ids, wire.as_json(events), decision.warnings, dry_run, decision.report)


def _kept(answer: Accepted) -> bytes:
    """An answer as it is remembered under its key: its events are in the outbox."""
    return msgspec.json.encode(structs.replace(answer, events=[]))


def _login(request: Request, decision: Decision, actor: Id | None) -> Login:
    """The login that may ask for the answer again: that of the caller, who may just have given themselves another."""
    renamed = decision.renamed
    return renamed.login if renamed is not None and renamed.id == actor else request.caller.login


async def _beside(work: Callable[[], T]) -> T:
    """What `work` gives, from a thread: an import of 100,000 rows computes for a dozen seconds, and others have turns.

    It works on what is locked, so it is waited for also when nobody wants its result any more.
    """
    working = asyncio.ensure_future(asyncio.to_thread(work))
    try:
        return await asyncio.shield(working)
    except asyncio.CancelledError:
        await asyncio.wait({working})
        raise


async def _plan(command: AnyCommand) -> Plan | None:
    """What an import's file says: read before anything is locked, and beside the event loop. Raises `Refused`."""
    if not isinstance(command, ImportPlan):
        return None
    return await asyncio.to_thread(exchange.read, command.content, command.format)
