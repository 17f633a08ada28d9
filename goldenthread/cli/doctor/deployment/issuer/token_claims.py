"""What a token says of itself, and what of it does not fit the settings. Nothing is verified here."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Collection
from typing import Any, NamedTuple

import msgspec

from goldenthread.contracts.secret import Secret
from goldenthread.runtime.configuration.settings import ProcessSettings
from goldenthread.runtime.configuration.trusted_issuers import TrustedIssuer
from goldenthread.runtime.identity.claim_values import claim_value

_LEEWAY = 30.0
_MOST_SHOWN = 200
_CLIENT_CLAIMS = ("client_id", "cid", "azp", "appid")
"""Where issuers name the client: Keycloak and RFC 9068, Okta, Entra ID, and Entra ID in tokens of version 1."""
_ENTRA_ID_VERSION_1 = "https://sts.windows.net/"


class ClaimProblem(NamedTuple):
    """A claim of a token that does not fit the settings, and what to do."""

    says: str
    next: str


def read_claims(token: Secret) -> dict[str, Any] | None:
    """The claims of a JWT; None when it is none."""
    return _part(token, 1)


def token_problems(
    token: Secret, claims: dict[str, Any], settings: ProcessSettings, algorithms: Collection[str], now: float
) -> list[ClaimProblem]:
    """Everything because of which our processes refuse this token, as a person's or as a service's."""
    issuer = _issuer(claims, settings)
    problems = [*_issued(claims, settings, issuer), *_meant_for(claims, issuer or settings.service_issuer)]
    return [*problems, *_timed(claims, now), *_signed(token, algorithms)]


def service_problems(claims: dict[str, Any], settings: ProcessSettings) -> list[ClaimProblem]:
    """Every claim because of which our processes do not take this token for a service's."""
    found = []
    if not isinstance(claims.get("sub"), str) or not claims["sub"]:
        found.append(ClaimProblem("it has no claim `sub`", "have the issuer put the client's id there"))
    return found + _of_service(claims, _issuer(claims, settings) or settings.service_issuer)


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


def _part(token: Secret, index: int) -> dict[str, Any] | None:
    parts = token.reveal().split(".")
    if len(parts) != 3:
        return None
    try:
        found = msgspec.json.decode(base64.urlsafe_b64decode(parts[index] + "=" * (-len(parts[index]) % 4)))
    except (binascii.Error, msgspec.DecodeError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def _issuer(claims: dict[str, Any], settings: ProcessSettings) -> TrustedIssuer | None:
    said = claims.get("iss")
    trusted = settings.trusted_issuers if isinstance(said, str) else ()
    return next((each for each in trusted if said in each.spellings), None)


def _issued(claims: dict[str, Any], settings: ProcessSettings, issuer: TrustedIssuer | None) -> list[ClaimProblem]:
    if issuer is not None:
        return []
    known = ", ".join(f"{each.source('issuer')} is {each.issuer!r}" for each in settings.trusted_issuers)
    source = settings.service_issuer.source("issuer")
    says = f"its claim `iss` is {_shown(claims, 'iss')}, and {known}"
    if str(claims.get("iss", "")).startswith(_ENTRA_ID_VERSION_1):
        mend = "it is a token of version 1 of Entra ID: set requestedAccessTokenVersion to 2 in the API's manifest"
        return [ClaimProblem(says, mend)]
    return [ClaimProblem(says, f"set {source} to what tokens say, or take them from that issuer")]


def _meant_for(claims: dict[str, Any], issuer: TrustedIssuer) -> list[ClaimProblem]:
    found = []
    audiences = claims.get("aud")
    if issuer.audience not in (audiences if isinstance(audiences, list) else [audiences]):
        says = f"its claim `aud` is {_shown(claims, 'aud')}, without {issuer.audience!r} ({issuer.source('audience')})"
        found.append(
            ClaimProblem(says, "have the issuer put that audience into this client's tokens, or set another one here")
        )
    return found


def _signed(token: Secret, algorithms: Collection[str]) -> list[ClaimProblem]:
    algorithm = (_part(token, 0) or {}).get("alg")
    if algorithm in algorithms:
        return []
    says = f"it is signed with {repr(algorithm)[:_MOST_SHOWN]}, which our processes do not take"
    return [ClaimProblem(says, f"have the issuer sign this client's tokens with one of {', '.join(algorithms)}")]


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
    known = next((name for name in _CLIENT_CLAIMS if claims.get(name) in clients), None)
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
