"""Streams in memory: events with their chain, pages of whole commits, heads; and goals, which can be restored."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from msgspec import Struct

from goldenthread.contracts.envelope import Event
from goldenthread.contracts.events.goals import OrganizationDeleted
from goldenthread.contracts.registry import name_of
from goldenthread.runtime.projection import GONE, START, ChangedHeads, Commit, HeadsPage, Page, Position
from tests.support.simulation.faults import Faults

GOALS = "/goals"
ALIGNMENT = "/alignment"
WHEN = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Poison:
    """What code before `cured_by` cannot fold."""

    cured_by: int


def digest(*parts: object) -> str:
    return hashlib.blake2b(repr(parts).encode(), digest_size=8).hexdigest()


class Stream:
    """One stream: append commits, read pages."""

    def __init__(self, source: str, organization: str, events: Sequence[Event] = ()) -> None:
        self.source = source
        self.organization = organization
        self.events = list(events)

    @property
    def head(self) -> Position:
        return Position(self.events[-1].sequence, self.events[-1].id) if self.events else START

    def append(
        self, rows: Sequence[tuple[str, object]], basis: int | None = None, cause: str | None = None
    ) -> list[Event]:
        """One commit of (id, data)."""
        end = len(self.events) + len(rows)
        for id, data in rows:
            event = Event(
                id=id,
                source=self.source,
                type=name_of(data) if isinstance(data, Struct) else "test.happened",
                time=WHEN,
                subject=self.organization,
                organization=self.organization,
                sequence=len(self.events) + 1,
                previous=self.head.id,
                commit=end,
                data=data,
                basis=basis,
                causationid=cause,
            )
            self.events.append(event)
        return self.events[end - len(rows) :]

    def page(self, after: int, limit: int, through: Position | None = None) -> Page:
        taken: list[Event] = []
        for event in self.events[after:]:
            if len(taken) >= limit and taken[-1].closes_commit:
                break
            taken.append(event)
        return Page(taken, self.head, through)

    def commits(self) -> list[Commit]:
        found: list[Commit] = []
        start = 0
        for index, event in enumerate(self.events):
            if event.closes_commit:
                found.append(Commit(self.source, tuple(self.events[start : index + 1])))
                start = index + 1
        return found


def part_of_heads(
    heads: Mapping[str, Position],
    changes: Mapping[str, int],
    clock: int,
    changed_since: str | None,
    named: Collection[str],
    page: HeadsPage | None,
) -> ChangedHeads:
    """What an upstream with these heads answers, which changed at these times of its clock."""
    if changed_since is None:
        found = sorted(each for each in heads if page is None or each > page.behind)
    else:
        found = sorted((each for each in heads if changes.get(each, 0) > int(changed_since)), key=changes.__getitem__)
    following, token = None, str(clock)
    if page is not None and len(found) >= page.limit:
        found = found[: page.limit]
        if changed_since is None:
            following = found[-1] if found else page.behind
        else:
            token = following = str(changes[found[-1]]) if found else changed_since
    named_too = (each for each in named if each in heads)
    return ChangedHeads({each: heads[each] for each in (*found, *named_too)}, token, next=following)


class Goals:
    """The upstream at the top. `restore` takes it back to a backup: what it writes next is another branch."""

    def __init__(self, organizations: Sequence[str], faults: Faults, *, tells_deletion: bool = True) -> None:
        self.tells_deletion = tells_deletion
        self.streams = {organization: Stream(GOALS, organization) for organization in organizations}
        self._faults = faults
        self._ids = 0
        self._changes: dict[str, int] = {}
        self._clock = 0
        self.deleted: set[str] = set()
        """Organizations that were deleted; that is remembered across a restore."""
        self._backup: dict[str, list[Event]] = {organization: [] for organization in organizations}

    def delete(self, organization: str) -> list[Event]:
        """The last event of an organization, which has no stream from now on."""
        if organization in self.deleted:
            return []
        self._ids += 1
        self._clock += 1
        self._changes[organization] = self._clock
        self.deleted.add(organization)
        (event,) = self.streams[organization].append([(f"g{self._ids}", OrganizationDeleted(organization))])
        return [event]

    def write(self, organization: str, count: int, poison: Poison | None = None) -> list[Event]:
        if organization in self.deleted:
            return []
        rows: list[tuple[str, object]] = []
        for _ in range(count):
            self._ids += 1
            rows.append((f"g{self._ids}", poison or self._ids))
        self._clock += 1
        self._changes[organization] = self._clock
        return self.streams[organization].append(rows)

    def back_up(self) -> None:
        self._backup = {organization: list(stream.events) for organization, stream in self.streams.items()}

    def restore(self) -> None:
        for organization, events in self._backup.items():
            self.streams[organization].events = list(events)

    async def events(self, organization: str, after: int, limit: int) -> Page:
        await self._faults.call()
        page = self.streams[organization].page(after, limit)
        if organization in self.deleted and self.tells_deletion:
            page = Page([], GONE)
        await self._faults.wait()
        return page

    async def heads(
        self,
        changed_since: str | None,
        named: Collection[str] = (),
        after: Mapping[str, int] | None = None,
        page: HeadsPage | None = None,
    ) -> ChangedHeads:
        await self._faults.call()
        all_of_them = {
            organization: GONE if organization in self.deleted and self.tells_deletion else stream.head
            for organization, stream in self.streams.items()
        }
        answer = part_of_heads(all_of_them, self._changes, self._clock, changed_since, named, page)
        await self._faults.wait()
        return answer
