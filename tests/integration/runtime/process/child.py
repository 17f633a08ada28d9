"""A process as `runtime.service` makes them, that says on stdout how far it is. Arguments: what goes wrong, if any;
with `held`, a request for /slow is answered after a line on stdin.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from goldenthread.runtime.configuration.settings import ProcessSettings
from goldenthread.runtime.observability import failures, health
from goldenthread.runtime.observability.failures import background
from goldenthread.runtime.process.service import main


def say(text: str) -> None:
    print(text, flush=True)


async def slow(_: Request) -> PlainTextResponse:
    say("asked")
    await (asyncio.to_thread(sys.stdin.readline) if "held" in sys.argv else asyncio.sleep(0.5))
    return PlainTextResponse("answered")


FAILING = {"failing", "returning", "cancelled"}


async def work() -> None:
    try:
        await asyncio.sleep(0.3 if FAILING & set(sys.argv) else 3600)
    finally:
        say("work ends")
    if "returning" in sys.argv:
        return
    if "cancelled" in sys.argv:
        raise asyncio.CancelledError
    raise RuntimeError("this work failed")


@asynccontextmanager
async def build(_: ProcessSettings) -> AsyncIterator[Starlette]:
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
        if "stubborn" in sys.argv:
            time.sleep(3600)  # noqa: ASYNC251
        say("closed")


if __name__ == "__main__":
    if "stubborn" in sys.argv:
        failures.END_WITHIN = 0.5
    main("child", ProcessSettings, build)
