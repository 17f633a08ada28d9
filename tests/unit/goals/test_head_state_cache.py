"""The lock of an organization is one for everybody, and is not kept for names that callers make up."""

from __future__ import annotations

import asyncio
import gc

from services.goals.head_state_cache import HeadStateCache


async def test_a_lock_is_the_same_for_all_who_want_it_and_gone_after_them() -> None:
    cache = HeadStateCache(10, 600)
    inside: list[str] = []

    async def work(name: str) -> None:
        async with cache.command_lock("org_a"):
            assert inside == []
            inside.append(name)
            gc.collect()
            await asyncio.sleep(0)
            inside.remove(name)

    await asyncio.gather(*(work(str(number)) for number in range(5)))
    for number in range(100):
        async with cache.command_lock(f"org_made_up_{number}"):
            pass
    gc.collect()
    assert len(cache._locks) == 0
