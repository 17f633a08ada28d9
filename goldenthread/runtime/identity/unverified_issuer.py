"""What a token says of its issuer before anything is verified: it chooses whose keys verify the token, nothing else."""

from __future__ import annotations

import base64
import json
import re

import msgspec
from msgspec import Struct

from goldenthread.runtime.identity.caller import Unauthenticated

LONGEST_TOKEN = 16_000
"""Characters. An issuer that lists two hundred groups makes tokens of ten thousand. The first message on a WebSocket,
which has the token, may have 16,384 bytes.
"""
_TOKEN = re.compile(r"[A-Za-z0-9_-]+\.([A-Za-z0-9_-]*)\.[A-Za-z0-9_-]*")
"""A signed token (RFC 7515). It is sent on in headers, and libraries overlook foreign characters in a signature."""
_DAMAGED = "this is not a token, or a damaged one; copy it again, or take a new one"


class _Issued(Struct, frozen=True):
    iss: str


_issued = msgspec.json.Decoder(_Issued)


def bearer_token(authorization: str | None) -> str:
    """The token of an `Authorization` header's value. Raises `Unauthenticated`."""
    scheme, _, found = (authorization or "").partition(" ")
    token = found.strip()
    if scheme.lower() != "bearer" or not token:
        raise Unauthenticated("send a token: `Authorization: Bearer …`")
    if len(token) > LONGEST_TOKEN:
        raise Unauthenticated(f"the token is longer than {LONGEST_TOKEN} characters; have its issuer leave claims out")
    return token


def claimed_issuer(token: str) -> str:
    """The claim `iss` as the token has it. Raises `Unauthenticated`, also for a text that is no signed token."""
    parts = _TOKEN.fullmatch(token)
    if parts is None:
        raise Unauthenticated(_DAMAGED)
    try:
        claims = base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4))
        try:
            return _issued.decode(claims).iss
        except msgspec.MsgspecError:  # a claim may be NaN, which libraries accept; then that claim is named
            return msgspec.convert(json.loads(claims), _Issued).iss
    except (ValueError, msgspec.MsgspecError, RecursionError) as error:
        raise Unauthenticated(f"the token does not say who issued it (claim `iss`): {_DAMAGED}") from error
