"""The four processes with a provider that is not ours, and nothing of the issuer of `goldenthread up`."""

from __future__ import annotations

import asyncio
import json
import uuid
from pathlib import Path

import httpx
import pytest

from goldenthread.launcher.broker import Broker
from goldenthread.launcher.postgres import Postgres
from goldenthread.launcher.topology import PROCESSES
from tests.integration.identity.conftest import Reader
from tests.support.asgi_server import eventually
from tests.support.graphql_client import Client
from tests.support.openid.installation import installation, judged
from tests.support.openid.oidc_provider.server import OidcProvider, ResourceServer

pytestmark = pytest.mark.openid

SHORT = "urn:goldenthread:short"
KEYS_ARE_READ_AGAIN = 11.0
"""Seconds after the keys were read, after which a token that no key fits has them read again."""
LONGEST = 45.0
"""Seconds for which a token of one second can be taken, the leeway included, and some."""
CALLING = [process.client for process in PROCESSES if process.calls]


async def test_a_thread_is_spun_while_tokens_expire_keys_rotate_and_the_provider_restarts(
    provider: OidcProvider, reader: Reader, postgres: Postgres, broker: Broker, http: httpx.AsyncClient, place: Path
) -> None:
    provider.resources = {"urn:goldenthread": ResourceServer(seconds=8), SHORT: ResourceServer(seconds=1)}
    await provider.reload()
    told = {process.name: provider.variables(process.client) for process in PROCESSES}
    async with installation(postgres, broker, place / f"signed-in-{uuid.uuid4().hex}", told) as running:
        operator = await provider.service_token("goldenthread-operator")
        organization = await running.found(http, operator, "ada")
        provider.claims["ada"] = {"organization": organization}
        await provider.reload()

        short = await provider.person_token("ada", SHORT)
        closing = asyncio.create_task(_closed(running.client(http, short)))
        ada = running.client(http, await provider.person_token("ada"))
        await ada.do("publishPurpose", "purpose { id }", {"statement": "Everybody hears."})
        await judged(ada, "before the rotation")

        await provider.keys_unread(KEYS_ARE_READ_AGAIN)
        read = provider.keys_read
        await provider.rotate(keep_old=True)
        ada = running.client(http, await provider.person_token("ada"))
        await judged(ada, "after the rotation")
        await eventually(lambda: provider.keys_read >= read + len(PROCESSES))

        await provider.stop()
        await provider.start()
        assert await closing == (4403, "The token has expired; connect again with a new one.")
        assert await reader.refusal(short)
        ada = running.client(http, await provider.person_token("ada"))
        await judged(ada, "after the restart")
        assert (await ada.post("{ viewer { person { name } } }", headers=_bearer(short))).status_code == 401
        logs = running.logs()
    assert min(map(provider.given, CALLING)) >= 5
    refused = ("401 Unauthorized", "answers 401", "answered 401")
    assert [line for line in logs.splitlines() if any(words in line for words in refused)] == []
    assert provider.secret not in logs


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


async def _closed(client: Client) -> tuple[int | None, str | None]:
    """How a socket on which a subscription runs, and which nobody closes, is closed."""
    async with client.socket() as socket:
        payload = {"query": "subscription { alertChanged { kind } }"}
        await socket.send(json.dumps({"id": "1", "type": "subscribe", "payload": payload}))
        await asyncio.wait_for(socket.wait_closed(), LONGEST)
        return socket.close_code, socket.close_reason
