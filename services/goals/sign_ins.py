"""What is recorded of people who sign in and are no actors of a command: claims of invitations, and the first sign-in.

Each is one transaction under the organization's lock, and ends in events, as a command does.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Awaitable, Callable

from goldenthread.contracts.entities import Entity, Id, Person
from goldenthread.contracts.enums import InvitationState
from goldenthread.contracts.envelope import Event
from goldenthread.contracts.errors import ErrorCode, refuse
from goldenthread.contracts.events.goals import PersonSignedIn
from goldenthread.contracts.read_api import ClaimedInvitation, Login, PersonName, StreamPosition, issuer_id
from goldenthread.contracts.secret import Secret
from goldenthread.organization.invitations import state_of
from goldenthread.runtime.identity.caller import Caller
from services.goals import names_and_logins
from services.goals.domain.decision import Case, DecisionContext, Fact
from services.goals.domain.org_chart import invitations
from services.goals.organization_sessions import OrganizationSession, OrganizationSessions
from services.goals.stores import invitations_store, names_store
from services.goals.stores.invitations_store import SecretOwner

Context = Callable[[Id | None, StreamPosition, PersonName | None], DecisionContext]
Record = Callable[[Id, OrganizationSession, list[Entity], list[Fact], Id | None], Awaitable[list[Event]]]


class SignIns:
    """Binds logins to people who were invited, and keeps when people signed in first.

    `email_issuer`: with it, an invitation is claimed only with a token of that issuer which says that the address the
    invitation went to is the claimer's, and verified. An address alone never finds a person.
    """

    def __init__(
        self,
        sessions: OrganizationSessions,
        context: Context,
        record: Record,
        wake: Callable[[], None],
        email_issuer: str = "",
    ) -> None:
        self._sessions, self._context, self._record, self._wake = sessions, context, record, wake
        self._email_issuer = issuer_id(email_issuer)

    async def claim(self, caller: Caller, secret: Secret) -> ClaimedInvitation:
        """Make the caller's login that of the person who was invited; the same login again is answered the same.

        Raises `Refused`: NOT_FOUND for any secret that gives nobody a login, whyever; CONFLICT for a login that is
        somebody here already; FORBIDDEN where an e-mail address is asked for besides.
        """
        owner = await invitations_store.owner(self._sessions.pool, secret)
        if owner is None or not caller.permits(owner.organization):
            raise invitations.unusable()
        async with self._sessions.locked(owner.organization) as session:
            if await invitations_store.owner(session.connection, secret) != owner:
                raise invitations.unusable()  # it was made anew while this waited for the lock
            named = await names_store.name_of(session.connection, owner.organization, owner.person)
            person = session.org.people.get(owner.person)
            if person is None or named is None or person.invitation is None:
                raise invitations.unusable()
            if person.invitation.id != owner.invitation:
                raise invitations.unusable()
            if not self._claimed(person, named, caller.login):
                await self._bind(session, owner.organization, person, named, caller)
        self._wake()
        return ClaimedInvitation(owner.organization, owner.person)

    async def new_secret(self, session: OrganizationSession, organization: Id, person: Id) -> Secret:
        """A new secret that claims the invitation of `person`; the one before claims nothing any more. Raises `Refused`
        where it could not be claimed.
        """
        self.require_claimable(await names_store.name_of(session.connection, organization, person))
        invitation = session.org.people[person].invitation
        secret = invitations_store.new_secret()
        owner = SecretOwner(organization, person, invitation.id if invitation is not None else "")
        await invitations_store.put(session.connection, owner, secret)
        return secret

    def require_claimable(self, named: PersonName | None) -> None:
        """Refuse to invite who could not claim that: whose name was erased, or whose address is missing and needed."""
        if named is None:
            message = "The name and login of this person have been erased; remove the person, and add them again."
            raise refuse(ErrorCode.STATE_NOT_ALLOWED, message, "person")
        if self._email_issuer and not named.email:
            message = "Here an invitation is claimed with the e-mail address that was invited; say which that is."
            raise refuse(ErrorCode.INVALID, message, "email")

    async def signed_in(self, organization: Id, login: Login) -> None:
        """Keep that whoever has this login has signed in, if that is not known yet. Nobody has it: nothing happens."""
        found = (await names_store.login_holder(self._sessions.pool, organization, login)).person
        if found is None or found.signed_in_at is not None:
            return
        async with self._sessions.locked(organization) as session:
            named = await names_store.name_of(session.connection, organization, found.id)
            person = session.org.people.get(found.id)
            if named is None or named.signed_in_at is not None or named.login != login:
                return
            if person is None or person.left:
                return
            case = Case(session.org, self._context(person.id, session.head, named))
            case.emit(PersonSignedIn(person))
            changed = session.org.commit()
            (told, *_) = await self._record(organization, session, changed, case.facts, person.id)
            await names_store.set_signed_in(session.connection, organization, person.id, told.time)
        self._wake()

    def _claimed(self, person: Person, named: PersonName, login: Login) -> bool:
        """Whether this login has claimed the invitation already, and still has what it gave."""
        found = person.invitation
        if found is None or person.left or found.claimed_at is None:
            return False
        return state_of(found, found.claimed_at) is InvitationState.CLAIMED and named.login == login

    async def _bind(
        self, session: OrganizationSession, organization: Id, person: Person, named: PersonName, caller: Caller
    ) -> None:
        """Decide and record the claim. Raises `Refused`."""
        case = Case(session.org, self._context(person.id, session.head, named))
        invitations.claim(case, person, caller.login)
        holder = await names_store.person_of(session.connection, organization, caller.login)
        if holder is not None and holder != person.id and not session.org.people[holder].left:
            message = (
                "You sign in as somebody of this organization already, and one login is one person's: there is nothing"
                " to claim. Somebody else was invited? Sign out, and have them open the invitation."
            )
            raise refuse(ErrorCode.CONFLICT, message)
        self._require_email(named, caller)
        if case.renamed is not None:
            await names_and_logins.change(session.connection, organization, session.org, named, case.renamed)
        changed = session.org.commit()
        await self._record(organization, session, changed, case.facts, person.id)

    def _require_email(self, named: PersonName, caller: Caller) -> None:
        """Refuse a claim without the verified address, where one is asked for."""
        if not self._email_issuer:
            return
        same = bool(named.email) and _as_compared(caller.email or "") == _as_compared(named.email or "")
        if not (same and caller.email_verified and caller.issuer == self._email_issuer):
            message = (
                "This installation gives a login only to who signs in with the e-mail address that was invited,"
                f" verified by {self._email_issuer}. Sign in there with it, or have the invited address corrected."
            )
            raise refuse(ErrorCode.FORBIDDEN, message)


def _as_compared(address: str) -> str:
    """Small letters only: `casefold` would take `straße` and `strasse` for the same, which are two domains."""
    return unicodedata.normalize("NFC", address).lower()
