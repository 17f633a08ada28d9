"""One provider: a child process with clients, keys and resources that tests change while it runs."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx
import msgspec
from joserfc.jwk import ECKey, OKPKey, RSAKey
from msgspec import Struct

from goldenthread.launcher.child_process import spawn, stop
from goldenthread.launcher.ports import HOST, free_port
from goldenthread.runtime.configuration.trusted_issuers import SERVICE_CLIENTS
from tests.support.openid.oidc_provider.package_files import node, program
from tests.support.openid.person_sign_in import REDIRECT, PublicClient, issued_tokens

RESOURCE, AUDIENCE = "urn:goldenthread", "goldenthread"
"""The resource indicator (RFC 8707) that is taken where a client names none, and the audience of its tokens."""
PERSONS_CLIENT = "timetable-app"
_PATIENCE = 20.0


class ResourceServer(Struct, frozen=True):
    """What tokens for a resource are like: whom they are for, how they are signed (None: they are no JWT), how long
    they last.
    """

    audience: str = AUDIENCE
    algorithm: str | None = "ES256"
    seconds: int = 600


class SigningKey(Struct, frozen=True):
    """A private key of the provider, and the algorithm it is for."""

    key: ECKey | RSAKey | OKPKey
    algorithm: str

    @classmethod
    def new(cls, algorithm: str) -> Self:
        """One that nobody has yet."""
        made: ECKey | RSAKey | OKPKey
        if algorithm.startswith("ES"):
            made = ECKey.generate_key({"ES256": "P-256", "ES384": "P-384", "ES512": "P-521"}[algorithm], auto_kid=True)
        elif algorithm == "EdDSA":
            made = OKPKey.generate_key("Ed25519", auto_kid=True)
        else:
            made = RSAKey.generate_key(2048, auto_kid=True)
        return cls(made, algorithm)

    @property
    def private(self) -> dict[str, Any]:
        """As a JWK."""
        return {**self.key.as_dict(private=True), "alg": self.algorithm, "use": "sig"}


class OidcProvider:
    """A provider in `folder`; what is changed here it has after `reload`."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.issuer = f"http://{HOST}:{self.port}"
        self.secret = "only-for-tests-0123456789abcdef-0123456789"
        """Every client's."""
        self.keys = [SigningKey.new("ES256")]
        """Of those for one algorithm the first signs."""
        self.resources = {RESOURCE: ResourceServer()}
        self.claims: dict[str, Mapping[str, Any]] = {}
        """Further claims in the tokens of a person or client."""
        self.clients = list(SERVICE_CLIENTS)
        self.log = folder / "oidc-provider.log"
        self._file = folder / "oidc-provider.json"
        self._version = 0
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Start it; returns when it answers."""
        self._write()
        self._process = await spawn([node(), program(), self._file, str(self.port)], log=self.log)
        await self._has_read()

    async def stop(self) -> None:
        """End it: sessions, codes and consents are gone; keys stay."""
        if self._process is not None:
            await stop(self._process, signal.SIGTERM, patience=10)

    async def reload(self) -> None:
        """Have it take what was changed; returns when it has."""
        assert self._process is not None
        self._write()
        self._process.send_signal(signal.SIGHUP)
        await self._has_read()

    async def rotate(self, keep_old: bool) -> None:
        """Sign with a new key from now on; the old ones are published further on, or not."""
        self.keys = [SigningKey.new("ES256"), *(self.keys if keep_old else ())]
        await self.reload()

    async def person_tokens(self, person: str, resource: str = RESOURCE) -> dict[str, Any]:
        """What the provider gives a person who signs in: `access_token`, `id_token`, …"""
        client = PublicClient(PERSONS_CLIENT, "openid goldenthread", {"resource": resource})
        return await issued_tokens(self.issuer, client, person)

    async def person_token(self, person: str, resource: str = RESOURCE) -> str:
        """The access token of a person who signs in."""
        return str((await self.person_tokens(person, resource))["access_token"])

    async def service_token(self, client: str, resource: str = RESOURCE) -> str:
        """The access token of a client that shows its secret."""
        form = {"grant_type": "client_credentials", "scope": "goldenthread", "resource": resource}
        async with httpx.AsyncClient() as http:
            answer = await http.post(f"{self.issuer}/token", data=form, auth=(client, self.secret))
        return str(answer.raise_for_status().json()["access_token"])

    def given(self, client: str) -> int:
        """How many times a client got a token so far."""
        return self._logged(f"gave a token to {client}")

    @property
    def keys_read(self) -> int:
        """How many times somebody read its keys so far."""
        return self._logged("its keys were read")

    async def keys_unread(self, seconds: float, patience: float = 60.0) -> None:
        """Wait until nobody has read its keys for so long."""
        deadline, count, since = time.monotonic() + patience, self.keys_read, time.monotonic()
        while time.monotonic() - since < seconds:
            assert time.monotonic() < deadline, f"somebody reads the keys all the time: {self.log.read_text()}"
            await asyncio.sleep(0.05)
            if (now := self.keys_read) != count:
                count, since = now, time.monotonic()

    def variables(self, client: str) -> dict[str, str]:
        """What an operator sets for a process that is this client."""
        return {
            "GOLDENTHREAD_ISSUER": self.issuer,
            "GOLDENTHREAD_AUDIENCE": AUDIENCE,
            "GOLDENTHREAD_SERVICE_CLAIM": "client_id",
            "GOLDENTHREAD_SERVICE_CLIENT_ID": client,
            "GOLDENTHREAD_SERVICE_CLIENT_SECRET": self.secret,
            "GOLDENTHREAD_SERVICE_SCOPE": "goldenthread",
        }

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    def _write(self) -> None:
        services = [
            {
                "client_id": client,
                "client_secret": self.secret,
                "grant_types": ["client_credentials"],
                "scope": "goldenthread",
                "response_types": [],
                "redirect_uris": [],
            }
            for client in self.clients
        ]
        persons = {
            "client_id": PERSONS_CLIENT,
            "token_endpoint_auth_method": "none",
            "application_type": "native",
            "redirect_uris": [REDIRECT],
        }
        self._version += 1
        configuration = {
            "issuer": self.issuer,
            "keys": [each.private for each in self.keys],
            "clients": [*services, persons],
            "resources": self.resources,
            "claims": self.claims,
            "version": self._version,
        }
        self._file.write_bytes(msgspec.json.encode(configuration))

    def _logged(self, line: str) -> int:
        return self.log.read_text().splitlines().count(line)

    async def _has_read(self) -> None:
        """Wait until it answers with the configuration that was written last."""
        assert self._process is not None
        deadline = time.monotonic() + _PATIENCE
        async with httpx.AsyncClient() as http:
            while True:
                with contextlib.suppress(httpx.TransportError):
                    found = await http.get(f"{self.issuer}/.well-known/openid-configuration")
                    if found.json()["version"] == self._version:
                        return
                ended = self._process.returncode is not None
                assert not ended, f"oidc-provider has ended: {self.log.read_text()}"
                assert time.monotonic() < deadline, f"oidc-provider does not answer: {self.log.read_text()}"
                await asyncio.sleep(0.02)
