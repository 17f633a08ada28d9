"""A look at the database every few seconds, for numbers that metrics show: the database is not asked when they are."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from goldenthread.runtime.observability.failures import is_away, log_unforeseen, raise_if_cancelled

log = logging.getLogger(__name__)

LOOK_SECONDS = 5.0


async def look_again_and_again(look: Callable[[], Awaitable[None]], what: str, seconds: float = LOOK_SECONDS) -> None:
    """Call `look` until cancelled, with `seconds` between two looks.

    It never ends the process: while the database is away, or after an unexpected error, the numbers of the last look
    stay. `what` names them in the log.
    """
    while True:
        try:
            await look()
        except Exception as error:
            raise_if_cancelled(error)
            if is_away(error):
                log.info("%s are looked at again: %s: %s", what, type(error).__name__, error)
            else:
                log_unforeseen("metrics", f"{what} were not read", error)
        await asyncio.sleep(seconds)
