"""The base of the payloads that goals publishes."""

from __future__ import annotations

from msgspec import Struct


class GoalsPayload(Struct, frozen=True, forbid_unknown_fields=False):
    """Base of the payloads."""
