"""HTTP of goals about signing in: the claim of an invitation, and that somebody has signed in."""

from __future__ import annotations

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from goldenthread.contracts.errors import ErrorCode, refuse
from goldenthread.contracts.read_api import InvitationClaim, Login
from goldenthread.contracts.secret import hidden
from goldenthread.runtime.identity.caller import Caller
from goldenthread.runtime.identity.verifier import Verifier
from goldenthread.runtime.web.endpoints import answer, body, endpoint, organization_read
from services.goals.handlers import Goals

_claims = msgspec.json.Decoder(InvitationClaim, dec_hook=hidden)


def routes(verifier: Verifier, goals: Goals) -> list[Route]:
    """Both endpoints, behind authentication."""

    async def claim(request: Request, caller: Caller) -> Response:
        if caller.service:
            raise refuse(ErrorCode.FORBIDDEN, "An invitation is claimed with the token of who was invited.")
        async with body(request, _claims, caller) as claimed:
            return answer(await goals.sign_ins.claim(caller, claimed.secret))

    async def signed_in(request: Request, caller: Caller) -> Response:
        if not caller.service:
            raise refuse(ErrorCode.FORBIDDEN, "Who has signed in is said by services of this installation.")
        organization = organization_read(request, caller)
        query = request.query_params
        login = Login(query.get("issuer", ""), query.get("subject", ""))
        await goals.sign_ins.signed_in(organization, login)
        return answer(None)

    return [
        Route("/v1/invitations/claim", endpoint(verifier, claim), methods=["POST"]),
        Route("/v1/signed-in", endpoint(verifier, signed_in), methods=["POST"]),
    ]
