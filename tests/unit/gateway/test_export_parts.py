"""The ZIP file of an export: its files in order, in bounded portions, and never whole where a part broke off."""

from __future__ import annotations

import io
import zipfile
from collections.abc import AsyncIterator

import httpx
import pytest

from gateway.http.export_endpoint import zipped
from gateway.upstream.ports import Unreachable


class Chunks(httpx.AsyncByteStream):
    """A body that comes in pieces of any size."""

    def __init__(self, body: bytes, size: int) -> None:
        self._body, self._size = body, size

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for start in range(0, len(self._body), self._size):
            yield self._body[start : start + self._size]


def part(body: bytes, size: int = 7) -> httpx.Response:
    return httpx.Response(200, stream=Chunks(body, size))


async def whole(*parts: httpx.Response) -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(b"".join([piece async for piece in zipped(list(parts))])))


@pytest.mark.parametrize("size", [1, 7, 100_000])
async def test_files_of_all_parts_are_in_it_as_they_came(size: int) -> None:
    first = part(b'file a.jsonl\n{"a":1}\n{"a":2}\nfile empty.jsonl\nend\n', size)
    second = part(b'file b.jsonl\n{"b":"file x"}\nend\n', size)
    file = await whole(first, second)
    assert file.testzip() is None
    assert file.namelist() == ["README.txt", "a.jsonl", "empty.jsonl", "b.jsonl"]
    assert file.read("a.jsonl") == b'{"a":1}\n{"a":2}\n'
    assert file.read("empty.jsonl") == b""
    assert file.read("b.jsonl") == b'{"b":"file x"}\n'


@pytest.mark.parametrize("body", [b'file a.jsonl\n{"a":1}\n', b'file a.jsonl\n{"a":', b"", b"file a.jsonl\nen"])
async def test_a_part_that_breaks_off_leaves_no_file_that_opens(body: bytes) -> None:
    received = io.BytesIO()

    async def read() -> None:
        async for piece in zipped([part(body)]):
            received.write(piece)

    with pytest.raises(Unreachable):
        await read()
    assert not zipfile.is_zipfile(received)


async def test_no_more_than_a_portion_is_held() -> None:
    line = b'{"n":"' + b"".join(bytes([65 + number % 26]) for number in range(20_000)) + b'"}\n'
    noise = b"".join(b'{"%d":%d}\n' % (number, number * 7_919) for number in range(200_000))
    pieces = [piece async for piece in zipped([part(b"file a.jsonl\n" + noise + line + b"end\n", 65_536)])]
    assert len(pieces) > 3
    assert max(map(len, pieces)) < 600_000
