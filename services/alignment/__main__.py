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

_GARBAGE = (100_000, 5, 200)
"""Objects made before the youngest are searched for cyclic garbage (some milliseconds), such searches before the next
generation is, and those before everything may be. Organizations are large and live long: few searches, and none long.

The first number is several times what two batches of records hold (1,000 records are some 16,000 objects). With 20,000
the records of nearly every batch were searched, although all of them end with the batch: a tenth of the processor time
of an event, or more (`python -m benchmarks cpu`).
"""


@asynccontextmanager
async def process(settings: Settings) -> AsyncIterator[Starlette]:
    """The running service, with what is set once for a whole process."""
    if settings.share == "large" and hasattr(os, "nice"):
        os.nice(_PATIENT)
    sys.setswitchinterval(0.00005)  # what a thread computes for a huge organization makes the others wait less
    gc.set_threshold(*_GARBAGE)
    async with build(settings) as app:
        yield app


if __name__ == "__main__":
    main("alignment", Settings, process)
