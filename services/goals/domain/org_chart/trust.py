"""Whose tokens are trusted here: a login of another issuer is one that nobody can sign in with."""

from __future__ import annotations

from collections.abc import Collection

from goldenthread.contracts.errors import ErrorCode, refuse


def require(issuers: Collection[str], issuer: str, *path: str) -> None:
    """Refuse a login of an issuer whose tokens are not trusted: one typing error would lock people out, and perhaps
    everybody who could correct it. `issuers` are those that are trusted, empty where that is not known. Whoever calls
    this has made sure that who asks may give logins.
    """
    if issuers and issuer not in issuers:
        message = (
            "No token of this issuer is trusted here, so nobody could sign in with this login. Correct the issuer's"
            " name, or have whoever runs this installation trust it first."
        )
        raise refuse(ErrorCode.STATE_NOT_ALLOWED, message, *path)
