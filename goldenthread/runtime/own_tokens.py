"""What this process shows the others, as its settings say."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from goldenthread.runtime.client_credentials import ClientCredentials
from goldenthread.runtime.failures import background
from goldenthread.runtime.health import Check, NotReady
from goldenthread.runtime.http_client import http_client
from goldenthread.runtime.settings import Service
from goldenthread.runtime.token_sources import StaticToken, TokenFile, TokenSource


@asynccontextmanager
async def own_tokens(settings: Service) -> AsyncIterator[TokenSource | None]:
    """Where the tokens of this process come from, as long as the block; None where the settings give it none.

    It does not wait for the issuer: while that is away the calls to other processes fail, as if those were away.
    """
    if settings.service_client_id is not None:
        async with http_client() as client:
            source = ClientCredentials.of(client, settings)
            async with background(asyncio.create_task(source.run(), name="own token")):
                yield source
    elif settings.service_token_file is not None:
        yield TokenFile(settings.service_token_file, settings.service_token)
    else:
        yield None if settings.service_token is None else StaticToken(settings.service_token)


def own_token_check(source: TokenSource | None) -> dict[str, Check]:
    """A check that says why this process has no new token, for what is reported beside readiness."""

    async def has_token() -> None:
        problem = None if source is None else source.problem()
        if problem is not None:
            raise NotReady(problem)

    return {"own token": has_token}
