"""A token issuer for one machine: what an identity provider is in production, as small as can be.

Its signing key lives in the data dir, so tokens outlive a restart; whoever can read that file can mint tokens, and
nobody else. The server only publishes what verifies them (OIDC discovery and the public keys): it hands out no tokens.
"""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from joserfc import jwt
from joserfc.jwk import ECKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from goldenthread.launcher import private_file
from goldenthread.runtime.configuration.trusted_issuers import ADMINISTRATOR, ADMINISTRATOR_CLAIM, SERVICE_CLAIM

AUDIENCE = "goldenthread"
ALGORITHM = "ES256"
OPERATOR = "goldenthread-operator"
"""The client id of whoever runs this installation: `goldenthread up`, `token`, `doctor`."""
PERSON_LIFETIME = timedelta(hours=12)
SERVICE_LIFETIME = timedelta(days=1)
"""Of a token that a command takes for itself; those of the processes are renewed (`service_tokens.py`)."""


class Issuer:
    """Mints and explains tokens that say `iss: identifier` and `aud: audience`; what explains them is read at `url`.

    The identifier is part of every login, so it stays when the port that `url` names is taken and another one is used.
    """

    def __init__(self, key: ECKey, identifier: str, audience: str = AUDIENCE, url: str | None = None) -> None:
        self.identifier = identifier
        self.url = url or identifier
        self.audience = audience
        self._key = key

    @classmethod
    def load(cls, data_dir: Path, identifier: str, audience: str = AUDIENCE, url: str | None = None) -> Issuer:
        """The issuer of `data_dir`; its key is made the first time."""
        stored = private_file.read_or_create(data_dir / "issuer.key.json", _new_key)
        return cls(ECKey.import_key(json.loads(stored)), identifier, audience, url)

    def person_token(
        self, subject: str, organization: str, lifetime: timedelta = PERSON_LIFETIME, *, administers: bool = False
    ) -> str:
        """A token for the person whose login is `subject`, in one organization; who `administers` the installation
        creates others with it, too.
        """
        claims = {ADMINISTRATOR_CLAIM: ADMINISTRATOR} if administers else {}
        return self._mint({"sub": subject, "organization": organization, **claims}, lifetime)

    def service_token(self, client: str = OPERATOR, lifetime: timedelta = SERVICE_LIFETIME) -> str:
        """A token for one of our processes, named by its client id: no person, no organization."""
        return self._mint({"sub": client, SERVICE_CLAIM: client}, lifetime)

    def app(self) -> Starlette:
        """The two documents a verifier reads."""
        discovery = {
            "issuer": self.identifier,
            "jwks_uri": f"{self.url}/jwks.json",
            "id_token_signing_alg_values_supported": [ALGORITHM],
            "response_types_supported": ["id_token"],
            "subject_types_supported": ["public"],
        }
        keys = {"keys": [self._key.as_dict(private=False, use="sig", alg=ALGORITHM)]}
        return Starlette(
            routes=[
                Route("/.well-known/openid-configuration", _always(discovery)),
                Route("/jwks.json", _always(keys)),
                Route("/ready", _always({"ready": True})),
            ]
        )

    def _mint(self, claims: dict[str, str], lifetime: timedelta) -> str:
        now = int(time.time())
        times = {"iat": now, "nbf": now, "exp": now + int(lifetime.total_seconds())}
        about = {"iss": self.identifier, "aud": self.audience, "jti": secrets.token_hex(16)}
        header = {"alg": ALGORITHM, "kid": self._key.kid}
        return jwt.encode(header, about | claims | times, self._key, algorithms=[ALGORITHM])


def _new_key() -> str:
    return json.dumps(ECKey.generate_key("P-256", auto_kid=True).as_dict(private=True))


def _always(document: dict[str, Any]) -> Callable[[Request], Awaitable[JSONResponse]]:
    async def answer(_: Request) -> JSONResponse:
        return JSONResponse(document, headers={"cache-control": "public, max-age=60"})

    return answer
