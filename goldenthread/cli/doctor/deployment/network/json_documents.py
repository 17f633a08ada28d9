"""JSON that others answer over HTTP, read with a bound."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
import msgspec
from msgspec import Struct

_LONGEST = 1024 * 1024
"""Bytes of an answer, at most; what is longer is no document that is asked for here."""


class JsonAnswer(Struct, frozen=True):
    """An answer: its status, the bytes of it, and what the clock of the other side says."""

    status: int
    content: bytes
    at: datetime | None = None

    @property
    def json(self) -> dict[str, Any]:
        """The object that was answered; an empty one when there is none."""
        try:
            found = msgspec.json.decode(self.content)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return {}
        return found if isinstance(found, dict) else {}


async def get_json(http: httpx.AsyncClient, url: str, headers: Mapping[str, str] | None = None) -> JsonAnswer:
    """The answer to GET. Raises `httpx.HTTPError`, and `httpx.InvalidURL` for what is no URL."""
    content = bytearray()
    async with http.stream("GET", url, headers={"Accept": "application/json", **(headers or {})}) as answer:
        async for piece in answer.aiter_bytes():
            content += piece
            if len(content) > _LONGEST:
                raise httpx.ReadError(f"more than {_LONGEST} bytes are answered")
        return JsonAnswer(answer.status_code, bytes(content), _clock(answer.headers))


def _clock(headers: Mapping[str, str]) -> datetime | None:
    """When it was answered; nothing of an answer that was kept somewhere on the way."""
    try:
        at = parsedate_to_datetime(headers["date"]) if int(headers.get("age", "0")) == 0 else None
    except (KeyError, ValueError, TypeError):
        return None
    return at if at is None or at.tzinfo is not None else at.replace(tzinfo=UTC)
