"""Mistakes around the issuer and the token of a process: each is named, with where it comes from and what to do."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from goldenthread.cli.doctor.deployment.findings import FindingState
from goldenthread.launcher.issuer import Issuer
from goldenthread.launcher.ports import free_port
from tests.integration.doctor.conftest import Deployment
from tests.support.hanging_server import hanging_server
from tests.support.token_server import TokenServer

CLIENT = "goldenthread-alignment"


async def test_an_issuer_that_is_away_is_named(deployment: Deployment) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    found = await deployment.diagnosed("goals", ISSUER=url)
    assert found.problems["issuer"] == (
        f"{url}/.well-known/openid-configuration cannot be read: nothing listens there (connection refused)"
        " → check GOLDENTHREAD_ISSUER"
    )


async def test_an_issuer_that_never_answers_is_named(deployment: Deployment) -> None:
    port = free_port()
    async with hanging_server(port):
        found = await deployment.diagnosed("goals", ISSUER_URL=f"http://127.0.0.1:{port}")
    said = found.problems["issuer"]
    assert said.startswith(
        f"the issuer http://127.0.0.1:{port} does not answer within 4 s → check GOLDENTHREAD_ISSUER_URL"
    )


async def test_an_issuer_that_calls_itself_otherwise_is_named(deployment: Deployment) -> None:
    there = deployment.issuer.url
    found = await deployment.diagnosed("goals", ISSUER="https://login.example.com", ISSUER_URL=there)
    assert found.problems["issuer"] == (
        f"the issuer at {there} calls itself '{there}', and GOLDENTHREAD_ISSUER is 'https://login.example.com'"
        " → set GOLDENTHREAD_ISSUER to what it calls itself, and GOLDENTHREAD_ISSUER_URL to where it is read"
    )


def file_of(path: Path, own: str, *others: str) -> dict[str, str | None]:
    """What a process is told that trusts the own issuer and others, by a file."""
    tables = [f'[[issuers]]\nissuer = "{each}"\norganization = "org_a"\n' for each in (own, *others)]
    (path / "issuers.toml").write_text("".join(tables))
    return {"ISSUER": None, "ISSUERS_FILE": str(path / "issuers.toml")}


async def test_of_several_issuers_each_is_examined(deployment: Deployment, tmp_path: Path) -> None:
    away, hanging, own = f"http://127.0.0.1:{free_port()}", free_port(), deployment.issuer.url
    async with hanging_server(hanging):
        others = (away, f"http://127.0.0.1:{hanging}")
        found = await deployment.diagnosed("alignment", **file_of(tmp_path, own, *others))
    file = tmp_path / "issuers.toml"
    assert found.problems == {
        f"issuer {away}": (
            f"{away}/.well-known/openid-configuration cannot be read: nothing listens there (connection refused)"
            f" → check issuer of issuers[2] of {file}"
        ),
        f"issuer {others[1]}": found.problems[f"issuer {others[1]}"],
    }
    said = found.problems[f"issuer {others[1]}"]
    assert said.startswith(f"the issuer {others[1]} does not answer within 4 s → check issuer of issuers[3] of {file}")
    assert found.states[f"issuer {own}"] is FindingState.FINE
    assert found.states["issuer own token"] is not FindingState.PROBLEM


async def test_an_address_without_an_issuer_is_named(deployment: Deployment) -> None:
    url = deployment.services.urls["goals"]
    found = await deployment.diagnosed("goals", ISSUER_URL=url)
    assert f"{url}/.well-known/openid-configuration answers 404" in found.problems["issuer"]


async def test_a_wrong_audience_is_named_with_what_the_token_has(deployment: Deployment) -> None:
    found = await deployment.diagnosed("alignment", AUDIENCE="another")
    assert (
        "its claim `aud` is 'goldenthread', without 'another' (GOLDENTHREAD_AUDIENCE)"
        in found.problems["issuer own token"]
    )


async def test_a_token_that_is_no_services_is_named_with_its_claim(deployment: Deployment) -> None:
    person = deployment.issuer.person_token("ada", "org_1")
    found = await deployment.diagnosed("alignment", SERVICE_TOKEN=person)
    said = found.problems["issuer own token"]
    assert "its claim `goldenthread_service` (GOLDENTHREAD_SERVICE_CLAIM) is missing" in said
    assert "it does not take the token of this process" in found.problems["goals"]
    found = await deployment.diagnosed("alignment", SERVICE_CLAIM="azp")
    assert "its claim `azp` (GOLDENTHREAD_SERVICE_CLAIM) is missing" in found.problems["issuer own token"]
    found = await deployment.diagnosed("alignment", SERVICE_CLIENTS="others")
    assert (
        f"its claim `goldenthread_service` (GOLDENTHREAD_SERVICE_CLAIM) is '{CLIENT}'"
        in found.problems["issuer own token"]
    )


async def test_a_token_that_has_expired_is_named(deployment: Deployment) -> None:
    old = deployment.issuer.service_token(CLIENT, timedelta(minutes=-5))
    found = await deployment.diagnosed("alignment", SERVICE_TOKEN=old)
    assert "it expired 5 minutes ago (claim `exp`)" in found.problems["issuer own token"]


async def test_a_token_with_the_signature_of_somebody_else_is_refused(deployment: Deployment, tmp_path: Path) -> None:
    forged = Issuer.load(tmp_path, deployment.issuer.url).service_token(CLIENT)
    found = await deployment.diagnosed("alignment", SERVICE_TOKEN=forged)
    assert found.problems["issuer own token"].startswith("it is refused: the token is damaged, too old, or not of an")


async def test_a_token_in_a_file_is_read_and_will_be_again(deployment: Deployment, tmp_path: Path) -> None:
    (tmp_path / "token").write_text(deployment.issuer.service_token(CLIENT, timedelta(minutes=10)))
    given = {"SERVICE_TOKEN": None, "SERVICE_TOKEN_FILE": str(tmp_path / "token")}
    found = await deployment.diagnosed("alignment", **given)
    (own,) = found.of("issuer own token")
    assert own.state is FindingState.FINE
    assert "valid for 9 minutes" in own.says


@pytest.fixture
def tokens(deployment: Deployment) -> TokenServer:
    return TokenServer(deployment.issuer, CLIENT, seconds=300)


def as_client(server: TokenServer, secret: str | None = None) -> dict[str, str | None]:
    given = {"SERVICE_CLIENT_ID": server.client, "SERVICE_CLIENT_SECRET": secret or server.secret}
    return {"SERVICE_TOKEN": None, "ISSUER_URL": server.url, **given}


async def test_client_credentials_get_a_token_that_is_taken(deployment: Deployment, tokens: TokenServer) -> None:
    async with tokens.running():
        found = await deployment.diagnosed("alignment", **as_client(tokens))
    assert found.problems == {}
    assert found.states["goals"] is FindingState.FINE


async def test_a_wrong_client_secret_names_its_variables(deployment: Deployment, tokens: TokenServer) -> None:
    async with tokens.running():
        found = await deployment.diagnosed("alignment", **as_client(tokens, "not this one"))
    said = found.problems["issuer own token"]
    assert f"the issuer gives no token to '{CLIENT}': {tokens.url}/token answers 401" in said
    assert "GOLDENTHREAD_SERVICE_CLIENT_SECRET" in said
    assert "not this one" not in said
    assert found.states["goals"] is FindingState.UNKNOWN


async def test_an_issuer_that_never_gives_the_token_is_named(deployment: Deployment, tokens: TokenServer) -> None:
    tokens.answers.clear()
    async with tokens.running():
        try:
            found = await deployment.diagnosed("alignment", **as_client(tokens))
        finally:
            tokens.answers.set()
    assert found.problems["issuer own token"].startswith(f"the issuer {tokens.url} gives no token within 4 s")
