"""`goldenthread export --everything`: a download that breaks off leaves no file, and says what may be the reason."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from goldenthread.cli.common.errors import CommandError
from goldenthread.cli.common.graphql_client import GraphQLClient
from goldenthread.cli.exports import whole_export
from goldenthread.contracts.secret import Secret


class BreaksOff(httpx.SyncByteStream):
    """The beginning of a file, and then an error, or the end."""

    def __init__(self, error: Exception | None) -> None:
        self._error = error

    def __iter__(self) -> Iterator[bytes]:
        yield b"PK"
        if self._error is not None:
            raise self._error


@pytest.mark.parametrize("error", [httpx.RemoteProtocolError("incomplete"), httpx.ReadError("reset"), None])
def test_who_reads_slowly_is_told_that_this_may_be_the_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception | None
) -> None:
    def connect(*_: Any) -> GraphQLClient:
        made = GraphQLClient("http://gateway/graphql", Secret("token"))
        answering = httpx.MockTransport(lambda _: httpx.Response(200, stream=BreaksOff(error)))
        monkeypatch.setattr(made, "_client", httpx.Client(transport=answering))
        return made

    monkeypatch.setattr(whole_export, "connect", connect)
    with pytest.raises(CommandError, match="A slow download breaks off while other organizations wait"):
        whole_export.save(tmp_path / "all.zip", tmp_path, None, None, None)
    assert list(tmp_path.iterdir()) == []
