"""The issuers, checked when a process starts: no token of an issuer is accepted while its keys cannot be read, so this
is logged at once and not only when the first request is refused. The start does not wait for it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from goldenthread.runtime.configuration.settings import ProcessSettings
from goldenthread.runtime.identity.caller import KeysUnavailable
from goldenthread.runtime.identity.issuer_verifier import IssuerVerifier
from goldenthread.runtime.identity.verifier import Verifier
from goldenthread.runtime.observability.failures import log_unforeseen
from goldenthread.runtime.web.client import http_client

log = logging.getLogger(__name__)

_PAUSE = 5.0
"""Seconds between two attempts."""


@asynccontextmanager
async def issuer_check(settings: ProcessSettings) -> AsyncIterator[None]:
    """While the block lasts, or until the keys of every issuer were read, it is logged every few seconds whose keys
    cannot be.
    """
    looking = asyncio.create_task(_look(settings), name="issuer")
    try:
        yield
    finally:
        looking.cancel()
        await asyncio.wait({looking})


async def _look(settings: ProcessSettings) -> None:
    try:
        async with http_client() as client, asyncio.TaskGroup() as group:
            for issuer in Verifier.of(client, settings).issuers:
                group.create_task(_until_read(issuer))
    except Exception as error:
        log_unforeseen("issuer", "the issuers were not looked at", error)


async def _until_read(issuer: IssuerVerifier) -> None:
    failed = False
    while (problem := await _problem(issuer)) is not None:
        failed = True
        source = issuer.trusted.documents_source
        log.warning("%s; tokens of its logins are refused until they can: see %s", problem, source)
        await asyncio.sleep(_PAUSE)
    if failed:
        log.info("the issuer's keys are read: %s", issuer.keys.url)


async def _problem(issuer: IssuerVerifier) -> str | None:
    try:
        await issuer.keys.fresh()
    except KeysUnavailable as error:
        cause = error.__cause__
        said = f"{type(cause).__name__} {cause}".strip()
        return f"the keys of the issuer {issuer.keys.url} cannot be read: {said}"
    return None
