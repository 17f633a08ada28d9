"""A provider from npm for each test, and verifiers that trust it as our processes do."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from goldenthread.runtime.identity.caller import Caller, Unauthenticated
from goldenthread.runtime.identity.verifier import Verifier
from tests.support.openid.oidc_provider.server import AUDIENCE, OidcProvider
from tests.support.trusting import trusted


class Clock:
    """By which a verifier's keys grow old; it is moved on by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class Reader:
    """A verifier whose clock is moved on by hand. It trusts `issuer`, if not the provider itself; `more` is what an
    operator configures of it.
    """

    def __init__(self, http: httpx.AsyncClient, provider: OidcProvider, issuer: str = "", **more: Any) -> None:
        self.clock = Clock()
        told = {"url": provider.issuer, "audience": AUDIENCE, "service_claim": "client_id", **more}
        self.verifier = Verifier(http, [trusted(issuer or provider.issuer, **told)], self.clock)

    async def caller(self, token: str) -> Caller:
        """Who the token speaks for."""
        return await self.verifier.caller(f"Bearer {token}")

    async def refusal(self, token: str) -> str:
        """Why the token is refused."""
        with pytest.raises(Unauthenticated) as found:
            await self.caller(token)
        return str(found.value)


@pytest.fixture
async def provider(place: Path) -> AsyncIterator[OidcProvider]:
    """A provider; Ada has a claim `organization` there."""
    folder = place / f"oidc-provider-{uuid.uuid4().hex}"
    folder.mkdir()
    made = OidcProvider(folder)
    made.claims["ada"] = {"organization": "org_1"}
    async with made:
        yield made


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(timeout=30) as client:
        yield client


@pytest.fixture
def reader(http: httpx.AsyncClient, provider: OidcProvider) -> Reader:
    return Reader(http, provider)
