"""The number of partitions is chosen once: databases record it, and who is told another number refuses."""

from __future__ import annotations

import asyncio

import pytest

from goldenthread.contracts.secret import Secret
from goldenthread.runtime.postgres.database import open_pool
from goldenthread.runtime.postgres.installation import OtherPartitions, agree_on_partitions
from goldenthread.runtime.postgres.migrations import SHARED


async def test_the_first_number_is_recorded_and_another_one_is_refused(database: Secret) -> None:
    async with open_pool(database, 2, SHARED) as pool:
        await agree_on_partitions(pool, 6)
        await agree_on_partitions(pool, 6)
        with pytest.raises(OtherPartitions, match=r"has 6 partitions.*GOLDENTHREAD_PARTITIONS is 12; set it to 6"):
            await agree_on_partitions(pool, 12)
        await agree_on_partitions(pool, 6)


async def test_of_processes_that_start_together_all_have_one_number(database: Secret) -> None:
    async with open_pool(database, 8, SHARED) as pool:
        starts = [agree_on_partitions(pool, number) for number in (3, 12) * 4]
        found = await asyncio.gather(*starts, return_exceptions=True)
        refused = [each for each in found if isinstance(each, OtherPartitions)]
        assert len(refused) == 4
        assert found.count(None) == 4
