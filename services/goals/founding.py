"""How an organization begins: who makes it is no person of it, and the first administrator may have no login yet."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from goldenthread.contracts.entities import Id
from goldenthread.contracts.envelope import Event
from goldenthread.contracts.errors import ErrorCode, refuse
from goldenthread.contracts.organizations import FirstInvitation
from goldenthread.contracts.read_api import NO_LOGIN, Login, PersonName, StreamPosition
from goldenthread.contracts.replies import Accepted
from goldenthread.organization.organization import Organization
from goldenthread.runtime.outbox import tombstones
from goldenthread.runtime.postgres.database import Connection
from goldenthread.runtime.postgres.transactions import writing
from services.goals import facts_to_events
from services.goals.domain.decision import Case
from services.goals.domain.org_chart import invitations
from services.goals.domain.org_chart.bootstrap import bootstrap
from services.goals.organization_sessions import OrganizationSession, OrganizationSessions
from services.goals.sign_ins import Context, Record, SignIns
from services.goals.stores import entities_store, installation_store, names_store, timers_store
from services.goals.stores.installation_store import InstallationAct


class FoundedOrganization(Struct, frozen=True):
    """What became of a creation. `existed`: the id was taken, and nothing was changed."""

    accepted: Accepted
    existed: bool = False
    invitation: FirstInvitation | None = None


class Founding:
    """Creates organizations, and invites their first administrators. Every method is one transaction.

    The arguments `by` are administrators of the installation, None for a service of ours.
    """

    def __init__(
        self,
        sessions: OrganizationSessions,
        context: Context,
        record: Record,
        wake: Callable[[], None],
        sign_ins: SignIns,
    ) -> None:
        self._sessions, self._context, self._record = sessions, context, record
        self._wake, self._sign_ins = wake, sign_ins

    async def create(
        self, organization: Id, name: str, admin: PersonName, by: Login | None = None
    ) -> FoundedOrganization:
        """A new organization with a root unit and one administrator; the existing one when this id is taken.

        An administrator without a login (`NO_LOGIN`) is invited. Raises `Refused`.
        """
        sessions = self._sessions
        async with (
            sessions.cache.command_lock(organization),
            writing(sessions.pool, sessions.limits.lock) as connection,
        ):
            head = await _begun(connection, organization)
            if head.sequence:
                return FoundedOrganization(Accepted(head.sequence, [organization]), existed=True)
            session, context = OrganizationSession(connection, Organization(), head), self._context(None, head, None)
            invited = admin.issuer == NO_LOGIN
            decision = bootstrap(session.org, name, context, organization=organization, admin=admin.id, invited=invited)
            await names_store.put_name(connection, organization, admin)
            await timers_store.start_clock(connection, organization, context.now)
            events = await self._record(organization, session, list(session.org.entities()), decision.facts, None)
            await keep_act(connection, organization, events, by)
            invitation = await self._invitation(session, organization, admin.id) if invited else None
        sessions.cache.drop(organization)
        self._wake()
        accepted = Accepted(events[-1].sequence, decision.ids, facts_to_events.as_json(events))
        return FoundedOrganization(accepted, invitation=invitation)

    async def invite_again(self, organization: Id, by: Login) -> FirstInvitation:
        """Another invitation of the first administrator, in place of the one before. Raises `Refused` once somebody has
        claimed one: from then on the organization is not the installation's to give.
        """
        async with self._sessions.locked(organization) as session:
            case = Case(session.org, self._context(None, session.head, None))
            invitations.invite_founder_again(case)
            (founder,) = case.decision().ids
            events = await self._record(organization, session, session.org.commit(), case.facts, None)
            await keep_act(session.connection, organization, events, by)
            invitation = await self._invitation(session, organization, founder)
        self._wake()
        return invitation

    async def _invitation(self, session: OrganizationSession, organization: Id, founder: Id) -> FirstInvitation:
        secret = await self._sign_ins.new_secret(session, organization, founder)
        invited = session.org.people[founder].invitation
        if invited is None:
            raise RuntimeError("a first administrator with a secret and without an invitation")
        return FirstInvitation(secret, invited.expires_at)


async def keep_act(connection: Connection, organization: Id, events: list[Event], by: Login | None) -> None:
    """Keep that an administrator of the installation wrote these events, in their transaction."""
    if events and by is not None:
        act = InstallationAct(events[0].sequence, events[-1].sequence, by)
        await installation_store.keep_act(connection, organization, act)


async def _begun(connection: Connection, organization: Id) -> StreamPosition:
    """The head of an organization, which is locked; 0 of one that is made now. Raises `Refused` (CONFLICT) where the
    id was that of an organization that was deleted.
    """
    await connection.execute("INSERT INTO streams (organization) VALUES ($1) ON CONFLICT DO NOTHING", organization)
    if await tombstones.is_deleted(connection, organization):
        raise refuse(ErrorCode.CONFLICT, f"{entities_store.DELETED} Choose another one.", "id")
    return StreamPosition(*(await entities_store.lock(connection, organization) or (0, None)))
