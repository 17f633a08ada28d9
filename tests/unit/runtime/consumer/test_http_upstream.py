"""What is said of a service that refuses to say what is new."""

from __future__ import annotations

import httpx
import pytest

from goldenthread.runtime.consumer.upstream_http import HttpUpstream
from goldenthread.runtime.observability.failures import is_away


async def test_an_answer_that_is_an_error_is_said_in_one_line() -> None:
    transport = httpx.MockTransport(lambda request: httpx.Response(503))
    async with httpx.AsyncClient(transport=transport) as client:
        with pytest.raises(httpx.HTTPStatusError) as raised:
            await HttpUpstream(client, "http://goals").events("org_a", 0, 10)
    assert str(raised.value) == "http://goals answered 503 to /v1/events"
    assert is_away(raised.value)
