"""Names and logins: what people are called, where they read mail, and whose login is whose; in one erasable table.

Every function runs under the organization's row lock, inside the transaction of the command. Raises `Refused`.
"""

from __future__ import annotations

from goldenthread.contracts.commands import AddPerson, CreateServiceAccount
from goldenthread.contracts.entities import Id
from goldenthread.contracts.errors import ErrorCode, refuse
from goldenthread.contracts.read_api import Login, PersonName, issuer_id
from goldenthread.organization.organization import Organization
from goldenthread.runtime.idempotency import answers_store
from goldenthread.runtime.postgres.database import Connection
from services.goals.stores import names_store


def name_of_new(person: Id, command: AddPerson | CreateServiceAccount, issuer: str) -> PersonName:
    """The name and login of a person who is added; `issuer` vouches for the login unless the command names another
    issuer.
    """
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
    is not done twice, and a later owner of the old login gets none of the answers.
    """
    moves = after.login != before.login
    if moves:
        await _free(connection, organization, org, after.login)
        if await names_store.person_of(connection, organization, after.login) is not None:
            raise _taken(", and one login is one person's; give that person another one first")
    await names_store.change_name(connection, organization, after)
    if moves:
        await answers_store.move_answers(connection, organization, before.login, after.login)


async def _free(connection: Connection, organization: Id, org: Organization, login: Login) -> None:
    """Free the login of a person who left: their name stays, and no later owner of the login gets their answers."""
    holder = await names_store.person_of(connection, organization, login)
    if holder is not None and org.people[holder].left:
        await names_store.free_login(connection, organization, holder)
        await answers_store.drop_answers(connection, organization, login)


def _taken(instead: str) -> Exception:
    return refuse(ErrorCode.CONFLICT, f"This login belongs to a person here already{instead}.", "subject")
