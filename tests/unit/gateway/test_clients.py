"""A service that is away is said to be away."""

from __future__ import annotations

import httpx
import pytest

from gateway.clients import Producers
from gateway.sources import Unreachable
from goldenthread.contracts.events.goals import SOURCE


@pytest.mark.parametrize("error", [httpx.ConnectError("All connection attempts failed"), httpx.ReadError("")])
async def test_a_connection_that_ended_makes_its_service_unreachable(error: Exception) -> None:
    def gone(_: httpx.Request) -> httpx.Response:
        raise error

    async with httpx.AsyncClient(transport=httpx.MockTransport(gone)) as client:
        with pytest.raises(Unreachable, match="does not answer"):
            await Producers(client, {SOURCE: "http://goals"}).heads(SOURCE, None)
