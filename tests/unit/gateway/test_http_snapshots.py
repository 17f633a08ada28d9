"""A snapshot read page by page is what was sent, in whatever pieces it arrives; one that is not whole is no answer."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from itertools import pairwise

import httpx
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.upstream.http_upstreams import HttpUpstreams
from gateway.upstream.ports import Unreachable
from gateway.upstream.streams import GOALS
from goldenthread.contracts.read_api import PeopleSnapshot, PersonName, StreamPosition
from goldenthread.contracts.snapshots import BrokenOff, SnapshotHead, end_line, head_line, page_line, people

NAMES = [PersonName(f"person_{number}", f"Name {number}\n", f"login{number}") for number in range(7)]
AT = StreamPosition(3, "event_3")


def body(names: Sequence[PersonName], *, pages: int = 3, end: int | None = None) -> bytes:
    """Names in pages of so many."""
    lines = [page_line(names[start : start + pages]) for start in range(0, len(names), pages)]
    return b"".join([head_line(SnapshotHead(AT)), *lines, end_line(len(names) if end is None else end)])


async def read(pieces: Sequence[bytes], status: int = 200) -> PeopleSnapshot:
    class Pieces(httpx.AsyncByteStream):
        async def __aiter__(self) -> AsyncIterator[bytes]:
            for piece in pieces:
                yield piece

    def answer(_: httpx.Request) -> httpx.Response:
        return httpx.Response(status, stream=Pieces())

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as client:
        return await HttpUpstreams(client, {GOALS: "http://goals"}).people("org_1")


@given(st.lists(st.integers(0, len(body(NAMES))), max_size=8), st.integers(1, 8))
async def test_whatever_the_pieces_are_the_whole_is_read(cuts: list[int], pages: int) -> None:
    sent = body(NAMES, pages=pages)
    places = [0, *sorted(min(cut, len(sent)) for cut in cuts), len(sent)]
    assert await read([sent[start:end] for start, end in pairwise(places)]) == PeopleSnapshot(AT, NAMES)


@given(st.integers(0, len(body(NAMES)) - 2))
async def test_what_breaks_off_anywhere_is_no_answer(length: int) -> None:
    with pytest.raises(Unreachable):
        await read([body(NAMES)[:length]])


@pytest.mark.parametrize(
    "sent",
    [
        body(NAMES, end=6),
        body(NAMES) + page_line(NAMES),
        head_line(SnapshotHead()) + b'{"page": 7}\n' + end_line(0),
        b"<html>\n",
    ],
)
def test_what_is_not_whole_or_not_in_our_language_is_told(sent: bytes) -> None:
    with pytest.raises(BrokenOff):
        people().of(sent)


async def test_an_answer_that_is_none_is_not_read() -> None:
    with pytest.raises(Unreachable, match="503"):
        await read([body(NAMES)], 503)


def test_nothing_is_a_snapshot_too() -> None:
    assert people().of(body([])) == PeopleSnapshot(AT, [])
    assert msgspec.json.decode(end_line(0)) == {"end": 0}
