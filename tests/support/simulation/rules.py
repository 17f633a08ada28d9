"""Switching single rules off, to show that each is needed: what the projection would be without it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from goldenthread.contracts.envelope import Event
from goldenthread.runtime.projection import Merge, Page, Position
from goldenthread.runtime.projection.inbox import Inbox
from goldenthread.runtime.projection.member import Member
from goldenthread.runtime.projection.memory import Memory
from tests.support.simulation.world import Run


def _skip_gaps(patch: pytest.MonkeyPatch) -> None:
    """The next larger sequence is as good as the next."""
    follows = Inbox._follows

    def follows_or_skips(self: Inbox, event: Event) -> bool:
        return event.sequence > self.tail.sequence + 1 or follows(self, event)

    patch.setattr(Inbox, "_is_early", lambda self, event: False)
    patch.setattr(Inbox, "_follows", follows_or_skips)


def _keep_memory(patch: pytest.MonkeyPatch) -> None:
    """A failed save and a revoked partition leave what is in memory there."""
    patch.setattr(Memory, "_doubt", lambda self, slot: None)
    patch.setattr(Memory, "drop", lambda self, organization: None)


def _ignore_previous(patch: pytest.MonkeyPatch) -> None:
    """Only sequences are compared."""

    def continues(asked: Position, page: Page) -> bool:
        return bool(page.events) or page.head.sequence >= asked.sequence

    patch.setattr(Inbox, "_follows", lambda self, event: True)
    patch.setattr(Member, "continues", staticmethod(continues))


def _split_commits(patch: pytest.MonkeyPatch) -> None:
    """Every event is folded as it comes."""
    patch.setattr(Inbox, "_closes", lambda self, event: True)


def _arrival_order(patch: pytest.MonkeyPatch) -> None:
    """Neither stream waits for the other."""

    def first_ready(self: Merge, inboxes: Mapping[str, Inbox], *_: Any) -> str | None:
        return next((source for source in self.sources if inboxes[source].ready), None)

    patch.setattr(Merge, "next", first_ready)
    patch.setattr(Merge, "check", lambda *_: None)


PATCHES = {
    "gaps fetched": _skip_gaps,
    "memory dropped": _keep_memory,
    "previous compared": _ignore_previous,
    "commit boundaries": _split_commits,
    "hold until basis": _arrival_order,
}
RULES = ("guard", "heads", *PATCHES)


def without(rule: str, seed: int, patch: pytest.MonkeyPatch) -> Run:
    """A run with one rule switched off."""
    if rule in PATCHES:
        PATCHES[rule](patch)
    return Run(seed, guard=rule != "guard", heads=rule != "heads")
