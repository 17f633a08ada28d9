"""A large answer is sent in portions, and is the same JSON as one that is sent at once."""

from __future__ import annotations

import msgspec
import pytest
from starlette.responses import Response, StreamingResponse

from goldenthread.contracts.errors import ErrorCode, Problem
from goldenthread.contracts.replies import Accepted
from services.goals.api import _accepted_response


def _accepted(events: int) -> Accepted:
    made = [msgspec.Raw(b'{"id":"%d","data":"\\"here\\""}' % number) for number in range(events)]
    return Accepted(events, ["objective_1"], made, [Problem(ErrorCode.INVALID, '"here"', ["here"])])


async def _body(response: Response) -> bytes:
    if not isinstance(response, StreamingResponse):
        return bytes(response.body)
    parts = [part async for part in response.body_iterator]
    assert all(isinstance(part, bytes) and len(part) < 20_000 for part in parts)
    return b"".join(part for part in parts if isinstance(part, bytes))


@pytest.mark.parametrize("events", [0, 1, 500, 501, 1_000, 1_234])
async def test_every_event_is_in_the_answer_once_and_in_its_order(events: int) -> None:
    response = _accepted_response(_accepted(events))
    assert isinstance(response, StreamingResponse) == (events > 500)
    assert await _body(response) == msgspec.json.encode(_accepted(events))
