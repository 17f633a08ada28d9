"""What a token says of itself, and what of it does not fit the settings. Nothing is verified here."""

from __future__ import annotations

import base64
import binascii
from typing import Any, NamedTuple

import msgspec

from goldenthread.contracts.read_api import issuer_id
from goldenthread.contracts.secret import Secret
from goldenthread.runtime.configuration.settings import ProcessSettings, variable

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
    return [*_issued(claims, settings), *_timed(claims, now), *_of_service(claims, settings)]


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


def _issued(claims: dict[str, Any], settings: ProcessSettings) -> list[ClaimProblem]:
    found = []
    if claims.get("iss") != issuer_id(settings.issuer):
        says = f"its claim `iss` is {_shown(claims, 'iss')}, and {variable('issuer')} is {settings.issuer!r}"
        found.append(ClaimProblem(says, f"set {variable('issuer')} to what tokens say, or take them from that issuer"))
    audiences = claims.get("aud")
    if settings.audience not in (audiences if isinstance(audiences, list) else [audiences]):
        says = f"its claim `aud` is {_shown(claims, 'aud')}, without {settings.audience!r} ({variable('audience')})"
        found.append(
            ClaimProblem(says, "have the issuer put that audience into this client's tokens, or set the variable")
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


def _of_service(claims: dict[str, Any], settings: ProcessSettings) -> list[ClaimProblem]:
    claim, clients = settings.service_claim, settings.service_clients.split()
    if claims.get(claim) in clients:
        return []
    known = next((name for name in ("azp", "client_id", "appid") if claims.get(name) in clients), None)
    mend = (
        f"set {variable('service_claim')} to `{known}`, where it names the client"
        if known
        else (
            f"have the issuer put the client's id there, name another claim in {variable('service_claim')},"
            f" or add the client to {variable('service_clients')}"
        )
    )
    says = f"its claim `{claim}` ({variable('service_claim')}) is {_shown(claims, claim)}, which is none of"
    return [ClaimProblem(f"{says} {variable('service_clients')}: it is no service's", mend)]


def _shown(claims: dict[str, Any], claim: str) -> str:
    if claim not in claims:
        return "missing"
    text = repr(claims[claim])
    return text if len(text) <= _MOST_SHOWN else f"{text[:_MOST_SHOWN]}…"
