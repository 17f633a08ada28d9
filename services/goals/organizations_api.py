"""HTTP of goals for administrators of the installation: they create, list, rename and delete organizations, and read
none.

Services of ours create organizations, too: `goldenthread up` makes the first one.
"""

from __future__ import annotations

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from goldenthread.contracts.entities import Id
from goldenthread.contracts.errors import ErrorCode, Refused, refuse
from goldenthread.contracts.organization_ids import ORGANIZATION_ID, ORGANIZATION_ID_RULE
from goldenthread.contracts.organizations import (
    CreatedOrganization,
    NewOrganization,
    OrganizationEntry,
    OrganizationList,
    OrganizationName,
)
from goldenthread.contracts.read_api import NO_LOGIN, Login, PersonName
from goldenthread.runtime.clock import new_id
from goldenthread.runtime.identity.caller import Caller
from goldenthread.runtime.identity.verifier import Verifier
from goldenthread.runtime.postgres.database import Pool
from goldenthread.runtime.web.endpoints import answer, body, endpoint, number
from services.goals.domain import validation
from services.goals.domain.org_chart import emails
from services.goals.founding import FoundedOrganization
from services.goals.handlers import Goals
from services.goals.stores import installation_store

_MOST_LISTED = 1_000
_FORBIDDEN = (
    "Organizations are made, listed, renamed and deleted by administrators of this installation. Take a token with the "
    "claim that says so (GOLDENTHREAD_ADMINISTRATOR_CLAIM)."
)
_new_organizations = msgspec.json.Decoder(NewOrganization)
_new_names = msgspec.json.Decoder(OrganizationName)


def routes(pool: Pool, verifier: Verifier, goals: Goals) -> list[Route]:
    """The endpoints under `/v1/organizations`."""

    async def create(request: Request, caller: Caller) -> Response:
        if not caller.service:
            _require_administrator(caller)
        async with body(request, _new_organizations, caller) as asked:
            made = await _create(goals, asked, caller)
        if caller.service:
            return answer(made.accepted)
        entry = await _entry(pool, made.accepted.ids[0])  # whoever administers the installation reads no events
        shown = CreatedOrganization(
            entry.id, entry.name, entry.created_at, entry.deleted_at, made.existed, made.invitation
        )
        return answer(shown, secrets=True)

    async def invite(request: Request, caller: Caller) -> Response:
        _require_administrator(caller)
        return answer(await goals.founding.invite_again(_organization(request), caller.login), secrets=True)

    async def list_all(request: Request, caller: Caller) -> Response:
        _require_administrator(caller)
        most = max(1, number(request, "first", 100, _MOST_LISTED))
        found = await installation_store.entries(pool, request.query_params.get("after", ""), most + 1)
        return answer(OrganizationList(found[:most], found[most - 1].id if len(found) > most else None))

    async def rename(request: Request, caller: Caller) -> Response:
        _require_administrator(caller)
        organization = _organization(request)
        async with body(request, _new_names, caller) as asked:
            await goals.rename(organization, asked.name, caller.login)
        return answer(await _entry(pool, organization))

    async def delete(request: Request, caller: Caller) -> Response:
        _require_administrator(caller)
        organization = _organization(request)
        async with body(request, _new_names, caller) as asked:
            await goals.endings.delete(organization, asked.name, caller.login)
        return answer(await _entry(pool, organization))

    return [
        Route("/v1/organizations", endpoint(verifier, create), methods=["POST"]),
        Route("/v1/organizations", endpoint(verifier, list_all), methods=["GET"]),
        Route("/v1/organizations/{id}/invitation", endpoint(verifier, invite), methods=["POST"]),
        Route("/v1/organizations/{id}", endpoint(verifier, rename), methods=["PATCH"]),
        Route("/v1/organizations/{id}", endpoint(verifier, delete), methods=["DELETE"]),
    ]


def _require_administrator(caller: Caller) -> None:
    if not caller.installation_administrator:
        raise refuse(ErrorCode.FORBIDDEN, _FORBIDDEN)


def _organization(request: Request) -> Id:
    """The id in the path. Raises `Refused` for what no organization's id is."""
    found = str(request.path_params["id"])
    if not ORGANIZATION_ID.fullmatch(found):
        raise _nowhere()
    return found


def _nowhere() -> Refused:
    return refuse(ErrorCode.NOT_FOUND, "There is no organization with this id; list them to see which there are.", "id")


async def _entry(pool: Pool, organization: Id) -> OrganizationEntry:
    found = await installation_store.entry(pool, organization)
    if found is None:
        raise _nowhere()
    return found


async def _create(goals: Goals, asked: NewOrganization, caller: Caller) -> FoundedOrganization:
    id = asked.id or new_id("org")
    if not ORGANIZATION_ID.fullmatch(id):
        message = f"An organization's id {ORGANIZATION_ID_RULE}."
        raise refuse(ErrorCode.INVALID, message, "id")
    login, named = _login(goals, asked, caller), validation.title(asked.admin_name, "admin_name")
    email = emails.email(asked.admin_email, "admin_email") if asked.admin_email is not None else None
    admin = PersonName(new_id("person"), named, login.subject, email, login.issuer)
    return await goals.founding.create(id, asked.name, admin, None if caller.service else caller.login)


def _login(goals: Goals, asked: NewOrganization, caller: Caller) -> Login:
    """The login of the first administrator; of nobody where they are to be invited. Raises `Refused`."""
    if asked.admin_subject is not None:
        issuer = goals.login_issuer(asked.admin_issuer, "admin_issuer") if asked.admin_issuer else goals.issuer
        return Login(issuer, validation.title(asked.admin_subject, "admin_subject"))
    if caller.service:
        message = "A service says which login the first administrator has; people invite (`goldenthread organization`)."
        raise refuse(ErrorCode.INVALID, message, "admin_subject")
    if asked.admin_issuer:
        message = "An issuer vouches for a login: say the subject, too, or leave the issuer out to invite somebody."
        raise refuse(ErrorCode.INVALID, message, "admin_subject")
    return Login(NO_LOGIN, new_id("nobody"))
