"""A receiver of webhooks on this machine: keeps what it gets, answers as told."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

from standardwebhooks.webhooks import Webhook
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from tests.support.asgi_server import serving


class ReceivedDelivery(NamedTuple):
    """One request: its headers and its body."""

    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        """The webhook-id it came under."""
        return self.headers["webhook-id"]

    def verified(self, secret: str) -> Any:
        """The payload. Raises when the signature is not that of `secret`."""
        return Webhook(secret).verify(self.body, self.headers)


class WebhookReceiver:
    """`statuses` are answered one after the other, then always 204; 3xx redirects to `/elsewhere`."""

    def __init__(self) -> None:
        self.url = ""
        self.got: list[ReceivedDelivery] = []
        self.statuses: list[int] = []
        self.elsewhere = 0

    async def receive(self, request: Request) -> Response:
        """One delivery."""
        self.got.append(ReceivedDelivery(dict(request.headers), await request.body()))
        status = self.statuses.pop(0) if self.statuses else 204
        return RedirectResponse("/elsewhere", status) if 300 <= status < 400 else Response(status_code=status)

    async def redirected(self, request: Request) -> Response:
        """Where a redirect leads to."""
        self.elsewhere += 1
        return Response(status_code=204)

    def types(self, secret: str) -> list[str]:
        """What was received, by type."""
        return [str(got.verified(secret)["type"]) for got in self.got]


@asynccontextmanager
async def webhook_receiver(host: str = "127.0.0.1", port: int = 0) -> AsyncIterator[WebhookReceiver]:
    """A receiver, listening; on a port that is free unless one is given."""
    made = WebhookReceiver()
    routes = [
        Route("/hook", made.receive, methods=["POST"]),
        Route("/elsewhere", made.redirected, methods=["GET", "POST"]),
    ]
    async with serving(Starlette(routes=routes), port, host=host) as url:
        made.url = f"{url}/hook"
        yield made
