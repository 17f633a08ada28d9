"""Mistakes that were made while a real provider was set up: the doctor names each, and what to do about it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from goldenthread.cli.doctor.deployment.examination import examine_processes
from goldenthread.cli.doctor.deployment.findings import CheckFinding, FindingState
from goldenthread.contracts.secret import Secret
from goldenthread.launcher.ports import free_port
from goldenthread.launcher.topology import PROCESSES
from tests.support.openid.oidc_provider.server import PERSONS_CLIENT, RESOURCE, OidcProvider, ResourceServer, SigningKey

pytestmark = pytest.mark.openid

CLIENT = "goldenthread-alignment"
WHERE_OTHERS_ARE = "Keycloak: …/realms/REALM, Entra ID: …/TENANT/v2.0, Okta: …/oauth2/SERVER"


async def about_the_issuer(
    provider: OidcProvider, token: Secret | None = None, **changed: str
) -> dict[str, CheckFinding]:
    """What is found about the issuer and a token by alignment, whose broker, database and neighbours are not there."""
    nowhere = f"127.0.0.1:{free_port()}"
    variables = {
        **provider.variables(CLIENT),
        "GOLDENTHREAD_KAFKA": nowhere,
        "GOLDENTHREAD_DATABASE_URL": f"postgresql://alignment@{nowhere}/alignment",
        "GOLDENTHREAD_GOALS_URL": f"http://{nowhere}",
        **{f"GOLDENTHREAD_{name}": value for name, value in changed.items()},
    }
    (alignment,) = (process for process in PROCESSES if process.name == "alignment")
    (report,) = await examine_processes([alignment], variables, token=token)
    return {each.check: each for each in report.findings if each.check.startswith(("issuer", "token"))}


async def test_nothing_is_wrong_with_a_provider_that_fits(provider: OidcProvider) -> None:
    found = await about_the_issuer(provider)
    assert {each.state for each in found.values()} == {FindingState.FINE}
    assert found["issuer"].says == f"{provider.issuer}, 1 key(s) to verify tokens with"
    assert found["issuer own token"].says == "a service's, valid for 9 minutes, and exchanged before it ends"


WRONG_SETTINGS: list[tuple[dict[str, str], str, str]] = [
    (
        {"SERVICE_CLIENT_SECRET": "another"},
        "answers 401: invalid_client client authentication failed",
        "see that GOLDENTHREAD_SERVICE_CLIENT_ID and GOLDENTHREAD_SERVICE_CLIENT_SECRET are as the issuer has them",
    ),
    (
        {"SERVICE_CLIENT_ID": PERSONS_CLIENT},
        "answers 401: invalid_client",
        "see that GOLDENTHREAD_SERVICE_CLIENT_ID and",
    ),
    (
        {"SERVICE_SCOPE": "openid"},
        "answers 400: invalid_scope requested scope is not allowed",
        "set GOLDENTHREAD_SERVICE_SCOPE to a scope that the issuer allows this client",
    ),
    (
        {"SERVICE_CLAIM": ""},
        "its claim `goldenthread_service` (GOLDENTHREAD_SERVICE_CLAIM) is missing",
        "set GOLDENTHREAD_SERVICE_CLAIM to `client_id`, where it names the client",
    ),
    (
        {"SERVICE_CLIENTS": "gateway alignment"},
        f"its claim `client_id` (GOLDENTHREAD_SERVICE_CLAIM) is '{CLIENT}', which is none of",
        "add the client to GOLDENTHREAD_SERVICE_CLIENTS",
    ),
    (
        {"AUDIENCE": "api://goldenthread"},
        "its claim `aud` is 'goldenthread', without 'api://goldenthread' (GOLDENTHREAD_AUDIENCE)",
        "have the issuer put that audience into this client's tokens",
    ),
]


async def test_every_wrong_setting_is_named(provider: OidcProvider) -> None:
    found = await asyncio.gather(*(about_the_issuer(provider, None, **changed) for changed, _, _ in WRONG_SETTINGS))
    for (_, says, next), each in zip(WRONG_SETTINGS, found, strict=True):
        own = each["issuer own token"]
        assert own.state is FindingState.PROBLEM
        assert says in own.says
        assert next in own.next


def opaque(provider: OidcProvider) -> None:
    provider.resources[RESOURCE] = ResourceServer(algorithm=None)


def signed_otherwise(provider: OidcProvider) -> None:
    provider.keys.append(SigningKey.new("ES512"))
    provider.resources[RESOURCE] = ResourceServer(algorithm="ES512")


@pytest.mark.parametrize(
    ("changed", "says", "next"),
    [
        (opaque, "it is no JWT, which is what our processes verify", "have the issuer give this client signed JWTs"),
        (
            signed_otherwise,
            "it is signed with 'ES512', which our processes do not take",
            "have the issuer sign this client's tokens with one of RS256, PS256, ES256",
        ),
    ],
)
async def test_a_token_of_the_wrong_kind_is_named(
    provider: OidcProvider, changed: Callable[[OidcProvider], None], says: str, next: str
) -> None:
    changed(provider)
    await provider.reload()
    own = (await about_the_issuer(provider))["issuer own token"]
    assert (own.state, own.says) == (FindingState.PROBLEM, says)
    assert own.next.startswith(next)


async def test_an_address_that_is_not_the_issuers_is_named(provider: OidcProvider) -> None:
    realm, document = f"{provider.issuer}/realms/goldenthread", f"{provider.issuer}/.well-known/openid-configuration"
    no_realm, whole = await asyncio.gather(*(about_the_issuer(provider, ISSUER=each) for each in (realm, document)))
    assert no_realm["issuer"].says == f"{realm}/.well-known/openid-configuration answers 404"
    below = f"below it the issuer's documents are read ({WHERE_OTHERS_ARE})"
    assert no_realm["issuer"].next == f"check GOLDENTHREAD_ISSUER: {below}"
    assert whole["issuer"].says == f"{document}/.well-known/openid-configuration answers 404"
    assert whole["issuer"].next == "leave /.well-known/openid-configuration out of GOLDENTHREAD_ISSUER"


async def test_it_is_said_who_a_persons_token_speaks_for(provider: OidcProvider) -> None:
    provider.claims["ada"] = {"organization": "org_1", "groups": ["operators"]}
    await provider.reload()
    shown = Secret(await provider.person_token("ada"))
    administrators = {"ADMINISTRATOR_CLAIM": "groups", "ADMINISTRATOR_VALUES": "operators"}
    found = (await about_the_issuer(provider, shown, **administrators))["token"]
    login = f"it is of the login 'ada' of {provider.issuer}"
    assert found.state is FindingState.FINE
    assert found.says == f"{login}, an administrator of the installation, for org_1, valid for 9 minutes"
    found = (await about_the_issuer(provider, shown, FIXED_ORGANIZATION="org_example"))["token"]
    assert found.says == f"{login}, for org_example, valid for 9 minutes"
    assert shown.reveal() not in found.says


async def test_it_is_said_why_a_persons_token_is_refused(provider: OidcProvider) -> None:
    provider.resources["urn:opaque"] = ResourceServer(algorithm=None)
    await provider.reload()
    grace = Secret(await provider.person_token("grace"))
    opaque_token = Secret(await provider.person_token("grace", "urn:opaque"))
    found = await asyncio.gather(
        about_the_issuer(provider, grace),
        about_the_issuer(provider, grace, SUBJECT_CLAIM="oid"),
        about_the_issuer(provider, grace, AUDIENCE="another"),
        about_the_issuer(provider, opaque_token),
    )
    assert {each["token"].state for each in found} == {FindingState.PROBLEM}
    assert [each["token"].says.partition("; ")[0] for each in found] == [
        "it is refused: the token names no organization (claim `organization`, as text)",
        "it is refused: the token names no login (claim `oid`, as text)",
        "its claim `aud` is 'goldenthread', without 'another' (GOLDENTHREAD_AUDIENCE)",
        "the token that was shown is no JWT",
    ]


async def test_an_id_token_is_told_from_an_access_token(provider: OidcProvider) -> None:
    shown = (await provider.person_tokens("ada"))["id_token"]
    found = (await about_the_issuer(provider, Secret(shown)))["token"]
    assert found.says == f"its claim `aud` is '{PERSONS_CLIENT}', without 'goldenthread' (GOLDENTHREAD_AUDIENCE)"
