"""A snapshot on the wire: lines of JSON, so that neither side has to hold up everybody for the whole of it.

The first line is the head (`SnapshotHead`), then come pages of at most `PAGE` rows, `{"page": ...}`, and at last
`{"end": ROWS}`: a stream that breaks off is noticed. All lines are of one commit boundary. What a page is, differs:
`GoalsPage`, a list of `NodeVerdict`, of `Alert`, or of `PersonName`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Generic, TypeVar

import msgspec
from msgspec import Struct

from goldenthread.contracts.entities import (
    CheckIn,
    CustomerFeedback,
    Cycle,
    Entity,
    KeyResult,
    Link,
    Objective,
    OrganizationInfo,
    OrgUnit,
    Person,
    Purpose,
    Question,
    Why,
    WhyAnswer,
)
from goldenthread.contracts.events.alerts import Alert
from goldenthread.contracts.read_api import (
    AlertsSnapshot,
    AlignmentSnapshot,
    GoalsSnapshot,
    NodeVerdict,
    PeopleSnapshot,
    PersonName,
    StreamPosition,
)

MEDIA_TYPE = "application/x-ndjson"
PAGE = 1_000
"""Rows in a page, at most: some ten milliseconds of decoding."""

P = TypeVar("P")
R = TypeVar("R")
S = TypeVar("S")


class SnapshotHead(Struct, frozen=True, omit_defaults=True):
    """Where the stream of who answers was; of a projection also the goals revision it has folded, and its event."""

    position: StreamPosition = StreamPosition()
    judged: int = 0
    judged_id: str | None = None


class GoalsPage(Struct, frozen=True, omit_defaults=True):
    """Entities of goals, each under the prefix of its id."""

    org: list[OrganizationInfo] = []
    unit: list[OrgUnit] = []
    person: list[Person] = []
    cycle: list[Cycle] = []
    purpose: list[Purpose] = []
    why: list[Why] = []
    objective: list[Objective] = []
    keyresult: list[KeyResult] = []
    checkin: list[CheckIn] = []
    link: list[Link] = []
    answer: list[WhyAnswer] = []
    question: list[Question] = []
    feedback: list[CustomerFeedback] = []

    def entities(self) -> Iterator[Entity]:
        """Everything in it."""
        for name in self.__struct_fields__:
            yield from getattr(self, name)


class _Line(Struct, Generic[P], omit_defaults=True):
    page: P | None = None
    end: int | None = None


class BrokenOff(Exception):
    """A snapshot that is not whole, or not in our language."""


class Snapshot(Generic[R, S]):
    """One snapshot as it is read, line by line."""

    def __init__(self, page: Any, rows: Callable[[Any], Sequence[R]], made: Callable[[SnapshotHead, list[R]], S]):
        self._decoder = msgspec.json.Decoder(_Line[page])
        self._of_page, self._made = rows, made
        self._head: SnapshotHead | None = None
        self._rows: list[R] = []
        self._ended = False

    def line(self, line: bytes | bytearray) -> None:
        """Take one line. Raises `BrokenOff` for one that does not belong here."""
        if self._ended:
            raise BrokenOff("it goes on after its end")
        try:
            if self._head is None:
                self._head = msgspec.json.decode(line, type=SnapshotHead)
                return
            found = self._decoder.decode(line)
        except msgspec.MsgspecError as error:
            raise BrokenOff(f"a line cannot be read: {error}") from error
        if found.page is not None:
            self._rows.extend(self._of_page(found.page))
        self._ended = found.end is not None
        if self._ended and found.end != len(self._rows):
            raise BrokenOff(f"{len(self._rows)} rows of {found.end} came")

    def whole(self) -> S:
        """What was read. Raises `BrokenOff` when the end is missing."""
        if self._head is None or not self._ended:
            raise BrokenOff(f"it ended after {len(self._rows)} rows")
        return self._made(self._head, self._rows)

    def of(self, body: bytes) -> S:
        """What a whole body says. Raises `BrokenOff`."""
        for line in body.splitlines():
            self.line(line)
        return self.whole()


def goals() -> Snapshot[Entity, GoalsSnapshot]:
    """Reads the snapshot of goals; its rows are sorted by kind page by page."""
    by_kind: dict[type, list[Any]] = {}

    def rows(page: GoalsPage) -> list[Entity]:
        found = list(page.entities())
        for row in found:
            by_kind.setdefault(type(row), []).append(row)
        return found

    return Snapshot(GoalsPage, rows, lambda head, _: _goals(head, by_kind))


def alignment() -> Snapshot[NodeVerdict, AlignmentSnapshot]:
    """Reads the snapshot of alignment."""
    return Snapshot(
        list[NodeVerdict], _same, lambda head, rows: AlignmentSnapshot(head.position, head.judged, rows, head.judged_id)
    )


def alerts() -> Snapshot[Alert, AlertsSnapshot]:
    """Reads the snapshot of notifications."""
    return Snapshot(list[Alert], _same, lambda head, rows: AlertsSnapshot(head.position, head.judged, rows))


def people() -> Snapshot[PersonName, PeopleSnapshot]:
    """Reads what people are called."""
    return Snapshot(list[PersonName], _same, lambda head, rows: PeopleSnapshot(head.position, rows))


def head_line(head: SnapshotHead) -> bytes:
    """The first line."""
    return msgspec.json.encode(head) + b"\n"


def page_line(page: Any) -> bytes:
    """A line with a page; rows may be `msgspec.Raw`."""
    return msgspec.json.encode({"page": page}) + b"\n"


def end_line(rows: int) -> bytes:
    """The last line, after so many rows."""
    return msgspec.json.encode({"end": rows}) + b"\n"


def _same(page: list[R]) -> list[R]:
    return page


def _goals(head: SnapshotHead, by_kind: dict[type, list[Any]]) -> GoalsSnapshot:
    def one(kind: type[R]) -> R | None:
        return next(iter(by_kind.get(kind, ())), None)

    def all_of(kind: type[R]) -> list[R]:
        return by_kind.get(kind, [])

    return GoalsSnapshot(
        head.position,
        one(OrganizationInfo),
        all_of(OrgUnit),
        all_of(Person),
        all_of(Cycle),
        one(Purpose),
        all_of(Why),
        all_of(Objective),
        all_of(KeyResult),
        all_of(CheckIn),
        all_of(Link),
        all_of(WhyAnswer),
        all_of(Question),
        all_of(CustomerFeedback),
    )
