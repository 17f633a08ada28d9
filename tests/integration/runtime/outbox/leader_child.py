"""A process that leads the relay of the database whose URL it reads, until it is killed. It says so on stdout."""

from __future__ import annotations

import asyncio
import sys
from typing import Any

from goldenthread.contracts.secret import Secret
from goldenthread.contracts.topics import GOALS
from goldenthread.runtime.outbox.relay import Relay
from goldenthread.runtime.postgres.database import open_pool
from goldenthread.runtime.postgres.migrations import SHARED


class Nowhere:
    """A producer for a relay that has nothing to publish."""

    async def start(self) -> None:
        print("leads", flush=True)

    async def stop(self) -> None:
        print("leads no more", flush=True)


async def lead(url: str) -> None:
    async with open_pool(Secret(url), 2, SHARED) as pool:
        make: Any = Nowhere
        await Relay(pool, make, GOALS).run()


if __name__ == "__main__":
    asyncio.run(lead(sys.stdin.readline().strip()))
