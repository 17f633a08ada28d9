"""What every command is."""

from __future__ import annotations

from msgspec import UNSET, Struct, UnsetType


class Command(Struct, frozen=True, kw_only=True, rename="camel", tag_field="type", forbid_unknown_fields=True):
    """Base of the commands; the tag (`type`) is the class name."""


class Change(Command, frozen=True, kw_only=True):
    """A command that changes what it names. A field that is absent (or null) stays as it is; `clear` names the fields,
    in camelCase, that say nothing from now on.
    """

    clear: list[str] | UnsetType = UNSET
