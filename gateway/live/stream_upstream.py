"""One upstream of the gateway as `runtime.streams` asks it: pages and heads of its stream."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from gateway.upstream.ports import Upstreams
from goldenthread.contracts.read_api import Head
from goldenthread.runtime.streams.heads_query import heads_query, next_page
from goldenthread.runtime.streams.position import GONE, Position
from goldenthread.runtime.streams.upstream import ChangedHeads, HeadsPage, Page


class StreamUpstream:
    """`runtime.streams.upstream.Upstream` of one source. Raises `Unreachable`."""

    def __init__(self, upstreams: Upstreams, source: str) -> None:
        self._upstreams, self._source = upstreams, source

    async def events(self, organization: str, after: int, limit: int) -> Page:
        """Whole commits after a sequence."""
        page = await self._upstreams.events(self._source, organization, after, limit=limit)
        if page.head.deleted is True:
            return Page([], GONE)
        return Page(page.events, position_of(page.head), folded_through(page.head))

    async def heads(
        self,
        changed_since: str | None,
        named: Collection[str] = (),
        after: Mapping[str, int] | None = None,
        page: HeadsPage | None = None,
    ) -> ChangedHeads:
        """The heads, and the time to ask with next; and when what comes after places was written."""
        found = await self._upstreams.heads(self._source, heads_query(changed_since, named, after, page))
        heads = {organization: position_of(head) for organization, head in found.heads.items()}
        folded = {organization: folded_through(head) for organization, head in found.heads.items()}
        known = {organization: place for organization, place in folded.items() if place is not None}
        return ChangedHeads(heads, found.at.isoformat(), known, found.written or {}, next_page(found))


def folded_through(head: Head) -> Position | None:
    """The goals commit through which the upstream has folded at this head; None where it folds none."""
    return None if head.judged is None else Position(head.judged, head.judged_id)


def position_of(head: Head) -> Position:
    """The end of the stream."""
    if head.deleted is True:
        return GONE
    return Position(head.sequence, head.id)
