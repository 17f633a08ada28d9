"""One signed POST per Standard Webhooks: to a checked address, following nothing, within a time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import httpx
from msgspec import Struct
from standardwebhooks.webhooks import Webhook as Signer

from goldenthread.runtime.http_client import Client
from services.notifications.targets import BadTarget, Targets
from services.notifications.webhooks import Webhook

_SECONDS = 10.0
_GONE = 410


class Outcome(Struct, frozen=True):
    """What became of an attempt: delivered, or a problem; `gone`: the receiver wants nothing any more."""

    problem: str | None = None
    gone: bool = False

    @property
    def delivered(self) -> bool:
        """The receiver answered with 2xx."""
        return self.problem is None


class Sender:
    """Sends messages over `client`, which must keep no connection: the next may be meant for another host."""

    def __init__(self, client: httpx.AsyncClient, targets: Targets) -> None:
        self._client, self._targets = client, targets

    async def send(self, webhook: Webhook, message: str, body: str) -> Outcome:
        """One attempt. Raises nothing but cancellation."""
        try:
            async with asyncio.timeout(_SECONDS):
                url = self._targets.url(webhook.url)
                status = await self._post(url, _headers(webhook, message, body), body)
        except BadTarget as error:
            return Outcome(str(error))
        except TimeoutError:
            return Outcome(f"no answer within {_SECONDS:g} seconds")
        except Exception as error:  # whatever a stranger's server makes of it, this attempt has failed
            return Outcome(f"{type(error).__name__}: {error}"[:500])
        if 200 <= status < 300:
            return Outcome()
        return Outcome(f"the receiver answered {status}", gone=status == _GONE)

    async def _post(self, url: httpx.URL, headers: dict[str, str], body: str) -> int:
        """The status; the first address that takes the connection answers for all of them."""
        headers |= {"Host": url.netloc.decode()}
        *others, last = await self._targets.addresses(url)
        for address in others:
            try:
                return await self._post_to(address, url, headers, body)
            except (httpx.ConnectError, httpx.ConnectTimeout):
                continue
        return await self._post_to(last, url, headers, body)

    async def _post_to(self, address: str, url: httpx.URL, headers: dict[str, str], body: str) -> int:
        # TLS is still about the host's name; what the receiver says beyond its status is not read.
        named = {"sni_hostname": url.raw_host.decode()}
        there = url.copy_with(host=address, fragment=None)
        async with self._client.stream("POST", there, content=body, headers=headers, extensions=named) as answer:
            return answer.status_code


def _headers(webhook: Webhook, message: str, body: str) -> dict[str, str]:
    now = datetime.now(UTC)
    return {
        "Content-Type": "application/json",
        "User-Agent": "GoldenThread-Webhooks",
        "webhook-id": message,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Signer(webhook.secret.reveal()).sign(message, now, body),
    }


@asynccontextmanager
async def webhook_client() -> AsyncIterator[httpx.AsyncClient]:
    """A client for strangers: no proxy of the environment, no redirects, no connection used twice."""
    async with Client(
        verify=httpx.create_ssl_context(),
        trust_env=False,
        follow_redirects=False,
        timeout=httpx.Timeout(_SECONDS, connect=5.0),
        limits=httpx.Limits(max_connections=50, max_keepalive_connections=0),
    ) as client:
        yield client
