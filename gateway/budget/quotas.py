"""Quotas of callers, and how they are said: as `RateLimit-Policy` and `RateLimit` of
draft-ietf-httpapi-ratelimit-headers-11, and in the `extensions` of an error.

Each gateway process counts for itself. So every name ends with `-per-replica`, and the partition key is another one at
each replica: a caller who sees two keys under one name has two quotas.
"""

from __future__ import annotations

import base64
import os
from functools import lru_cache
from hashlib import blake2b
from typing import Any

from msgspec import Struct

AT_ONCE = "concurrent-requests"
"""The draft's unit for what is under way at once. Sockets and subscriptions have no unit there; they are only said in
errors.
"""
POLICY, LIMIT = "RateLimit-Policy", "RateLimit"
FIELDS = ("Retry-After", LIMIT, POLICY)
"""The header fields that a page of another origin may read."""
_REPLICA = os.urandom(16)
"""Of this process alone, so that a partition key neither reveals a login nor is the same at another replica."""


class Quota(Struct, frozen=True):
    """A limit on what one caller, or one organization, may have at one gateway process: `most` units at once, or within
    `seconds` where that is set.
    """

    name: str
    most: int
    unit: str = ""
    """One of the draft's registry; requests unless set."""
    seconds: int = 0

    @property
    def policy(self) -> str:
        """The item of `RateLimit-Policy`; the same in every answer."""
        unit = f';qu="{self.unit}"' if self.unit else ""
        window = f";w={self.seconds}" if self.seconds else ""
        return f'"{self.name}";q={self.most}{unit}{window}'


class QuotaState(Struct, frozen=True):
    """What is left of a quota now, for the one that `partition` stands for."""

    quota: Quota
    left: int = 0
    partition: str = ""
    """A partition key; none where it is empty."""
    retry_after: int = 1
    """Seconds after which it makes sense to ask again, where nothing is left."""

    @property
    def limit(self) -> str:
        """The item of `RateLimit`."""
        window = f";t={self.retry_after}" if self.quota.seconds else ""
        key = f";pk={self.partition}" if self.partition else ""
        return f'"{self.quota.name}";r={self.left}{window}{key}'

    @property
    def fields(self) -> dict[str, str]:
        """The two header fields."""
        return {POLICY: self.quota.policy, LIMIT: self.limit}

    @property
    def extensions(self) -> dict[str, Any]:
        """The same for an error over a WebSocket, which has no header: policy, quota, and the seconds to wait."""
        return {"policy": self.quota.name, "quota": self.quota.most, "retryAfter": self.retry_after}


@lru_cache(10_000)
def partition_key(*parts: str | None) -> str:
    """The partition key of a caller or an organization at this replica, as a byte sequence of structured fields."""
    text = "\0".join(part or "" for part in parts).encode(errors="surrogatepass")
    return f":{base64.b64encode(blake2b(text, digest_size=9, key=_REPLICA).digest()).decode()}:"
