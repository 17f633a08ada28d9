"""Tokens that were verified a moment ago, remembered so that their signatures are not computed again."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable

from joserfc.jwk import KeySet
from msgspec import Struct

from goldenthread.runtime.identity.issuer_keys import IssuerKeys
from goldenthread.runtime.identity.verified_token import VerifiedToken

_SECONDS = 300.0
MOST = 10_000
"""Some five megabytes."""


class _Remembered(Struct, frozen=True):
    """A token, which is remembered until `until` (of this process's clock), and as long as the `keys` of its issuer are
    those of `key_set`, with which it was verified.
    """

    verified: VerifiedToken
    keys: IssuerKeys
    key_set: KeySet
    until: float


class RememberedTokens:
    """Verified tokens under their SHA-256, at most `most` of them; beyond that the oldest is forgotten.

    A token is remembered until it expires, for five minutes at most, and not after the keys of its issuer have changed.
    Only verified tokens are remembered: whoever has no good token takes no memory. `now`: seconds of this process.
    """

    def __init__(self, most: int = MOST, now: Callable[[], float] = time.monotonic) -> None:
        self._most, self._now = most, now
        self._tokens: dict[bytes, _Remembered] = {}

    def __len__(self) -> int:
        return len(self._tokens)

    def find(self, token: str) -> VerifiedToken | None:
        """What is remembered of a token, if it still holds."""
        digest = _digest(token)
        found = self._tokens.get(digest)
        if found is None:
            return None
        # The age of the keys is looked at here, too: perhaps every token that comes is a remembered one.
        same_keys = found.keys.known() is found.key_set
        if same_keys and found.until > self._now() and found.verified.expires > time.time():
            return found.verified
        del self._tokens[digest]
        return None

    def keep(self, token: str, verified: VerifiedToken, keys: IssuerKeys, key_set: KeySet) -> None:
        """Remember a token that was verified with `key_set`, which were the `keys` of its issuer."""
        self._tokens[_digest(token)] = _Remembered(verified, keys, key_set, self._now() + _SECONDS)
        if len(self._tokens) > self._most:
            del self._tokens[next(iter(self._tokens))]


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
