"""`python -m services.alignment`: the service as a process."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette

from goldenthread.runtime.process.service import main
from services.alignment.app import build
from services.alignment.settings import Settings

_PATIENT = 10
"""A process that judges only large organizations runs with a lower priority (`nice`): other processes go first."""


@asynccontextmanager
async def process(settings: Settings) -> AsyncIterator[Starlette]:
    """The running service, with what is set once for a whole process."""
    if settings.share == "large" and hasattr(os, "nice"):
        os.nice(_PATIENT)
    sys.setswitchinterval(0.00005)  # what a thread computes for a huge organization makes the others wait less
    gc.set_threshold(20_000, 25, 200)  # organizations are large and live long: few searches for garbage, none long
    async with build(settings) as app:
        yield app


if __name__ == "__main__":
    main("alignment", Settings, process)
