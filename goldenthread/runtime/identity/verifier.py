"""Who calls: bearer tokens, verified here with the keys of their issuers. What they may do is decided by goals."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import httpx

from goldenthread.runtime.configuration.settings import ProcessSettings
from goldenthread.runtime.configuration.trusted_issuers import TrustedIssuer
from goldenthread.runtime.identity.caller import Caller, Unauthenticated
from goldenthread.runtime.identity.issuer_keys import IssuerKeys
from goldenthread.runtime.identity.issuer_verifier import IssuerVerifier
from goldenthread.runtime.identity.remembered_tokens import RememberedTokens
from goldenthread.runtime.identity.unverified_issuer import bearer_token, claimed_issuer
from goldenthread.runtime.identity.verified_token import VerifiedToken


class Verifier:
    """Verifies tokens of the `trusted` issuers, each with the keys of the issuer that it names.

    A token of another issuer is refused without any request. An issuer that is away or slow delays only tokens of its
    own. `now`: seconds of this process, by which keys grow old and tokens are forgotten.
    """

    def __init__(
        self,
        client: httpx.AsyncClient,
        trusted: Sequence[TrustedIssuer],
        now: Callable[[], float] = time.monotonic,
        remembered: RememberedTokens | None = None,
    ) -> None:
        self.issuers = tuple(IssuerVerifier(each, IssuerKeys(client, each.id, each.documents, now)) for each in trusted)
        self._of = {spelling: each for each in self.issuers for spelling in each.trusted.spellings}
        self._remembered = RememberedTokens(now=now) if remembered is None else remembered

    @classmethod
    def of(cls, client: httpx.AsyncClient, settings: ProcessSettings) -> Verifier:
        """Verifies what the settings of a process trust."""
        return cls(client, settings.trusted_issuers)

    async def caller(self, authorization: str | None, organization: str | None = None) -> Caller:
        """The caller of an `Authorization` header's value, who has chosen that `organization` of their token, if any.

        Raises `Unauthenticated`, `KeysUnavailable`, and `NotPermitted` where the token is for no organization, or not
        for the one that was chosen.
        """
        token = bearer_token(authorization)
        verified = self._remembered.find(token) or await self._verified(token)
        return verified.caller(token, organization)

    async def _verified(self, token: str) -> VerifiedToken:
        issuer = self._of.get(claimed_issuer(token))
        if issuer is None:
            raise Unauthenticated("the token's issuer (claim `iss`) is not trusted here; take a token of another one")
        verified, key_set = await issuer.verified(token)
        self._remembered.keep(token, verified, issuer.keys, key_set)
        return verified
