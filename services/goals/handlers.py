"""One command = one transaction: lock, look the key up, decide, write state, outbox, names and timers, commit."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable
from typing import get_args

from msgspec import UNSET, structs

from goldenthread.contracts.commands import (
    AddPerson,
    AnyCommand,
    CreateServiceAccount,
    ErasePerson,
    ImportPlan,
    InvitePerson,
    MoveLogins,
    UndoInvitation,
    UpdatePerson,
)
from goldenthread.contracts.entities import Entity, Id
from goldenthread.contracts.enums import Role
from goldenthread.contracts.envelope import Event
from goldenthread.contracts.errors import ErrorCode, Refused, refuse
from goldenthread.contracts.read_api import ImportRun, Login, PersonName, StreamPosition, issuer_id
from goldenthread.contracts.replies import Accepted
from goldenthread.contracts.topics import GOALS
from goldenthread.runtime.clock import Clock, NewId, uuid7
from goldenthread.runtime.configuration.database_limits import DatabaseLimits
from goldenthread.runtime.identity.caller import Caller
from goldenthread.runtime.observability import metrics, tracing
from goldenthread.runtime.observability.command_span import command_span
from goldenthread.runtime.outbox import store as outbox
from goldenthread.runtime.outbox.messaging_spans import create_span
from goldenthread.runtime.postgres.database import Pool
from services.goals import facts_to_events, names_and_logins
from services.goals.domain import permissions, validation
from services.goals.domain.decide import decide
from services.goals.domain.decision import Case, Decision, DecisionContext, Fact, LoginMoves
from services.goals.domain.org_chart import moving_logins, trust, units
from services.goals.endings import Endings
from services.goals.erasure import personal_data
from services.goals.founding import Founding, keep_act
from services.goals.head_state_cache import HeadStateCache
from services.goals.idempotent_answers import ReceivedCommand, earlier_answer, keep_answer
from services.goals.imports.import_handler import ImportHandler
from services.goals.organization_sessions import OrganizationSession, OrganizationSessions, actor_of
from services.goals.sign_ins import SignIns
from services.goals.stores import (
    entities_store,
    logins_store,
    names_store,
    timers_store,
)
from services.goals.stores.erasures_store import Erasure

log = logging.getLogger(__name__)


class Goals:
    """The command side. Every method is one transaction; what it raises changed nothing, unless it is `CommitInDoubt`.

    Raises LockNotAvailableError or `Busy` where others work on the organization for longer than `limits.lock`.
    `issuer` vouches for logins that are added without saying who does; logins move only to one of `issuers`, where
    there are any. `sign_ins` takes what is no command: claims of
    invitations, and that somebody has signed in; `founding` makes organizations.
    """

    def __init__(
        self,
        pool: Pool,
        cache: HeadStateCache,
        wake: Callable[[], None],
        now: Clock,
        new_id: NewId,
        issuer: str = "",
        limits: DatabaseLimits | None = None,
        invitation_email_issuer: str = "",
        issuers: Iterable[str] = (),
    ) -> None:
        self.issuer, self._issuers = issuer_id(issuer), frozenset(map(issuer_id, issuers))
        self._sessions = OrganizationSessions(pool, cache, limits or DatabaseLimits())
        self._imports = ImportHandler(self._sessions, self._context, self._origin)
        self.sign_ins = SignIns(self._sessions, self._context, self._record, wake, invitation_email_issuer)
        self._wake, self._now, self._new_id = wake, now, new_id
        metrics.show_commands(get_args(AnyCommand))
        self.founding = Founding(self._sessions, self._context, self._record, wake, self.sign_ins)
        self.endings = Endings(self._sessions, self._context, self._record, wake, self._origin)

    def login_issuer(self, value: str, *path: str) -> str:
        """The issuer of a login as it is kept. Raises `Refused` for one whose tokens are not trusted."""
        issuer = validation.login_issuer(value, *path)
        trust.require(self._issuers, issuer, *path)
        return issuer

    async def command(self, request: ReceivedCommand) -> Accepted:
        """Decide and record a command. Raises `Refused`. The same key with the same input answers as it did before."""
        kind = type(request.command).__struct_config__.tag
        started = time.perf_counter()
        try:
            with command_span(request.command, request.organization):
                answer, repeated = await self._command(request)
        except Refused:
            metrics.COMMANDS.add(1, {"type": kind, "outcome": "refused"})
            raise
        metrics.COMMANDS.add(1, {"type": kind, "outcome": "repeated" if repeated else "accepted"})
        metrics.COMMAND_SECONDS.record(time.perf_counter() - started, {"type": kind})
        return answer

    async def imports(self, organization: Id) -> list[ImportRun]:
        """The imports under way and those that ended lately, the last one first."""
        return await self._imports.runs.list(organization)

    async def rename(self, organization: Id, name: str, by: Login) -> None:
        """Rename an organization for an administrator of the installation; they are nobody of it. Raises `Refused`."""
        async with self._sessions.locked(organization) as session:
            case = Case(session.org, self._context(None, session.head))
            units.rename_organization(case, name)
            events = await self._record(organization, session, session.org.commit(), case.facts, None)
            await keep_act(session.connection, organization, events, by)
        if events:
            self._wake()

    async def require_administrator(self, organization: Id, caller: Caller) -> None:
        """Raises `Refused` for everybody who is not an ADMIN of the organization now."""
        async with self._sessions.read_only(organization) as session:
            actor = await actor_of(session, caller)
            if not permissions.holds(session.org, actor, Role.ADMIN):
                raise refuse(ErrorCode.FORBIDDEN, "Only an admin exports everything of an organization; ask one.")

    async def tick(self, organization: Id) -> bool:
        """Announce what is due in one organization; True when there may be more."""
        try:
            async with self._sessions.locked(organization) as session:
                connection, now = session.connection, self._now()
                facts, more = await timers_store.announce_due(connection, organization, session.org, now)
                await self._record(organization, session, session.org.commit(), facts, None)
        except Refused:  # it was deleted, and its timers go with the rest
            return False
        if facts:
            self._wake()
        return more

    async def _command(self, request: ReceivedCommand) -> tuple[Accepted, bool]:
        if isinstance(request.command, ImportPlan):
            answer, repeated = await self._imports.take(request, request.command)
        elif getattr(request.command, "dry_run", False):
            return await self._try(request)
        else:
            answer, repeated = await self._decide(request)
        if not repeated:
            self._wake()
        return answer, repeated

    async def _decide(self, request: ReceivedCommand) -> tuple[Accepted, bool]:
        imports = isinstance(request.command, ErasePerson)
        async with self._sessions.locked(request.organization, imports=imports) as session:
            actor = await actor_of(session, request.caller)
            if (before := await earlier_answer(session.connection, request)) is not None:
                return before, True
            named = await _named(session, request)
            moves = await _moves(session, request)
            context = structs.replace(self._context(actor, session.head, named), moves=moves)
            decision = await self._sessions.compute(session, lambda: decide(session.org, request.command, context))
            await self._name(session, request, decision, named, actor)
            changed = session.org.commit()
            events = await self._record(request.organization, session, changed, decision.facts, actor)
            revision = events[-1].sequence if events else session.head.sequence
            answer = _accepted(revision, decision, events)
            if isinstance(request.command, InvitePerson):
                secret = await self.sign_ins.new_secret(session, request.organization, decision.ids[0])
                answer = structs.replace(answer, secret=secret)
            login = _login(request, decision, actor)
            await keep_answer(session.connection, request, answer, session.head, len(events), login)
        return answer, False

    async def _try(self, request: ReceivedCommand) -> tuple[Accepted, bool]:
        """What a command would write. It takes no lock: it waits for no other command, and none waits for it."""
        async with self._sessions.read_only(request.organization) as session:
            actor = await actor_of(session, request.caller)
            if (before := await earlier_answer(session.connection, request)) is not None:
                return before, True
            moves, named = await _moves(session, request), await _named(session, request)
            session.org.begin()
            try:
                context = structs.replace(self._context(actor, session.head, named), moves=moves)
                decision = decide(session.org, request.command, context)
            finally:
                session.org.rollback()
        events = facts_to_events.events(decision.facts, session.head, self._origin(request.organization, actor))
        return _accepted(session.head.sequence, decision, events, dry_run=True), False

    async def _record(
        self, organization: Id, session: OrganizationSession, changed: list[Entity], facts: list[Fact], actor: Id | None
    ) -> list[Event]:
        """Write state, timers and outbox. The facts that take back what the clock has said end the commit."""
        now = self._now()
        implied = await self._sessions.compute(session, lambda: timers_store.implied(session.org, changed, now))
        back = await timers_store.update_timers(session.connection, organization, session.org, implied, now)
        made = [*facts, *back]
        with create_span(GOALS, len(made)):
            origin = self._origin(organization, actor)
            events = await self._sessions.compute(session, lambda: facts_to_events.events(made, session.head, origin))
        if events:
            await outbox.append(session.connection, organization, events)
            await entities_store.put_entities(session.connection, organization, changed)
        session.written = StreamPosition(events[-1].sequence, events[-1].id) if events else session.head
        return events

    async def _name(
        self,
        session: OrganizationSession,
        request: ReceivedCommand,
        decision: Decision,
        before: PersonName | None,
        actor: Id | None,
    ) -> None:
        """Write what is kept of people, which is in no event, or erase it. Raises `Refused`."""
        command = request.command
        if isinstance(command, AddPerson | CreateServiceAccount | InvitePerson):
            if isinstance(command, InvitePerson) and command.person is not None:
                return
            name = names_and_logins.name_of_new(decision.ids[0], command, self.issuer)
            await names_and_logins.add(session.connection, request.organization, session.org, name)
        elif decision.renamed is not None and before is not None:
            await names_and_logins.change(
                session.connection, request.organization, session.org, before, decision.renamed
            )
        elif isinstance(command, MoveLogins) and decision.moved:
            await names_and_logins.move_all(
                session.connection, request.organization, session.org, command, decision.moved
            )
        elif decision.erased is not None:
            erasure = Erasure(request.organization, decision.erased, self._now(), actor)
            await personal_data.erase(session.connection, erasure, before)

    def _context(self, actor: Id | None, head: StreamPosition, named: PersonName | None = None) -> DecisionContext:
        next_ = head.sequence + 1
        return DecisionContext(
            actor=actor,
            now=self._now(),
            new_id=self._new_id,
            next_sequence=next_,
            named=named,
            issuer=self.issuer,
            issuers=self._issuers,
        )

    def _origin(self, organization: Id, actor: Id | None) -> facts_to_events.Origin:
        return facts_to_events.Origin(organization, actor, self._now(), uuid7(), tracing.traceparent())


def _accepted(revision: int, decision: Decision, events: list[Event], dry_run: bool = False) -> Accepted:
    encoded = facts_to_events.as_json(events)
    return Accepted(
        revision, decision.ids, encoded, decision.warnings, dry_run, decision.report, logins=decision.logins or UNSET
    )


def _login(request: ReceivedCommand, decision: Decision, actor: Id | None) -> Login:
    """The login under which the answer is kept: that of the caller, or the new one where the command changes it."""
    renamed = decision.renamed
    if isinstance(request.command, MoveLogins):
        mine = [each.subject for each in decision.moved if each.person == actor]
        return Login(issuer_id(request.command.to_issuer), mine[0]) if mine else request.caller.login
    return renamed.login if renamed is not None and renamed.id == actor else request.caller.login


async def _named(session: OrganizationSession, request: ReceivedCommand) -> PersonName | None:
    """What is kept of the person whose name or login the command changes or erases; None when it changes nobody's."""
    if not isinstance(request.command, UpdatePerson | UndoInvitation | ErasePerson) or "\x00" in request.command.person:
        return None
    return await names_store.name_of(session.connection, request.organization, request.command.person)


async def _moves(session: OrganizationSession, request: ReceivedCommand) -> LoginMoves:
    """The logins that the command may move. Raises `Refused` for a command that moves none."""
    command = request.command
    if not isinstance(command, MoveLogins):
        return LoginMoves()
    moving_logins.check(command)
    subjects = {each.before.strip(): each.after.strip() for each in command.subjects}
    most = moving_logins.MOST + moving_logins.NAMED
    issuers = names_and_logins.issuers_of(command)
    return await logins_store.movable(session.connection, request.organization, issuers, subjects, most)
