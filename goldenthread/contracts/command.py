"""What every command is."""

from __future__ import annotations

from msgspec import Struct


class Command(Struct, frozen=True, kw_only=True, rename="camel", tag_field="type", forbid_unknown_fields=True):
    """Base of the commands; the tag (`type`) is the class name."""
