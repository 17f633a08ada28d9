"""Names and logins: what people are called, where they read mail, and whose login is whose; in one erasable table.

Every function runs under the organization's row lock, inside the transaction of the command. Raises `Refused`.
"""

from __future__ import annotations

from collections.abc import Sequence

from goldenthread.contracts.commands import AddPerson, CreateServiceAccount, InvitePerson, MoveLogins
from goldenthread.contracts.entities import Id
from goldenthread.contracts.errors import ErrorCode, refuse
from goldenthread.contracts.read_api import NO_LOGIN, Login, PersonName, issuer_id
from goldenthread.organization.organization import Organization
from goldenthread.runtime.clock import new_id
from goldenthread.runtime.idempotency import answers_store
from goldenthread.runtime.postgres.database import Connection
from services.goals.domain.decision import LoginMove
from services.goals.stores import logins_store, names_store


def name_of_new(person: Id, command: AddPerson | CreateServiceAccount | InvitePerson, issuer: str) -> PersonName:
    """The name and login of a person who is added; `issuer` vouches for the login unless the command names another
    issuer. Whoever is invited has no login.
    """
    if isinstance(command, InvitePerson):
        invited = (command.email or "").strip() or None
        return PersonName(person, (command.name or "").strip(), new_id("nobody"), invited, NO_LOGIN)
    email = (command.email or "").strip() or None if isinstance(command, AddPerson) else None
    return PersonName(person, command.name.strip(), command.subject.strip(), email, issuer_id(command.issuer or issuer))


async def add(connection: Connection, organization: Id, org: Organization, name: PersonName) -> None:
    """Keep the name and login of a new person. CONFLICT when the login belongs to a person who is here."""
    await _free(connection, organization, org, name.login)
    if not await names_store.put_name(connection, organization, name):
        raise _taken("; change that person instead (setRoles, updatePerson)")


async def change(
    connection: Connection, organization: Id, org: Organization, before: PersonName, after: PersonName
) -> None:
    """Keep `after` of a person in place of `before`. CONFLICT when the login belongs to another person who is here.

    What they were answered under idempotency keys goes with them to another login: a command that is sent again there
    is not done twice, and a later owner of the old login gets none of the answers. Where they have no login afterwards
    it was somebody else who was answered: that is forgotten.
    """
    moves = after.login != before.login
    if moves:
        await _free(connection, organization, org, after.login)
        if await names_store.person_of(connection, organization, after.login) is not None:
            raise _taken(", and one login is one person's; give that person another one first")
    await names_store.change_name(connection, organization, after)
    if after.issuer == NO_LOGIN:
        await answers_store.drop_answers(connection, organization, before.login)
    elif moves:
        await answers_store.move_answers(connection, organization, before.login, after.login)


async def move_all(
    connection: Connection, organization: Id, org: Organization, command: MoveLogins, moved: Sequence[LoginMove]
) -> None:
    """Move many logins to another issuer, with what was answered under idempotency keys."""
    for each in moved:
        if each.holder is not None:
            await _free(connection, organization, org, Login(issuer_id(command.to_issuer), each.subject))
    await logins_store.move(connection, organization, issuers_of(command), moved)


def issuers_of(command: MoveLogins) -> tuple[str, str]:
    """The issuers before and after, as they are kept."""
    return issuer_id(command.from_issuer), issuer_id(command.to_issuer)


async def _free(connection: Connection, organization: Id, org: Organization, login: Login) -> None:
    """Free the login of a person who left: their name stays, and no later owner of the login gets their answers."""
    holder = await names_store.person_of(connection, organization, login)
    if holder is not None and org.people[holder].left:
        await names_store.free_login(connection, organization, holder)
        await answers_store.drop_answers(connection, organization, login)


def _taken(instead: str) -> Exception:
    return refuse(ErrorCode.CONFLICT, f"This login belongs to a person here already{instead}.", "subject")
