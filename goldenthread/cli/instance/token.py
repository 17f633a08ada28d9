"""`goldenthread token`: a token for a person with a role, on one machine; elsewhere the identity provider gives it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any

import httpx
import typer

from goldenthread.cli.common import output, shared_documents
from goldenthread.cli.common.connection import DEFAULT_DATA_DIR, DataDir, Json, running_instance
from goldenthread.cli.common.errors import CommandError
from goldenthread.cli.common.graphql_client import Data, GraphQLClient
from goldenthread.cli.common.paging import every_node
from goldenthread.cli.common.unit_lookup import unit_names
from goldenthread.cli.instance import local_organization
from goldenthread.contracts import snapshots
from goldenthread.contracts.enums import Role
from goldenthread.contracts.read_api import NO_LOGIN, PersonName
from goldenthread.contracts.secret import Secret
from goldenthread.launcher.instance_file import Instance, issuer_of

_OF_A_UNIT = (Role.LEAD, Role.MEMBER)


def token(
    role: Annotated[
        Role | None, typer.Option(case_sensitive=False, help="What the person or service account may do.")
    ] = None,
    unit: Annotated[str | None, typer.Option(help="Name or id of the unit, for LEAD and MEMBER.")] = None,
    person: Annotated[str | None, typer.Option(help="Name of the person; made when there is none.")] = None,
    service_account: Annotated[
        str | None, typer.Option(help="Name of a service account instead; made when there is none, and reads.")
    ] = None,
    login: Annotated[
        str | None, typer.Option(help="A login instead, of nobody yet: to claim an invitation. Adds nobody.")
    ] = None,
    organization: Annotated[
        str | None, typer.Option(help="Id of the organization; unless given, the one that `goldenthread up` made.")
    ] = None,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    json: Json = False,
) -> None:
    """Print a token for a person with a role (added to the organization if need be), valid for twelve hours."""
    if login is not None:
        if any(each is not None for each in (role, unit, person, service_account)):
            raise CommandError("--login adds nobody and gives no role: only --organization goes with it")
        _show(_of_login(data_dir, login, organization), {}, json)
        return
    if service_account is not None and person is not None:
        raise CommandError("a token is of one person or one service account: give --person or --service-account")
    if service_account is None and role is None:
        raise CommandError("say what the person may do: --role, for example --role viewer")
    if (role in _OF_A_UNIT) != (unit is not None):
        held = f"{role} is held in no unit" if role else "--unit is where a role is held: say which with --role"
        raise CommandError(f"{role} is held in a unit: say which with --unit" if unit is None else held)
    instance = running_instance(data_dir)
    chosen = organization or local_organization.load_local_organization(data_dir).id
    with GraphQLClient(instance.graphql, local_organization.admin_token_of(data_dir, instance, chosen)) as graphql:
        grant = {"role": role.value, "unit": find_unit(graphql, unit) if unit is not None else None} if role else None
        mint = _Mint(graphql, data_dir, instance, chosen)
        if service_account is not None:
            minted = mint.of_service_account(service_account, grant)
        else:
            name = role.value.title() if role else ""
            minted = mint.of_person(person or (f"{name} of {unit}" if unit else name), grant or {})
    with GraphQLClient(instance.graphql, minted) as theirs:
        viewer = theirs.ask(shared_documents.VIEWER)
    _show(minted, viewer, json)


def _show(minted: Secret, viewer: Data, json: bool) -> None:
    if json:
        output.print_json({"token": minted.reveal(), **viewer})
    else:
        print(minted.reveal())


def _of_login(data_dir: Path, login: str, organization: str | None) -> Secret:
    """A token for a login that may be nobody's, as an identity provider gives it to whoever signs in there."""
    issuer = issuer_of(data_dir, running_instance(data_dir))
    return Secret(issuer.person_token(login, organization or local_organization.load_local_organization(data_dir).id))


def find_unit(graphql: GraphQLClient, wanted: str) -> str:
    """The id of the unit with this id or name, case aside. Raises CommandError."""
    units = every_node(graphql, shared_documents.UNITS, "units", {"search": None})
    named = [unit for unit in units if wanted.casefold() in (unit["name"].casefold(), unit["id"])]
    if len(named) == 1:
        return str(named[0]["id"])
    if named:
        raise CommandError(f"{len(named)} units are called {wanted}; say which by its id")
    raise CommandError(f"no unit is called {wanted}; there are: {unit_names(units)}")


def subject_at(issuer: str, person: PersonName) -> str:
    """The subject of a person's login at `issuer`. Raises CommandError where they have none there."""
    if person.issuer == NO_LOGIN:
        raise CommandError(
            f"{person.name} was invited, and has no login until they claim the invitation (docs/people.md)."
            " `goldenthread token --login` prints a token for that; to try things, name somebody else: --person"
        )
    if person.issuer != issuer:
        raise CommandError(f"{person.name} signs in at {person.issuer}; take a token there")
    return person.subject


class _Mint:
    """Mints tokens for who is in the organization, and adds who is not."""

    def __init__(self, graphql: GraphQLClient, data_dir: Path, instance: Instance, organization: str) -> None:
        self._graphql, self._issuer, self._organization = graphql, issuer_of(data_dir, instance), organization
        self._named = _people(instance, self._organization, self._issuer.service_token())
        self._accounts = _accounts(graphql)

    def of_person(self, name: str, grant: Data) -> Secret:
        """A token for the person called `name`, who holds `grant` then."""
        people = [each for each in self._named if each.id not in self._accounts]
        return self._token(people, name, grant, shared_documents.ADD_PERSON)

    def of_service_account(self, name: str, grant: Data | None) -> Secret:
        """A token for the service account called `name`, which holds `grant` then, if one is given."""
        accounts = [each for each in self._named if each.id in self._accounts]
        return self._token(accounts, name, grant, shared_documents.CREATE_SERVICE_ACCOUNT)

    def _token(self, among: list[PersonName], name: str, grant: Data | None, add: str) -> Secret:
        named = [each for each in among if each.name.casefold() == name.casefold()]
        if len(named) > 1:
            raise CommandError(f"{len(named)} people are called {name}; rename them first (updatePerson)")
        if named:
            subject = subject_at(self._issuer.identifier, named[0])
            if grant is not None:
                _grant(self._graphql, named[0].id, grant)
            return Secret(self._issuer.person_token(subject, self._organization))
        subject = _login(name, {each.subject for each in self._named if each.issuer == self._issuer.identifier})
        roles = [grant] if grant is not None else []
        self._graphql.mutate(add, {"name": name, "subject": subject, "roles": roles})
        output.note(output.printable(f"{name} was not there, and was added with the login {subject}."))
        return Secret(self._issuer.person_token(subject, self._organization))


def _accounts(graphql: GraphQLClient) -> set[str]:
    """The ids of the service accounts that have not been revoked."""
    return {str(each["id"]) for each in every_node(graphql, shared_documents.SERVICE_ACCOUNTS, "serviceAccounts")}


def _people(instance: Instance, id: str, token: str) -> list[PersonName]:
    """Everybody with their logins, which GraphQL does not show."""
    url = f"{instance.urls['goals']}/v1/people"
    headers = {"Authorization": f"Bearer {token}"}
    try:
        answer = httpx.get(url, params={"organization": id}, headers=headers, timeout=30, trust_env=False)
        return snapshots.people().of(answer.raise_for_status().content).people
    except (httpx.HTTPError, snapshots.BrokenOff) as error:
        raise CommandError(f"{url} did not say who is there: {error}") from error


def _grant(graphql: GraphQLClient, person: str, grant: Data) -> None:
    """Add a role to what somebody holds already."""
    found: Any = graphql.ask(shared_documents.ROLES, {"person": person})["node"]
    if found is None:
        raise CommandError("this person has left the organization; choose another name")
    held = [{"role": each["role"], "unit": each["unit"]["id"] if each["unit"] else None} for each in found["roles"]]
    if grant not in held:
        graphql.mutate(shared_documents.SET_ROLES, {"person": person, "roles": [*held, grant]})


def _login(name: str, taken: set[str]) -> str:
    base = re.sub(r"[^\w]+", ".", name.casefold()).strip(".") or "person"
    return next(
        login
        for number in range(1, len(taken) + 2)
        if (login := base if number == 1 else f"{base}.{number}") not in taken
    )
