"""Verifies the tokens of one issuer: signature, issuer, audience, times, algorithm; and reads the claims that count."""

from __future__ import annotations

from typing import Any

from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet

from goldenthread.runtime.configuration.trusted_issuers import TrustedIssuer
from goldenthread.runtime.identity import claim_checks
from goldenthread.runtime.identity.caller import NotPermitted, Unauthenticated
from goldenthread.runtime.identity.claim_values import claim_texts, claim_value
from goldenthread.runtime.identity.issuer_keys import IssuerKeys
from goldenthread.runtime.identity.verified_token import VerifiedToken

ALGORITHMS = ["RS256", "PS256", "ES256", "ES384", "EdDSA", "Ed25519"]
"""Asymmetric ones only: neither `none` nor a shared secret."""
# A header is the caller's: of whatever type its values are, it is refused.
_REFUSED = (JoseError, ValueError, TypeError, AttributeError, RecursionError)


class IssuerVerifier:
    """Verifies the tokens of `trusted` with its `keys`. No other issuer's keys are looked at, nor waited for."""

    def __init__(self, trusted: TrustedIssuer, keys: IssuerKeys) -> None:
        self.trusted, self.keys = trusted, keys
        self._service_clients = frozenset(trusted.service_clients if trusted.services else ())
        self._administrators = frozenset(trusted.administrator_values)
        self._claims = jwt.JWTClaimsRegistry(
            leeway=claim_checks.LEEWAY_SECONDS,
            iss={"essential": True, "values": sorted(trusted.spellings)},
            aud={"essential": True, "value": trusted.audience},
            exp={"essential": True},
        )

    async def verified(self, token: str) -> tuple[VerifiedToken, KeySet]:
        """What the token says, and the keys that verified it.

        Raises `Unauthenticated`, `KeysUnavailable` and `NotPermitted`.
        """
        key_set = self.keys.known() or await self.keys.fresh()
        claims = _decoded(token, key_set)
        if isinstance(claims, Exception) and self.keys.may_be_others(unknown=isinstance(claims, InvalidKeyIdError)):
            # Perhaps a key the issuer made since we last asked.
            key_set = await self.keys.fresh()
            claims = _decoded(token, key_set)
        return self._read(self._checked(claims)), key_set

    def _checked(self, claims: dict[str, Any] | Exception) -> dict[str, Any]:
        try:
            if isinstance(claims, Exception):
                raise claims
            claim_checks.check_times(claims)
            self._claims.validate(claims)
        except _REFUSED as error:
            reason = str(error).strip(" :")
            raise Unauthenticated(
                f"the token is damaged, too old, or not of an issuer that is trusted here ({reason}); take a new one"
            ) from error
        claim_checks.check_not_id_token(claims)
        return claims

    def _read(self, claims: dict[str, Any]) -> VerifiedToken:
        trusted = self.trusted
        client = claim_value(claims, trusted.service_claim)
        service = isinstance(client, str) and client in self._service_clients
        administers = not service and self._administers(claims)
        subject_claim = "sub" if service else trusted.subject_claim
        return VerifiedToken(
            issuer=trusted.id,
            subject=claim_checks.named(claims, subject_claim, "login", claim_checks.LONGEST_SUBJECT),
            organizations=self._organizations(claims, needed=not (service or administers)),
            service=service,
            installation_administrator=administers,
            email=claim_checks.email(claims),
            email_verified=claims.get("email_verified") is True,
            expires=claims["exp"],
            valid_until=claims["exp"] + claim_checks.LEEWAY_SECONDS,
        )

    def _administers(self, claims: dict[str, Any]) -> bool:
        claim = self.trusted.administrator_claim
        return claim is not None and not self._administrators.isdisjoint(claim_texts(claims, claim))

    def _organizations(self, claims: dict[str, Any], *, needed: bool) -> tuple[str, ...]:
        trusted, claim = self.trusted, self.trusted.organization_claim
        if trusted.organization is not None:
            return (trusted.organization,)
        if trusted.organizations is None:
            if claim_value(claims, claim) is None and not needed:
                return ()
            return (claim_checks.named(claims, claim, "organization", claim_checks.LONGEST_ORGANIZATION),)
        values = dict.fromkeys(claim_texts(claims, claim))
        found = dict.fromkeys(trusted.organizations[each] for each in values if each in trusted.organizations)
        if not found and needed:
            raise NotPermitted(
                f"This token is for no organization here: its claim `{claim}` has no value that stands for one. Ask who"
                " administers your logins for such a value (often a group or a role), then take a new token."
            )
        return tuple(found)


def _decoded(token: str, keys: KeySet) -> dict[str, Any] | Exception:
    try:
        return jwt.decode(token, keys, algorithms=ALGORITHMS).claims
    except _REFUSED as error:
        return error
