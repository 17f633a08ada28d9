"""Settings of alignment."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from goldenthread.runtime.configuration.settings import DatabaseSettings
from services.alignment.size_classes import LARGE, SizeClass


class Settings(DatabaseSettings, frozen=True, kw_only=True):
    """What alignment needs besides."""

    goals_url: str
    """Where goals answers: `http://HOST:PORT`, or `https://HOST:PORT` where it has a certificate."""
    held: Annotated[int, Meta(ge=1)] = 10_000
    """Organizations kept in memory, at most; the longest unused goes first."""
    held_weight: Annotated[int, Meta(ge=1)] = 2_500_000
    """Goals and links kept in memory, of all organizations together, at most; with all that is kept beside it, each
    takes about 600 bytes, so that these fit into the memory limit of `deploy/k8s`.
    """
    share: SizeClass = "all"
    """Which organizations this process judges, where two processes share the work by size (decision 12)."""
    large: Annotated[int, Meta(ge=0)] = LARGE
    """An organization of more goals and links than this is a large one."""
    metrics_organizations: Annotated[int, Meta(ge=0, le=1_000)] = 50
    """The most organizations that metrics show separately: the largest. All others are summed as `other`. Each takes 6
    series in Prometheus.
    """
    metrics_names: bool = False
    """Shows the names of these organizations in metrics, in place of their ids. Names are the customers' data, and who
    stores metrics keeps them for as long as it keeps the metrics, also those of a deleted organization.
    """
