"""Heads as they are asked for over HTTP (`contracts/read_api.py`), and as `Upstream` speaks of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from goldenthread.contracts.read_api import Heads, HeadsQuery
from goldenthread.runtime.streams.upstream import HeadsPage


def heads_query(
    changed_since: str | None, named: Collection[str], after: Mapping[str, int] | None, page: HeadsPage | None
) -> HeadsQuery:
    """The question for heads. A token is a time."""
    since = datetime.fromisoformat(changed_since) if changed_since else None
    limit, behind = (None, "") if page is None else page
    return HeadsQuery(since, list(named), dict(after or {}), limit, behind)


def next_page(answer: Heads) -> str | None:
    """Where the page after this one begins, as `ChangedHeads.next` says it."""
    return answer.next_change.isoformat() if answer.next_change else answer.next_behind or None
