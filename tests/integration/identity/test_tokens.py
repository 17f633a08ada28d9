"""Tokens of a provider that is not ours, as it gives them to services and to people who sign in: who they speak for,
and which are refused.
"""

from __future__ import annotations

import time

import httpx
import pytest
from joserfc import jws

from goldenthread.runtime.identity.caller import NotPermitted
from tests.integration.identity.conftest import Reader
from tests.support.openid.oidc_provider.server import OidcProvider, ResourceServer, SigningKey

pytestmark = pytest.mark.openid


async def test_a_service_is_the_client_that_its_token_names(provider: OidcProvider, reader: Reader) -> None:
    token = await provider.service_token("goldenthread-alignment")
    assert jws.extract_compact(token.encode()).headers()["typ"] == "at+jwt"
    caller = await reader.caller(token)
    assert (caller.service, caller.subject, caller.organization) == (True, "goldenthread-alignment", None)
    assert caller.issuer == provider.issuer
    assert 590 < caller.expires_at - 30 - time.time() <= 600


async def test_a_person_signs_in_with_code_and_pkce(provider: OidcProvider, reader: Reader) -> None:
    caller = await reader.caller(await provider.person_token("ada"))
    assert (caller.service, caller.subject, caller.organization) == (False, "ada", "org_1")


async def test_an_id_token_is_no_access_token(provider: OidcProvider, reader: Reader) -> None:
    tokens = await provider.person_tokens("ada")
    assert "aud" in await reader.refusal(tokens["id_token"])


async def test_a_person_without_an_organization_is_refused_with_the_name_of_the_claim(
    provider: OidcProvider, reader: Reader
) -> None:
    assert "claim `organization`" in await reader.refusal(await provider.person_token("grace"))


async def test_a_provider_that_knows_of_no_organizations_is_for_one(
    http: httpx.AsyncClient, provider: OidcProvider
) -> None:
    reader = Reader(http, provider, organization="org_example")
    assert (await reader.caller(await provider.person_token("grace"))).organizations == ("org_example",)
    service = await reader.caller(await provider.service_token("goldenthread-goals"))
    assert service.service


async def test_groups_of_the_provider_stand_for_organizations_and_administrators(
    http: httpx.AsyncClient, provider: OidcProvider
) -> None:
    provider.claims["ada"] = {"employee": "e-1815", "groups": ["thread-north", "choir", "operators", "thread-south"]}
    provider.claims["grace"] = {"employee": "e-1906", "groups": ["choir"]}
    await provider.reload()
    reader = Reader(
        http,
        provider,
        subject_claim="employee",
        organization_claim="groups",
        organizations={"thread-north": "org_north", "thread-south": "org_south"},
        administrator_claim="groups",
        administrator_values=("operators",),
    )
    ada = await reader.caller(await provider.person_token("ada"))
    assert (ada.subject, ada.organizations) == ("e-1815", ("org_north", "org_south"))
    assert ada.installation_administrator
    with pytest.raises(NotPermitted, match="its claim `groups` has no value that stands for one"):
        await reader.caller(await provider.person_token("grace"))


@pytest.mark.parametrize("algorithm", ["RS256", "PS256", "ES256", "ES384", "EdDSA"])
async def test_every_algorithm_that_the_provider_has_is_verified(
    provider: OidcProvider, reader: Reader, algorithm: str
) -> None:
    provider.keys.append(SigningKey.new(algorithm))
    provider.resources["urn:signed"] = ResourceServer(algorithm=algorithm)
    await provider.reload()
    token = await provider.person_token("ada", "urn:signed")
    assert jws.extract_compact(token.encode()).headers()["alg"] == algorithm
    assert (await reader.caller(token)).subject == "ada"


async def test_a_token_for_another_resource_is_refused(provider: OidcProvider, reader: Reader) -> None:
    provider.resources["urn:payroll"] = ResourceServer(audience="payroll")
    await provider.reload()
    token = await provider.service_token("goldenthread-goals", "urn:payroll")
    assert "aud" in await reader.refusal(token)


async def test_an_opaque_token_is_refused(provider: OidcProvider, reader: Reader) -> None:
    provider.resources["urn:opaque"] = ResourceServer(algorithm=None)
    await provider.reload()
    token = await provider.service_token("goldenthread-goals", "urn:opaque")
    assert "this is not a token" in await reader.refusal(token)


async def test_a_token_of_another_issuer_that_shows_the_same_keys_is_refused(
    http: httpx.AsyncClient, provider: OidcProvider
) -> None:
    token = await provider.service_token("goldenthread-goals")
    assert "iss" in await Reader(http, provider, issuer="https://login.example.com").refusal(token)
