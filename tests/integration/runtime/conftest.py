"""An outbox of its own for each test, and producers for its relays."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from goldenthread.contracts.secret import Secret
from goldenthread.launcher.broker import Broker
from goldenthread.launcher.issuer import Issuer
from goldenthread.runtime.postgres.database import Pool, open_pool
from goldenthread.runtime.postgres.migrations import SHARED
from tests.integration.runtime.outbox.relays import Make, making


@pytest.fixture
async def pool(database: Secret) -> AsyncIterator[Pool]:
    async with open_pool(database, 8, SHARED) as made:
        yield made


@pytest.fixture
def make(broker: Broker, issuer: Issuer) -> Make:
    return making(broker.address, issuer)
