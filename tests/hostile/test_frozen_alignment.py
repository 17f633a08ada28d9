"""alignment that is frozen (it is there, takes connections, and never answers) takes nobody's time."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.support.asgi_server import eventually
from tests.support.running_instance import RunningInstance
from tests.support.story_organization import StoryOrganization

pytestmark = pytest.mark.alone


@contextmanager
def frozen(pid: int) -> Iterator[None]:
    """Stopped as long as the block, which is shorter than the launcher's patience with it."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


async def test_beside_a_frozen_alignment_changes_take_a_few_deadlines_and_then_no_time(
    up: RunningInstance, org: StoryOrganization
) -> None:
    waits = []
    with frozen(up.instance.pids["alignment"]):
        for number in range(8):
            began = time.monotonic()
            done = await org.admin.do("publishPurpose", "revision upToDate", {"statement": f"Be useful {number}"})
            waits.append(time.monotonic() - began)
            assert done["upToDate"] is False
        assert sum(waits) < 12, waits
        assert sorted(waits[4:])[1] < 2, waits  # of a busy machine any single one says little

    async def judged() -> bool:
        return bool((await org.admin.ask("{ purpose { alignment { upToDate } } }"))["purpose"]["alignment"]["upToDate"])

    await eventually(judged)
