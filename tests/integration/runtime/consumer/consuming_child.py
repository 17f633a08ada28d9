"""A process that consumes goals' topic, and whose handler raises what nobody thought of."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from starlette.applications import Starlette

from goldenthread.runtime.configuration.settings import ProcessSettings
from goldenthread.runtime.consumer.faststream_broker import open_broker
from goldenthread.runtime.consumer.subscription import consuming
from goldenthread.runtime.process.service import main
from services.alignment.subscribers import subscribe


class Projection:
    """As much of one as a consumer needs."""

    quarantined: tuple[()] = ()
    sources: tuple[()] = ()
    stats: dict[str, int] = {}

    def assign(self, _: Any) -> None:
        pass

    revoke = assign

    def owns(self, _: str) -> bool:
        return True

    async def consume(self, _: Any) -> None:
        raise RuntimeError("nobody thought of this")


@asynccontextmanager
async def build(settings: ProcessSettings) -> AsyncIterator[Starlette]:
    projection: Any = Projection()
    async with open_broker(settings, "child", []) as broker:
        async with consuming(broker, subscribe(broker, settings, projection, "child")):
            yield Starlette()


if __name__ == "__main__":
    main("child", ProcessSettings, build)
