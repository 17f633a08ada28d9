"""The values of a claim that a setting names.

A setting names a claim of the token by its name (`groups`, `https://example.com/organization`), or, when it begins with
a slash, by a JSON pointer (RFC 6901) to a value inside a claim: `/realm_access/roles`. A pointer goes through objects
only: an element of a list has no meaning that stays.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def claim_value(claims: Mapping[str, Any], claim: str) -> Any:
    """The value that `claim` names; None where there is none."""
    if not claim.startswith("/"):
        return claims.get(claim)
    found: Any = claims
    for step in claim[1:].split("/"):
        found = found.get(step.replace("~1", "/").replace("~0", "~")) if isinstance(found, Mapping) else None
    return found


def claim_texts(claims: Mapping[str, Any], claim: str) -> tuple[str, ...]:
    """The texts that `claim` has: itself, or those of its list, in order. A value of another type counts as absent."""
    found = claim_value(claims, claim)
    if isinstance(found, str):
        return (found,)
    return tuple(each for each in found if isinstance(each, str)) if isinstance(found, list) else ()
