"""Claims of a verified token that must be of a kind: names, times, an address."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from goldenthread.contracts import texts
from goldenthread.runtime.identity.caller import Unauthenticated
from goldenthread.runtime.identity.claim_values import claim_value

LEEWAY_SECONDS = 30
"""By which the clocks of this server and of an issuer may differ."""
LONGEST_ORGANIZATION, LONGEST_SUBJECT, _LONGEST_EMAIL = 200, 500, 320
_LATEST = 2.0**40
"""Seconds since 1970, after which no time is meant."""


def named(claims: Mapping[str, Any], claim: str, what: str, longest: int) -> str:
    """A claim that names `what`: one line of printable text. Raises `Unauthenticated`."""
    found = claim_value(claims, claim)
    if not isinstance(found, str) or not found.strip():
        raise Unauthenticated(f"the token names no {what} (claim `{claim}`, as text); take another one")
    if len(found) > longest or texts.wrong(found, line=True) is not None:
        raise Unauthenticated(
            f"the token's {what} (claim `{claim}`) is not one line of at most {longest} printable characters; take"
            " another one"
        )
    return found


def email(claims: Mapping[str, Any]) -> str | None:
    """The e-mail address; None where the claim is no address. It decides nothing by itself, so no token is refused."""
    found = claims.get("email")
    fits = isinstance(found, str) and 0 < len(found) <= _LONGEST_EMAIL and texts.wrong(found, line=True) is None
    return found if fits else None


def check_not_id_token(claims: Mapping[str, Any]) -> None:
    """Raises `Unauthenticated` for an ID token: a client whose id is our audience is given those.

    Only ID tokens have these hashes (OpenID Connect Core, 3.1.3.6 and 3.3.2.11); one without them cannot be told.
    """
    if "at_hash" in claims or "c_hash" in claims:
        raise Unauthenticated("this is an ID token (claims `at_hash`, `c_hash`); send the access token of that answer")


def check_times(claims: Mapping[str, Any]) -> None:
    """Raises `Unauthenticated` for times that are none, and for a token that is from later than now."""
    for claim in ("exp", "nbf", "iat"):
        at = claims.get(claim)
        if at is not None and not (type(at) in (int, float) and 0 <= at <= _LATEST):
            raise Unauthenticated(f"the token's claim `{claim}` is no time in seconds; take another one")
    ahead = max(claims.get("nbf") or 0, claims.get("iat") or 0) - time.time()
    if ahead > LEEWAY_SECONDS:
        raise Unauthenticated(
            f"by this server's clock the token is from {ahead:.0f} s later than now: the clocks of the server and of"
            " the issuer differ, or it is not valid yet. Have them set, or wait, and send it again"
        )
