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

    invitation_email_issuer: str = ""
    """An issuer whose e-mail addresses are to be trusted. With it, an invitation is claimed only with a token of this
    issuer that says `email_verified`, with the address that was invited; empty: the invitation alone is enough.
    """
