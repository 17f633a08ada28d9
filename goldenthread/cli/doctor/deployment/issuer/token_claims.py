"""What a token says of itself, and what of it does not fit the settings. Nothing is verified here."""

from __future__ import annotations

import base64
import binascii
from typing import Any, NamedTuple

import msgspec

from goldenthread.contracts.secret import Secret
from goldenthread.runtime.configuration.settings import ProcessSettings
from goldenthread.runtime.configuration.trusted_issuers import TrustedIssuer
from goldenthread.runtime.identity.claim_values import claim_value

_LEEWAY = 30.0
_MOST_SHOWN = 200


class ClaimProblem(NamedTuple):
    """A claim of a token that does not fit the settings, and what to do."""

    says: str
    next: str


def read_claims(token: Secret) -> dict[str, Any] | None:
    """The claims of a JWT; None when it is none."""
    parts = token.reveal().split(".")
    if len(parts) != 3:
        return None
    try:
        found = msgspec.json.decode(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (binascii.Error, msgspec.DecodeError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def claim_problems(claims: dict[str, Any], settings: ProcessSettings, now: float) -> list[ClaimProblem]:
    """Every claim because of which the other processes refuse this token, or do not take it for a service's."""
    issuer = next((each for each in settings.trusted_issuers if claims.get("iss") in each.spellings), None)
    judged = issuer or settings.service_issuer
    problems = [*_issued(claims, settings, issuer), *_meant_for(claims, judged), *_timed(claims, now)]
    return problems + _of_service(claims, judged)


def expiry_time(claims: dict[str, Any]) -> float:
    """When it ends, in seconds since 1970; 0 when it says no time."""
    found = claims.get("exp")
    return float(found) if isinstance(found, int | float) else 0.0


def duration_text(seconds: float) -> str:
    """`2 days`, `5 minutes`, `40 s`."""
    for size, name in ((86_400, "days"), (3_600, "hours"), (60, "minutes")):
        if seconds >= 2 * size:
            return f"{seconds // size:.0f} {name}"
    return f"{max(0.0, seconds):.0f} s"


def _issued(claims: dict[str, Any], settings: ProcessSettings, issuer: TrustedIssuer | None) -> list[ClaimProblem]:
    if issuer is not None:
        return []
    known = ", ".join(f"{each.source('issuer')} is {each.issuer!r}" for each in settings.trusted_issuers)
    source = settings.service_issuer.source("issuer")
    says = f"its claim `iss` is {_shown(claims, 'iss')}, and {known}"
    return [ClaimProblem(says, f"set {source} to what tokens say, or take them from that issuer")]


def _meant_for(claims: dict[str, Any], issuer: TrustedIssuer) -> list[ClaimProblem]:
    found = []
    audiences = claims.get("aud")
    if issuer.audience not in (audiences if isinstance(audiences, list) else [audiences]):
        says = f"its claim `aud` is {_shown(claims, 'aud')}, without {issuer.audience!r} ({issuer.source('audience')})"
        found.append(
            ClaimProblem(says, "have the issuer put that audience into this client's tokens, or set another one here")
        )
    if not isinstance(claims.get("sub"), str) or not claims["sub"]:
        found.append(ClaimProblem("it has no claim `sub`", "have the issuer put the client's id there"))
    return found


def _timed(claims: dict[str, Any], now: float) -> list[ClaimProblem]:
    late = now - expiry_time(claims)
    if late > _LEEWAY:
        how_long = f"{duration_text(late)} ago" if expiry_time(claims) else "at no time that it says"
        return [ClaimProblem(f"it expired {how_long} (claim `exp`)", "put a new one where it comes from")]
    return []


def _of_service(claims: dict[str, Any], issuer: TrustedIssuer) -> list[ClaimProblem]:
    if not issuer.services:
        says = f"its issuer {issuer.id} does not vouch for services"
        return [ClaimProblem(says, f"take it from another issuer, or add services = true to {issuer.place}")]
    claim, clients = issuer.service_claim, issuer.service_clients
    found = claim_value(claims, claim)
    if isinstance(found, str) and found in clients:
        return []
    known = next((name for name in ("azp", "client_id", "appid") if claims.get(name) in clients), None)
    mend = (
        f"set {issuer.source('service_claim')} to `{known}`, where it names the client"
        if known
        else (
            f"have the issuer put the client's id there, name another claim in {issuer.source('service_claim')},"
            f" or add the client to {issuer.source('service_clients')}"
        )
    )
    says = f"its claim `{claim}` ({issuer.source('service_claim')}) is {_shown(claims, claim)}, which is none of"
    return [ClaimProblem(f"{says} {issuer.source('service_clients')}: it is no service's", mend)]


def _shown(claims: dict[str, Any], claim: str) -> str:
    found = claim_value(claims, claim)
    if found is None:
        return "missing"
    text = repr(found)
    return text if len(text) <= _MOST_SHOWN else f"{text[:_MOST_SHOWN]}…"
