from __future__ import annotations

import stat
import time
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from goldenthread.launcher.errors import LaunchError
from goldenthread.launcher.issuer import AUDIENCE, Issuer
from goldenthread.launcher.issuer_server import IssuerServer
from goldenthread.launcher.ports import free_port
from goldenthread.runtime.configuration.trusted_issuers import SERVICE_CLAIM


@pytest.fixture
async def issuer(tmp_path: Path) -> AsyncIterator[Issuer]:
    port = free_port()
    issuer = Issuer.load(tmp_path, f"http://127.0.0.1:{port}")
    server = IssuerServer(issuer, port)
    await server.start()
    yield issuer
    await server.stop()
    assert await server.wait() == 0


async def published_keys(url: str) -> KeySet:
    async with httpx.AsyncClient() as client:
        discovery = (await client.get(f"{url}/.well-known/openid-configuration")).json()
        assert discovery["issuer"] == url
        assert discovery["id_token_signing_alg_values_supported"] == ["ES256"]
        answer: dict[str, Any] = (await client.get(discovery["jwks_uri"])).json()
    assert all("d" not in key and key["use"] == "sig" for key in answer["keys"])
    return KeySet.import_key_set(answer)  # type: ignore[arg-type]


async def test_a_persons_token_is_verified_by_the_published_keys(issuer: Issuer) -> None:
    token = issuer.person_token("ada@example.org", "org_1", lifetime=timedelta(minutes=5))
    verified = jwt.decode(token, await published_keys(issuer.url), algorithms=["ES256"])
    claims = verified.claims
    assert (claims["sub"], claims["organization"]) == ("ada@example.org", "org_1")
    assert (claims["iss"], claims["aud"]) == (issuer.url, AUDIENCE)
    assert 290 < claims["exp"] - time.time() <= 300
    assert SERVICE_CLAIM not in claims


async def test_a_service_token_names_its_client_and_no_organization(issuer: Issuer) -> None:
    token = issuer.service_token("goldenthread-goals")
    verified = jwt.decode(token, await published_keys(issuer.url), algorithms=["ES256"])
    assert (verified.claims["sub"], verified.claims[SERVICE_CLAIM]) == ("goldenthread-goals", "goldenthread-goals")
    assert "organization" not in verified.claims


async def test_tokens_outlive_a_restart_because_the_key_does_and_only_its_owner_can_read_it(tmp_path: Path) -> None:
    token = Issuer.load(tmp_path, "http://127.0.0.1:1").person_token("ada", "org_1")
    port = free_port()
    server = IssuerServer(Issuer.load(tmp_path, f"http://127.0.0.1:{port}"), port)
    await server.start()
    assert jwt.decode(token, await published_keys(f"http://127.0.0.1:{port}"), algorithms=["ES256"]).claims
    await server.stop()
    assert stat.S_IMODE((tmp_path / "issuer.key.json").stat().st_mode) == 0o600


async def test_a_taken_port_is_named(issuer: Issuer) -> None:
    port = int(issuer.url.rsplit(":", 1)[1])
    with pytest.raises(LaunchError, match=f"cannot listen on 127.0.0.1:{port}"):
        await IssuerServer(issuer, port).start()
