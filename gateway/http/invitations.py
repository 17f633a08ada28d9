"""HTTP of the gateway for who was invited: they have a token, and are nobody here yet, so GraphQL is not for them.

Only POST claims: whoever looks at a link beforehand (a preview, a scanner of mails) sends GET.
"""

from __future__ import annotations

import msgspec
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from gateway.budget.claim_attempts import QUOTA, ClaimAttempts
from gateway.budget.quotas import QuotaState
from gateway.errors import BadRequest, RateLimited
from gateway.http.authentication import RequestAuthenticator
from gateway.http.graphql_endpoint import NOT_JSON, is_json, refusal
from gateway.upstream.ports import NotSent, TokenRefused, Unreachable, Upstreams
from goldenthread.contracts.errors import ErrorCode, Refused, refuse
from goldenthread.contracts.read_api import ClaimedInvitation, InvitationClaim
from goldenthread.contracts.replies import RefusedAnswer
from goldenthread.contracts.secret import hidden
from goldenthread.runtime.identity.caller import Caller
from goldenthread.runtime.web.endpoints import answer, body

PATH = "/invitations/claim"
_claims = msgspec.json.Decoder(InvitationClaim, dec_hook=hidden)
_NO_STORE = {"Cache-Control": "no-store"}
_TOO_MANY = "You have tried too many invitations in vain."


def routes(requests: RequestAuthenticator, upstreams: Upstreams, attempts: ClaimAttempts | None = None) -> list[Route]:
    """The claim of an invitation."""
    attempts = attempts or ClaimAttempts()

    async def claim(request: Request) -> Response:
        try:
            # The invitation says which organization it is to.
            caller = await requests.caller(request.headers.get("authorization"), choice_needed=False)
        except BadRequest as error:
            return refusal(error)
        answer = await answer_to(request, caller)
        requests.show_quota(answer, caller)
        return answer

    async def answer_to(request: Request, caller: Caller) -> Response:
        if not is_json(request.headers.get("content-type", "")):
            return refusal(BadRequest(NOT_JSON), 415)
        try:
            with requests.in_flight(caller):
                async with body(request, _claims, caller) as claimed:
                    return _answer(await decide(caller, claimed))
        except (BadRequest, Refused) as error:
            return refusal(error)
        except ClientDisconnect:
            return Response(status_code=408)  # which nobody reads

    async def decide(caller: Caller, claimed: InvitationClaim) -> ClaimedInvitation | RefusedAnswer:
        if not attempts.may_try(caller.login):
            state = QuotaState(QUOTA, 0, retry_after=attempts.wait(caller.login))
            raise RateLimited(f"{_TOO_MANY} Wait {state.retry_after} seconds, or ask for a new one.", state)
        try:
            found = await upstreams.claim(claimed.secret, caller.token)
        except (TokenRefused, Unreachable) as error:
            known = isinstance(error, NotSent | TokenRefused)
            what = "Nothing was changed" if known else "It is not known whether you are let in"
            message = f"Invitations cannot be claimed now. {what}; claim it again in a moment, which does no harm."
            raise refuse(ErrorCode.UNAVAILABLE, message) from error
        if isinstance(found, RefusedAnswer) and found.errors[0].code is not ErrorCode.UNAVAILABLE:
            attempts.failed(caller.login)
        return found

    async def other(_: Request) -> Response:
        text = "An invitation is claimed by POST, with JSON and your token; looking at it changes nothing."
        return refusal(BadRequest(text), 405)

    return [Route(PATH, claim, methods=["POST"]), Route(PATH, other, methods=["GET"])]


def _answer(found: ClaimedInvitation | RefusedAnswer) -> Response:
    if isinstance(found, RefusedAnswer):
        return refusal(Refused(*found.errors))
    made = answer(found)
    made.headers.update(_NO_STORE)
    return made
