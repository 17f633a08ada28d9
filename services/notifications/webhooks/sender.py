"""One signed POST per Standard Webhooks: to a checked address, following no redirect, within a time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import httpx
from msgspec import Struct
from standardwebhooks.webhooks import Webhook as Signer

from goldenthread.runtime.web.client import HttpClient
from services.notifications.webhooks.targets import BadTarget, TargetPolicy
from services.notifications.webhooks.webhook_store import WebhookEndpoint

_ADDRESSES = 4
_CONNECTIONS = 512
_GONE = 410


class AttemptResult(Struct, frozen=True):
    """What became of an attempt: delivered, or a problem; `gone`: the receiver wants nothing any more.

    `status` is what the receiver answered; where it did not answer, `error` is the type of what went wrong.
    """

    problem: str | None = None
    gone: bool = False
    status: int | None = None
    error: str = ""

    @property
    def delivered(self) -> bool:
        """The receiver answered with 2xx."""
        return self.problem is None


class Sender:
    """Sends messages over `client`, which must keep no connection: the next may be meant for another host."""

    def __init__(self, client: httpx.AsyncClient, targets: TargetPolicy) -> None:
        self._client, self._targets = client, targets

    async def send(self, webhook: WebhookEndpoint, message: str, body: str, seconds: float) -> AttemptResult:
        """One attempt, over within `seconds`: name lookup, connection and answer. Raises nothing but cancellation."""
        try:
            async with asyncio.timeout(seconds):
                url = self._targets.url(webhook.url.reveal())
                status = await self._post(url, _headers(webhook, message, body), body, seconds)
        except BadTarget as error:
            return AttemptResult(str(error), error="BadTarget")
        except TimeoutError:
            return AttemptResult(f"no answer within {seconds:g} seconds", error="timeout")
        except Exception as error:  # whatever a stranger's server makes of it, this attempt has failed
            return AttemptResult(f"{type(error).__name__}: {error}"[:500], error=type(error).__name__)
        if 200 <= status < 300:
            return AttemptResult(status=status)
        return AttemptResult(f"the receiver answered {status}", gone=status == _GONE, status=status)

    async def _post(self, url: httpx.URL, headers: dict[str, str], body: str, seconds: float) -> int:
        """The status; the first address that takes the connection answers for all. All were checked, a few are tried,
        each for its part of the time.
        """
        addresses = (await self._targets.addresses(url))[:_ADDRESSES]
        timeout = httpx.Timeout(seconds, connect=seconds / len(addresses))
        headers |= {"Host": url.netloc.decode()}
        for address in addresses[:-1]:
            try:
                return await self._post_to(url.copy_with(host=address), url, headers, body, timeout)
            except (httpx.ConnectError, httpx.ConnectTimeout):
                continue
        return await self._post_to(url.copy_with(host=addresses[-1]), url, headers, body, timeout)

    async def _post_to(
        self, there: httpx.URL, url: httpx.URL, headers: dict[str, str], body: str, timeout: httpx.Timeout
    ) -> int:
        # TLS is still about the host's name; what the receiver says beyond its status is not read.
        named = {"sni_hostname": url.raw_host.decode()}
        async with self._client.stream(
            "POST", there, content=body, headers=headers, extensions=named, timeout=timeout
        ) as answer:
            return answer.status_code


def _headers(webhook: WebhookEndpoint, message: str, body: str) -> dict[str, str]:
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
    async with HttpClient(
        verify=httpx.create_ssl_context(),
        trust_env=False,
        follow_redirects=False,
        limits=httpx.Limits(max_connections=_CONNECTIONS, max_keepalive_connections=0),
    ) as client:
        yield client
