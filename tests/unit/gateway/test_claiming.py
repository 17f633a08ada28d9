"""The endpoint for who was invited: POST with a token of somebody who is nobody here yet, not too often in vain."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
from starlette.applications import Starlette

from gateway.budget.claim_attempts import MOST, SECONDS, ClaimAttempts
from gateway.http import invitations
from gateway.http.authentication import RequestAuthenticator
from gateway.live.organization_cache import OrganizationCache
from gateway.upstream.streams import GOALS
from goldenthread.contracts.errors import ErrorCode, Problem
from goldenthread.contracts.read_api import ClaimedInvitation
from goldenthread.contracts.replies import RefusedAnswer
from goldenthread.contracts.secret import Secret
from goldenthread.runtime.identity.caller import Caller, Unauthenticated
from goldenthread.runtime.identity.verifier import Verifier
from goldenthread.runtime.web.error_pages import HANDLERS
from tests.unit.gateway.fakes import NOW, FakeUpstreams
from tests.unit.gateway.world import ORG, World

NO = RefusedAnswer([Problem(ErrorCode.NOT_FOUND, "This invitation cannot be used.", ["secret"])])
JSON = {"Content-Type": "application/json"}
BEARER = {"Authorization": "Bearer x"}


class BySubject(Verifier):
    """A token is its subject; of nobody who is a person here. That of “several” is for two organizations."""

    def __init__(self) -> None:
        pass

    async def caller(self, authorization: str | None, organization: str | None = None) -> Caller:
        scheme, _, subject = (authorization or "").partition(" ")
        if scheme != "Bearer":
            raise Unauthenticated("send a token")
        told = Secret(f"token of {subject}")
        if subject == "several":
            return Caller(subject, organization, False, told, organizations=(ORG, "org_2"))
        return Caller(subject, None if subject == "service" else ORG, subject == "service", told)


@asynccontextmanager
async def endpoint(upstreams: FakeUpstreams, attempts: ClaimAttempts | None = None) -> AsyncIterator[httpx.AsyncClient]:
    requests = RequestAuthenticator(OrganizationCache(upstreams), BySubject(), lambda: NOW)
    app = Starlette(routes=invitations.routes(requests, upstreams, attempts), exception_handlers=HANDLERS)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://gateway") as client:
        yield client


@pytest.fixture
def upstreams() -> FakeUpstreams:
    return FakeUpstreams(World())


async def post(
    client: httpx.AsyncClient, who: str | None = "newcomer", body: str = '{"secret": "gtinv_x"}'
) -> httpx.Response:
    headers = JSON | ({"Authorization": f"Bearer {who}"} if who else {})
    return await client.post("/invitations/claim", content=body, headers=headers)


async def test_a_claim_goes_to_goals_with_the_token_of_who_claims_and_is_kept_by_no_cache(
    upstreams: FakeUpstreams,
) -> None:
    upstreams.claim_answer = ClaimedInvitation(ORG, "person_new")
    async with endpoint(upstreams) as client:
        answer = await post(client)
    assert (answer.status_code, answer.json()) == (200, {"organization": ORG, "person": "person_new"})
    assert answer.headers["cache-control"] == "no-store"
    assert upstreams.claimed == [("gtinv_x", "token of newcomer")]


async def test_an_invitation_needs_no_choice_of_an_organization(upstreams: FakeUpstreams) -> None:
    upstreams.claim_answer = ClaimedInvitation(ORG, "person_new")
    async with endpoint(upstreams) as client:
        assert (await post(client, "several")).status_code == 200
    assert upstreams.claimed == [("gtinv_x", "token of several")]


async def test_looking_at_the_address_claims_nothing(upstreams: FakeUpstreams) -> None:
    async with endpoint(upstreams) as client:
        for method in ("GET", "HEAD", "PUT", "DELETE"):
            answer = await client.request(method, "/invitations/claim?secret=gtinv_x", headers=BEARER)
            assert answer.status_code == 405
    assert upstreams.claimed == []


async def test_what_is_no_claim_is_refused_before_goals_hears_of_it(upstreams: FakeUpstreams) -> None:
    async with endpoint(upstreams) as client:
        assert (await post(client, None)).status_code == 401
        assert (await post(client, "service")).status_code == 403
        for body in ("", "[]", "{}", '{"secret": 5}', '{"secret": "x", "person": "person_a"}', "\x00"):
            assert (await post(client, body=body)).status_code == 400, body
        form = BEARER | {"Content-Type": "application/x-www-form-urlencoded"}
        sent = await client.post("/invitations/claim", content="secret=gtinv_x", headers=form)
        assert sent.status_code == 415
    assert upstreams.claimed == []


async def test_a_refusal_of_goals_is_passed_on_with_its_code(upstreams: FakeUpstreams) -> None:
    async with endpoint(upstreams) as client:
        for code, status in ((ErrorCode.NOT_FOUND, 404), (ErrorCode.CONFLICT, 409), (ErrorCode.FORBIDDEN, 403)):
            upstreams.claim_answer = RefusedAnswer([Problem(code, "No.", [])])
            answer = await post(client)
            assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (status, code.value)


async def test_who_tries_in_vain_too_often_waits_and_nobody_else_does(upstreams: FakeUpstreams) -> None:
    now = 0.0
    upstreams.claim_answer = NO
    async with endpoint(upstreams, ClaimAttempts(lambda: now)) as client:
        for _ in range(MOST):
            assert (await post(client)).status_code == 404
        now = 100.5
        limited = await post(client)
        assert (limited.status_code, limited.headers["retry-after"]) == (429, "500")
        assert limited.headers["ratelimit-policy"] == '"invitations-in-vain-per-replica";q=10;w=600'
        assert limited.headers["ratelimit"] == '"invitations-in-vain-per-replica";r=0;t=500'
        assert len(upstreams.claimed) == MOST, "goals is not asked"
        assert (await post(client, "another")).status_code == 404
        now = SECONDS
        assert (await post(client)).status_code == 404


async def test_who_succeeds_is_not_counted(upstreams: FakeUpstreams) -> None:
    async with endpoint(upstreams) as client:
        for _ in range(MOST + 1):
            assert (await post(client)).status_code == 200


async def test_without_goals_nothing_is_lost_and_nothing_counted(upstreams: FakeUpstreams) -> None:
    upstreams.down = {GOALS}
    async with endpoint(upstreams) as client:
        for _ in range(MOST + 1):
            answer = await post(client)
            assert answer.status_code == 503
            assert "does no harm" in answer.json()["errors"][0]["message"]


def test_the_callers_that_are_remembered_are_bounded() -> None:
    attempts = ClaimAttempts(lambda: 0.0)
    for number in range(10_050):
        for _ in range(MOST if number == 0 else 1):
            attempts.failed(number)
    assert attempts.may_try(0), "who tried longest ago is forgotten"
    assert len(attempts._failed) == 10_000
