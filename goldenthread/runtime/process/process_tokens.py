"""The tokens of this process, as its settings say: what it shows the other processes, and what the brokers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import NamedTuple

from goldenthread.runtime.configuration.settings import ProcessSettings
from goldenthread.runtime.observability.failures import background
from goldenthread.runtime.observability.health import Check, NotReady
from goldenthread.runtime.tokens.client_credentials import ClientCredentials
from goldenthread.runtime.tokens.token_sources import StaticToken, TokenFile, TokenSource
from goldenthread.runtime.web.client import http_client


class ProcessTokens(NamedTuple):
    """Where the tokens come from that are shown to other processes, and to the brokers where these take tokens."""

    services: TokenSource | None = None
    kafka: TokenSource | None = None

    @property
    def checks(self) -> dict[str, Check]:
        """Checks that say why there is no new token, for what is reported beside readiness."""
        return {
            f"token for {name}": _has_token(source) for name, source in self._asdict().items() if source is not None
        }


@asynccontextmanager
async def process_tokens(settings: ProcessSettings) -> AsyncIterator[ProcessTokens]:
    """The tokens, kept valid as long as the block.

    It does not wait for the issuer: while that is away the calls to other processes fail, as if those were away.
    """
    for_brokers = settings.shows_brokers_a_token
    if not settings.calls_others and not for_brokers:
        yield ProcessTokens()
    elif settings.service_client_id is not None:
        async with _of_client(settings) as found:
            yield found
    else:
        given = _given(settings)
        yield ProcessTokens(given, given if for_brokers else None)


@asynccontextmanager
async def _of_client(settings: ProcessSettings) -> AsyncIterator[ProcessTokens]:
    async with http_client() as client:
        services = ClientCredentials.of(client, settings)
        kafka = services
        if settings.kafka_oauth_scope is not None:
            kafka = ClientCredentials.of(client, settings, settings.kafka_oauth_scope)
        used = ({services} if settings.calls_others else set()) | ({kafka} if settings.shows_brokers_a_token else set())
        async with background(*(asyncio.create_task(each.run(), name="own token") for each in used)):
            yield ProcessTokens(*(each if each in used else None for each in (services, kafka)))


def _given(settings: ProcessSettings) -> TokenSource | None:
    if settings.service_token_file is not None:
        return TokenFile(settings.service_token_file, settings.service_token)
    return None if settings.service_token is None else StaticToken(settings.service_token)


def _has_token(source: TokenSource) -> Check:
    async def check() -> None:
        problem = source.problem()
        if problem is not None:
            raise NotReady(problem)

    return check
