"""Settings of alignment."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from goldenthread.runtime.settings import Stored
from services.alignment.sharing import Kind
from services.alignment.store import LARGE


class Settings(Stored, frozen=True, kw_only=True):
    """`held` organisations are kept in memory at most, and as many as weigh `held_weight` together (goals and links);
    the longest unused goes first. One that weighs more than `large` is judged by the process whose `share` is "large",
    where there is one: see `sharing`.
    """

    goals_url: str
    held: int = 10_000
    held_weight: int = 5_000_000
    share: Kind = "all"
    large: Annotated[int, Meta(ge=0)] = LARGE
