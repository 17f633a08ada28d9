"""What it costs to know who calls: a token that is verified, one that is remembered, and one of an unknown issuer."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from statistics import median
from typing import Any

import httpx
from joserfc import jwt
from joserfc.jwk import ECKey, Key, RSAKey

from goldenthread.runtime.configuration.trusted_issuers import TrustedIssuer
from goldenthread.runtime.identity.caller import Unauthenticated
from goldenthread.runtime.identity.remembered_tokens import RememberedTokens
from goldenthread.runtime.identity.verifier import Verifier

_ROUNDS, _TOKENS = 7, 300
_ISSUER = "https://issuer.example"
_GROUPS = [f"group-{each:028}" for each in range(120)]
"""They make a token of about six thousand characters."""


def measure() -> dict[str, float]:
    """Microseconds for one token, the median of seven rounds of 300 tokens; and their ratios."""
    return asyncio.run(_measure())


async def _measure() -> dict[str, float]:
    found: dict[str, float] = {}
    kinds: dict[str, tuple[Key, str]] = {
        "ES256": (ECKey.generate_key("P-256", auto_kid=True), "ES256"),
        "RS256": (RSAKey.generate_key(2048, auto_kid=True), "RS256"),
    }
    for name, (key, algorithm) in kinds.items():
        for size, claims in (("", {}), (", 6 kB", {"groups": _GROUPS})):
            tokens = [_token(key, algorithm, jti=str(each), **claims) for each in range(_TOKENS)]
            verified = await _microseconds(key, tokens, most=0)
            remembered = await _microseconds(key, tokens, most=2 * _TOKENS)
            found[f"{name}{size}: verified, us"] = verified
            found[f"{name}{size}: remembered, us"] = remembered
            found[f"{name}{size}: verified / remembered"] = verified / remembered
    key, algorithm = kinds["ES256"]
    found["of an unknown issuer: refused, us"] = await _microseconds(
        key, [_token(key, algorithm, iss="https://another.example")] * _TOKENS, most=0
    )
    return found


def _token(key: Key, algorithm: str, **other: Any) -> str:
    claims = {"iss": _ISSUER, "aud": "goldenthread", "sub": "ada", "exp": int(time.time()) + 3_600, **other}
    header = {"alg": algorithm, "kid": key.kid}
    return f"Bearer {jwt.encode(header, {'organization': 'org_1', **claims}, key, algorithms=[algorithm])}"


async def _microseconds(key: Key, tokens: list[str], most: int) -> float:
    """The time that a verifier takes for one of `tokens`, each of which has been seen by it; it remembers `most`."""

    async def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("openid-configuration"):
            return httpx.Response(200, json={"issuer": _ISSUER, "jwks_uri": f"{_ISSUER}/keys"})
        return httpx.Response(200, json={"keys": [key.as_dict(private=False)]})

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as client:
        issuer = TrustedIssuer(issuer=_ISSUER, services=True)
        verifier = Verifier(client, [issuer], remembered=RememberedTokens(most))
        await verifier.issuers[0].keys.fresh()
        await _all(verifier.caller, tokens)
        spent = []
        for _ in range(_ROUNDS):
            started = time.perf_counter()
            await _all(verifier.caller, tokens)
            spent.append((time.perf_counter() - started) * 1e6 / len(tokens))
    return median(spent)


async def _all(caller: Callable[[str], Awaitable[Any]], tokens: list[str]) -> None:
    for token in tokens:
        try:
            await caller(token)
        except Unauthenticated:
            continue
