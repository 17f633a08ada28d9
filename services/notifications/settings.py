"""Settings of notifications."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from goldenthread.runtime.configuration.settings import DatabaseSettings, KeysFile, Seconds


class Settings(DatabaseSettings, frozen=True, kw_only=True):
    """What notifications needs besides."""

    goals_url: str
    """Where goals answers: `http://HOST:PORT`, or `https://HOST:PORT` where it has a certificate."""
    alignment_url: str
    """Where alignment answers: `http://HOST:PORT`, or `https://HOST:PORT` where it has a certificate."""
    keys_file: KeysFile
    """The file with the keys that the URLs and signing keys of webhooks are encrypted with in the database. It is read
    again when it changes; `goldenthread keys` makes it.
    """
    held: Annotated[int, Meta(ge=1)] = 10_000
    """Organizations kept in memory, at most; the longest unused goes first."""
    held_weight: Annotated[int, Meta(ge=1)] = 1_200_000
    """Goals and links kept in memory, of all organizations together, at most; each takes about 1,350 bytes, so that
    these fit into the memory limit of `deploy/k8s`.
    """
    webhook_private: bool = False
    """Allows webhooks to private, loopback and link-local addresses and over plain http, for intranets."""
    webhook_retry_seconds: Seconds = 5.0
    """The pause after a delivery that failed for the first time; it grows with each further one."""
