"""A process as `runtime.service` makes them, that says on stdout how far it is. Arguments: what goes wrong, if any."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from goldenthread.runtime import health
from goldenthread.runtime.service import background, main
from goldenthread.runtime.settings import Service


def say(text: str) -> None:
    print(text, flush=True)


async def slow(_: Request) -> PlainTextResponse:
    say("asked")
    await asyncio.sleep(0.5)
    return PlainTextResponse("answered")


async def work() -> None:
    try:
        await asyncio.sleep(0.3 if "failing" in sys.argv else 3600)
    finally:
        say("work ends")
    raise RuntimeError("this work failed")


@asynccontextmanager
async def build(_: Service) -> AsyncIterator[Starlette]:
    say("building")
    try:
        if "stuck" in sys.argv:
            await asyncio.sleep(3600)
        async with background(asyncio.create_task(work(), name="work")):
            say("built")
            yield Starlette(routes=[Route("/slow", slow), *health.routes({})])
    finally:
        say("closing")
        await asyncio.sleep(3600 if "lingering" in sys.argv else 0.05)
        say("closed")


if __name__ == "__main__":
    main("child", Service, build)
