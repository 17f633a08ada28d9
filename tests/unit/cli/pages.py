"""Pieces of answers of the gateway."""

from __future__ import annotations

END = {"hasNextPage": False, "endCursor": None}
