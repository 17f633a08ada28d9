"""Servers for the image: real ones, of their own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.deploy.conftest import postgres, room
from tests.support.apache_kafka.broker import ApacheKafka

__all__ = ["postgres", "room"]


@pytest.fixture
async def broker(room: Path) -> AsyncIterator[ApacheKafka]:
    async with ApacheKafka(room) as server:
        yield server
