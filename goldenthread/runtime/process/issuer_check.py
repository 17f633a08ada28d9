"""The issuer, checked when a process starts: no token is accepted while its keys cannot be read, so this is logged at
once and not only when the first request is refused. The start does not wait for it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from goldenthread.runtime.configuration.settings import ProcessSettings
from goldenthread.runtime.configuration.variables import variable
from goldenthread.runtime.observability.failures import log_unforeseen
from goldenthread.runtime.web.client import http_client
from goldenthread.runtime.web.jwt import KeysUnavailable, Verifier

log = logging.getLogger(__name__)

_PAUSE = 5.0
"""Seconds between two attempts."""


@asynccontextmanager
async def issuer_check(settings: ProcessSettings) -> AsyncIterator[None]:
    """While the block lasts, or until the keys were read, it is logged every few seconds that they cannot be."""
    looking = asyncio.create_task(_look(settings), name="issuer")
    try:
        yield
    finally:
        looking.cancel()
        await asyncio.wait({looking})


async def _look(settings: ProcessSettings) -> None:
    try:
        await _until_read(settings)
    except Exception as error:
        log_unforeseen("issuer", "the issuer was not looked at", error)


async def _until_read(settings: ProcessSettings) -> None:
    failed = False
    async with http_client() as client:
        verifier = Verifier.of(client, settings)
        while (problem := await _problem(verifier)) is not None:
            failed = True
            log.warning("%s; tokens of logins are refused until they can: see %s", problem, _named(settings))
            await asyncio.sleep(_PAUSE)
    if failed:
        log.info("the issuer's keys are read")


async def _problem(verifier: Verifier) -> str | None:
    try:
        await verifier.read_keys()
    except KeysUnavailable as error:
        cause = error.__cause__
        said = f"{type(cause).__name__} {cause}".strip()
        return f"the keys of the issuer {verifier.url} cannot be read: {said}"
    return None


def _named(settings: ProcessSettings) -> str:
    return variable("issuer_url" if settings.issuer_url else "issuer")
