"""What a browser lets pages of other origins do: POST, and read what is left of a quota."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware

from gateway.budget import quotas


def cross_origin(origins: Sequence[str]) -> list[Middleware]:
    """The middleware for pages of these origins, `*` for all; none without origins."""
    if not origins:
        return []
    return [
        Middleware(
            CORSMiddleware,
            allow_origins=origins,
            allow_methods=["POST"],
            allow_headers=["*"],
            expose_headers=quotas.FIELDS,
        )
    ]
