"""What a file is refused for."""

from __future__ import annotations

import pytest

from goldenthread import exchange
from goldenthread.contracts.errors import ErrorCode, Refused
from goldenthread.contracts.plan import PlanFormat


def refusal(content: str | bytes, format: PlanFormat | None = None) -> str:
    with pytest.raises(Refused) as refused:
        exchange.read(content, format)
    (problem,) = refused.value.problems
    assert problem.code is ErrorCode.INVALID
    assert problem.path == ["content"]
    return problem.message
