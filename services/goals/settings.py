"""Settings of goals."""

from __future__ import annotations

from typing import Annotated, ClassVar

from msgspec import Meta

from goldenthread.runtime.configuration.settings import DatabaseSettings


class Settings(DatabaseSettings, frozen=True, kw_only=True):
    """What goals needs besides. It asks no other process, so it needs no credentials of its own."""

    calls_others: ClassVar[bool] = False

    held: Annotated[int, Meta(ge=1)] = 1_000
    """Organizations kept in memory, at most; the longest unused goes first."""
