"""The first administrator of an organization is invited by an administrator of the installation, who then has no way
in: nobody knows their login beforehand, and nobody takes an organization over that somebody has signed in to.
"""

from __future__ import annotations

import asyncio
import uuid
from typing import Any

import httpx
import pytest

from goldenthread.contracts.errors import ErrorCode, Refused
from goldenthread.contracts.read_api import NO_LOGIN, ClaimedInvitation, Login, PersonName
from goldenthread.contracts.secret import Secret
from goldenthread.launcher.issuer import Issuer
from goldenthread.runtime.clock import new_id
from goldenthread.runtime.identity.caller import Caller
from services.goals.handlers import Goals
from services.goals.head_state_cache import HeadStateCache
from tests.integration.goals.conftest import Client, assert_fold_equals_state
from tests.integration.goals.goals_harness import GoalsHarness

PATH = "/v1/organizations"
OLGA = Login("https://issuer.example", "olga")


class Installation:
    """An administrator of the installation, and whoever claims an invitation of theirs."""

    def __init__(self, http: httpx.AsyncClient, issuer: Issuer) -> None:
        self.http, self.issuer = http, issuer
        token = issuer.person_token("olga", "org_elsewhere", administers=True)
        self.headers = {"Authorization": f"Bearer {token}"}

    async def create(self, id: str | None = None, **more: Any) -> httpx.Response:
        asked = {"id": id or f"org_{uuid.uuid4().hex}", "name": "Acme", "admin_name": "Ada"}
        return await self.http.post(PATH, json=asked | more, headers=self.headers)

    async def invite(self, organization: str, headers: dict[str, str] | None = None) -> httpx.Response:
        return await self.http.post(f"{PATH}/{organization}/invitation", headers=headers or self.headers)

    async def claim(self, organization: str, subject: str, secret: str) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.issuer.person_token(subject, organization)}"}
        return await self.http.post("/v1/invitations/claim", json={"secret": secret}, headers=headers)

    async def invited(self, **more: Any) -> tuple[str, str]:
        """A new organization, and the secret for its first administrator."""
        made = (await self.create(**more)).raise_for_status().json()
        return made["id"], made["invitation"]["secret"]

    def client(self, organization: str, subject: str) -> Client:
        return Client(self.http, self.issuer, subject, organization)

    async def not_given(self, organization: str) -> dict[str, Any]:
        """The refusal of another invitation, which must have changed nothing."""
        reader = self.client(organization, "anybody")
        before = await reader.events()
        answer = await self.invite(organization)
        assert answer.status_code == 409, answer.text
        assert await reader.events() == before
        return dict(answer.json()["errors"][0])


def unknown(email: str | None = None) -> PersonName:
    """A first administrator who has no login yet."""
    return PersonName(new_id("person"), "Ada", new_id("nobody"), email, NO_LOGIN)


@pytest.fixture
def olga(http: httpx.AsyncClient, issuer: Issuer) -> Installation:
    return Installation(http, issuer)


async def test_who_is_invited_claims_the_organization_once_and_administers_it(olga: Installation) -> None:
    id, secret = await olga.invited(admin_email="ada@acme.example")
    early = await olga.client(id, "ada").send("PublishPurpose", statement="Too early")
    assert early.status_code == 403, "who was invited is nobody yet"
    assert (await olga.claim("org_elsewhere", "eve", secret)).status_code == 404, "a token for another organization"
    claimed = await olga.claim(id, "ada", secret)
    assert claimed.json()["organization"] == id
    assert (await olga.claim(id, "eve", secret)).status_code == 404
    ada = olga.client(id, "ada")
    await ada.do("PublishPurpose", statement="Nobody waits")
    await ada.do("AddPerson", name="Bo", subject="bo")
    query = {"organization": id, "issuer": olga.issuer.url, "subject": "ada"}
    found = (await olga.http.get("/v1/login", params=query, headers=ada.reading)).json()["person"]
    assert (found["id"], found["email"]) == (claimed.json()["person"], "ada@acme.example")
    await assert_fold_equals_state(ada)


async def test_the_secret_is_in_one_answer_and_the_same_creation_again_tells_and_changes_nothing(
    olga: Installation,
) -> None:
    id, secret = await olga.invited()
    ada = olga.client(id, "ada")
    before = await ada.events()
    for more in ({}, {"admin_name": "Mallory"}, {"admin_subject": "mallory"}, {"name": "Another"}):
        again = (await olga.create(id, **more)).json()
        assert (again["id"], again["name"], again["existed"]) == (id, "Acme", True)
        assert "invitation" not in again
    assert await ada.events() == before
    assert not any(secret in str(event) or "olga" in str(event) for event in before)
    assert (await olga.claim(id, "ada", secret)).status_code == 200, "the first secret is as good as before"


async def test_of_creations_at_once_under_one_id_one_has_the_secret(olga: Installation) -> None:
    id = f"org_{uuid.uuid4().hex}"
    answers = [each.json() for each in await asyncio.gather(*(olga.create(id) for _ in range(4)))]
    (secret,) = (each["invitation"]["secret"] for each in answers if "invitation" in each)
    assert sum("existed" in each for each in answers) == 3
    assert (await olga.claim(id, "ada", secret)).status_code == 200


async def test_a_lost_secret_is_replaced_and_the_history_says_by_whom(olga: Installation) -> None:
    id, lost = await olga.invited()
    made = (await olga.invite(id)).raise_for_status().json()
    assert set(made) == {"secret", "expiresAt"}
    assert (await olga.claim(id, "ada", lost)).status_code == 404
    assert (await olga.claim(id, "ada", made["secret"])).status_code == 200
    ada = olga.client(id, "ada")
    entries = (await ada.http.get("/v1/history", params={"organization": id}, headers=ada.reading)).json()["entries"]
    said = [each["summary"] for each in entries if each["type"] == "person.invited"]
    assert len(said) == 2
    assert all(each.endswith(f"(by olga of {ada.issuer}, who administers this installation)") for each in said)


async def test_once_somebody_has_claimed_an_organization_nobody_of_the_installation_gets_into_it(
    olga: Installation,
) -> None:
    id, secret = await olga.invited()
    person = (await olga.claim(id, "ada", secret)).json()["person"]
    ada = olga.client(id, "ada")
    assert "its own administrators" in (await olga.not_given(id))["message"]
    await ada.do("InvitePerson", person=person)
    await olga.not_given(id)  # an open invitation of the first administrator, which is not the installation's
    await ada.do("AddPerson", name="Bo", subject="bo", roles=[{"role": "ADMIN"}])
    bo = olga.client(id, "bo")
    await bo.do("RevokeInvitation", person=person)
    await olga.not_given(id)
    await bo.do("InvitePerson", person=person)
    await bo.do("RemovePerson", person=person)
    await olga.not_given(id)


async def test_a_claim_that_was_undone_opens_nothing_to_the_installation(olga: Installation) -> None:
    id, secret = await olga.invited()
    person = (await olga.claim(id, "thief", secret)).json()["person"]
    await olga.client(id, "thief").do("AddPerson", name="Bo", subject="bo", roles=[{"role": "ADMIN"}])
    bo = olga.client(id, "bo")
    await bo.do("UndoInvitation", person=person)
    await olga.not_given(id)
    assert (await olga.claim(id, "thief", secret)).status_code == 404


async def test_an_organization_whose_administrator_was_named_by_login_is_given_to_nobody_else(
    olga: Installation, ada: Client
) -> None:
    await olga.not_given(ada.organization)
    other = (await olga.create(admin_subject="never came")).json()["id"]
    await olga.not_given(other)


async def test_only_administrators_of_the_installation_invite_first_administrators(olga: Installation) -> None:
    id, secret = await olga.invited()
    somebody = olga.client(id, "somebody")
    for headers in (somebody.headers, somebody.reading):
        assert (await olga.invite(id, headers)).status_code == 403
    assert (await olga.http.post(f"{PATH}/{id}/invitation")).status_code == 401
    assert (await olga.invite("org_nowhere")).status_code == 404
    assert (await olga.invite("nonsense%00")).status_code in (400, 404)
    assert (await olga.claim(id, "ada", secret)).status_code == 200


async def test_a_deleted_organization_is_given_to_nobody(olga: Installation) -> None:
    id, secret = await olga.invited()
    deleted = await olga.http.request("DELETE", f"{PATH}/{id}", json={"name": "Acme"}, headers=olga.headers)
    assert deleted.status_code == 200
    assert (await olga.invite(id)).status_code == 404
    assert (await olga.claim(id, "ada", secret)).status_code == 404
    again = await olga.create(id)
    assert (again.status_code, "gtinv_" in again.text) == (409, False)


@pytest.mark.parametrize(
    ("more", "path"),
    [
        ({"admin_subject": " "}, "admin_subject"),
        ({"admin_issuer": "https://login.example"}, "admin_subject"),
        ({"admin_subject": "ada", "admin_issuer": "https://login.exampel"}, "admin_issuer"),
        ({"admin_email": "no address"}, "admin_email"),
        ({"admin_name": ""}, "admin_name"),
    ],
)
async def test_what_names_no_administrator_creates_nothing(olga: Installation, more: dict[str, str], path: str) -> None:
    id = f"org_{uuid.uuid4().hex}"
    refused = await olga.create(id, **more)
    assert refused.json()["errors"][0]["path"] == [path], refused.text
    assert "existed" not in (await olga.create(id)).json()


async def test_a_service_of_ours_is_shown_no_secret(olga: Installation, ada: Client) -> None:
    asked = {"name": "Acme", "admin_name": "Ada"}
    refused = await olga.http.post(PATH, json=asked, headers=ada.reading)
    assert (refused.status_code, refused.json()["errors"][0]["path"]) == (400, ["admin_subject"])


async def test_a_claim_and_another_invitation_at_once_end_with_one_way_in(harness: GoalsHarness) -> None:
    replica = Goals(harness.pool, HeadStateCache(10), lambda: None, lambda: harness.now, new_id)
    for number in range(6):
        id = f"org_{uuid.uuid4().hex}"
        made = (await harness.goals.founding.create(id, "Acme", unknown(), OLGA)).invitation
        assert made is not None
        ada = Caller(f"ada {number}", id, False, Secret(""), issuer="https://issuer.example")
        claimed, again = await asyncio.gather(
            harness.goals.sign_ins.claim(ada, made.secret),
            replica.founding.invite_again(id, OLGA),
            return_exceptions=True,
        )
        assert isinstance(claimed, ClaimedInvitation) != (not isinstance(again, Refused))
        if isinstance(again, Refused):
            assert again.problems[0].code is ErrorCode.STATE_NOT_ALLOWED
        else:
            assert not isinstance(again, BaseException)
            await harness.goals.sign_ins.claim(ada, again.secret)


async def test_where_an_address_is_asked_for_nobody_is_invited_without_one(harness: GoalsHarness) -> None:
    mail = "https://mail.example"
    strict = Goals(harness.pool, HeadStateCache(10), lambda: None, lambda: harness.now, new_id, "", None, mail)
    id = f"org_{uuid.uuid4().hex}"
    with pytest.raises(Refused) as caught:
        await strict.founding.create(id, "Acme", unknown(), OLGA)
    assert caught.value.problems[0].path == ["email"]
    made = await strict.founding.create(id, "Acme", unknown("ada@acme.example"), OLGA)
    assert not made.existed
    assert made.invitation is not None
    eve = Caller("eve", id, False, Secret(""), issuer=mail, email="eve@acme.example", email_verified=True)
    with pytest.raises(Refused) as caught:
        await strict.sign_ins.claim(eve, made.invitation.secret)
    assert caught.value.problems[0].code is ErrorCode.FORBIDDEN
