"""Subscriptions over `graphql-transport-ws`: Strawberry speaks the protocol, we say who may and what is sent.

The token comes in the payload of `connection_init` (`{"Authorization": "Bearer …"}`), or in a header of the handshake
from clients that can set one; and so does the organization, where the token is for several
(`"Golden-Thread-Organization": "org_…"`). A socket without a good token is closed with 4403, and so is one without a
choice, one whose token expires, or whose person leaves or is given another login.

Closed with 1013 (try again later) is a socket beyond what one caller may have open, and one whose reader is stuck
(`runtime/web/websocket_protocol.py`); with 4408 one that is not initialised in time, and one on which nothing runs and
nothing is said for `idle_seconds`; with 4400 one on which something is said that is not understood. A query or
mutation counts among its caller's requests in flight.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from contextvars import ContextVar
from datetime import timedelta
from typing import Any

import orjson
import strawberry
from graphql import GraphQLError, OperationDefinitionNode, OperationType
from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.http.exceptions import WebSocketDisconnected
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL
from strawberry.subscriptions.protocols.graphql_transport_ws.handlers import BaseGraphQLTransportWSHandler
from strawberry.subscriptions.protocols.graphql_transport_ws.types import (
    ConnectionInitMessage,
    Message,
    SubscribeMessage,
)

from gateway.budget.quotas import Quota, QuotaState
from gateway.errors import BadRequest, RateLimited
from gateway.http.authentication import RequestAuthenticator
from gateway.http.graphql_ws_messages import decoded, malformed, unreadable
from gateway.http.operation_span import operation_span
from gateway.live.callers import CallerPresence
from gateway.request.context import RequestContext
from gateway.schema.documents.limits import OverLimit
from gateway.schema.documents.parser import parse
from gateway.schema.documents.variables import check
from goldenthread.contracts.errors import NO_SUCH_LOGIN
from goldenthread.contracts.secret import Secret
from goldenthread.runtime.identity.caller import ORGANIZATION_HEADER
from goldenthread.runtime.observability import metrics
from goldenthread.runtime.web.deadlines import Deadline

log = logging.getLogger(__name__)

FORBIDDEN, LATER, IDLE, MALFORMED, FAILED = 4403, 1013, 4408, 4400, 1011
_running: ContextVar[Any] = ContextVar("operation", default=None)
"""What runs in this task."""
_FAILED = (
    "Something failed on our side. Of a mutation it is not known whether it took effect; look before you send it again."
)
_MOST_REASON = 120
"""Bytes of the reason in a close frame; the protocol allows 123."""
_INIT_WITHIN = timedelta(seconds=10)
_MOST_OPERATIONS = 100
OPERATIONS = Quota("operations-per-socket", _MOST_OPERATIONS)


class _Handshake(Struct, frozen=True):
    """What the headers of a handshake say of its caller."""

    authorization: Secret | None
    organization: str | None


class SocketHandler(BaseGraphQLTransportWSHandler[Any, None]):
    """One socket. Its context is made of the token it shows; before that it has none."""

    view: Sockets
    _kept: RequestContext | None = None
    _ending: asyncio.Task[None] | None = None
    _leaving: asyncio.Task[None] | None = None
    _presence: CallerPresence | None = None
    _idle: Deadline

    async def handle(self) -> None:
        """Serve the socket to its end. Its organization stays in memory as long: its context holds the view."""
        self._held = ExitStack()
        self._idle = Deadline(asyncio.get_running_loop(), self._said_nothing)
        try:
            await super().handle()
        finally:
            self._idle.end()
            self._held.close()
            if self._presence is not None:
                self._presence.end()
            for task in (self._ending, self._leaving):
                if task is not None:
                    task.cancel()
            if self._kept is not None:
                self._kept.cache.release(self._kept.view.id)

    async def handle_connection_init(self, message: ConnectionInitMessage) -> None:
        """Authenticate, then go on as the protocol says."""
        payload = message.get("payload")
        requests = self.view.requests
        try:
            caller = await requests.caller(*_credentials(payload, self.context))
            if self._kept is None:
                self._held.enter_context(requests.socket(caller))
            self.context = await requests.context_of(caller)
        except BadRequest as error:
            code = LATER if (error.extensions or {}).get("code") in ("UNAVAILABLE", "RATE_LIMITED") else FORBIDDEN
            await self.websocket.close(code, _reason(error.message))
            return
        if self._kept is None:
            self._kept = self.context
            self._kept.cache.keep(self._kept.view.id)
            self._ending = asyncio.create_task(self._end(self._kept.caller.expires_at))
            self._presence = CallerPresence(self._kept.view, self._kept.caller, self._left)
        await super().handle_connection_init(message)

    async def _end(self, at: float) -> None:
        """Close the socket when its token speaks for nobody any more."""
        await asyncio.sleep(max(0.0, at - time.time()))
        await self.websocket.close(FORBIDDEN, "The token has expired; connect again with a new one.")

    def _left(self) -> None:
        """End every operation at once and close the socket: its person is not here any more."""
        for operation in self.operations.values():
            if operation.task is not None:
                operation.task.cancel()
        self._leaving = asyncio.create_task(self.websocket.close(FORBIDDEN, _reason(NO_SUCH_LOGIN)))

    async def handle_message(self, message: Message) -> None:
        """Close the socket where a message is not understood (4400), or something failed that nobody foresaw (1011)."""
        self._idle.after(self.view.idle_seconds)
        wrong = malformed(message)
        if wrong is not None:
            await self.handle_invalid_message(wrong)
            return
        try:
            await super().handle_message(message)
        except WebSocketDisconnected:
            raise
        except Exception:
            log.exception("a message on a socket was not handled")
            await self.websocket.close(FAILED, "Something failed on our side. Connect again.")

    async def handle_invalid_message(self, error_message: str) -> None:
        """Close the socket; the reason is as long as the protocol allows."""
        await self.websocket.close(MALFORMED, _reason(error_message))

    async def handle_subscribe(self, message: SubscribeMessage) -> None:
        """Begin an operation, or answer it with why not."""
        error: BadRequest | None = None
        wrong = unreadable(dict(message["payload"]))
        if wrong is not None:
            error = BadRequest(wrong)
        elif len(self.operations) >= _MOST_OPERATIONS:
            text = f"{_MOST_OPERATIONS} operations run on this socket. Begin the next after one has ended."
            error = RateLimited(text, QuotaState(OPERATIONS))
        if error is None or not self.connection_acknowledged or message["id"] in self.operations:
            await super().handle_subscribe(message)
        else:
            await self.send_message({"id": message["id"], "type": "error", "payload": [error.formatted]})

    async def run_operation(self, operation: Any) -> None:
        """Run one operation, counted while it lasts."""
        _running.set(operation)
        metrics.SUBSCRIBERS.add(1)
        try:
            requests = self.view.requests
            listening = listens(operation.query, operation.operation_name)
            if listening:  # its variables are held while it waits, and as long as it lasts
                check(operation.variables, mutation=False)
            caller = self.context.caller
            with (
                operation_span(caller),
                (requests.subscription if listening else requests.in_flight)(caller),
            ):
                await requests.paced(self.context)
                await super().run_operation(operation)
        except (BadRequest, OverLimit) as error:
            await operation.send_initial_errors([error])
        finally:
            metrics.SUBSCRIBERS.add(-1)
            self._idle.after(self.view.idle_seconds)

    async def handle_task_exception(self, error: Exception) -> None:
        """Log what nobody foresaw, and answer its operation. A peer that is gone while something is sent to it is no
        error.
        """
        if isinstance(error, WebSocketDisconnected):
            return
        await super().handle_task_exception(error)
        operation = _running.get()
        if operation is not None:
            with suppress(Exception):
                await operation.send_initial_errors([BadRequest(_FAILED, "INTERNAL")])

    def _said_nothing(self) -> None:
        if self._kept is not None and not self.operations:
            self._leaving = asyncio.create_task(self.websocket.close(IDLE, "Nothing ran here and nothing was said."))


class Sockets(GraphQL[RequestContext | None, None]):
    """The socket endpoint, as an ASGI application."""

    graphql_transport_ws_handler_class = SocketHandler

    def __init__(
        self,
        schema: strawberry.Schema,
        requests: RequestAuthenticator,
        origins: Sequence[str],
        idle_seconds: float = 60.0,
    ) -> None:
        super().__init__(
            schema,
            graphql_ide=None,
            subscription_protocols=(GRAPHQL_TRANSPORT_WS_PROTOCOL,),
            connection_init_wait_timeout=_INIT_WITHIN,
            max_subscriptions_per_connection=_MOST_OPERATIONS,
            allowed_origins=origins,
        )
        self.requests = requests
        self.idle_seconds = idle_seconds

    async def get_context(self, request: Request | WebSocket, response: Response | WebSocket) -> Any:  # noqa: ARG002
        """What the handshake's headers said; the context itself is made when the socket is initialised."""
        found = request.headers.get("authorization")
        return _Handshake(None if found is None else Secret(found), request.headers.get(ORGANIZATION_HEADER))

    def decode_json(self, data: str | bytes) -> object:
        """A message. Raises `JSONDecodeError`."""
        return decoded(data)

    def encode_json(self, data: object) -> str:
        """JSON, as text: the protocol knows no binary messages."""
        return orjson.dumps(data).decode()


def _reason(text: str) -> str:
    return text.encode(errors="replace")[:_MOST_REASON].decode(errors="ignore")


def _credentials(payload: Any, handshake: Any) -> tuple[str | None, str | None]:
    """The token and the organization that was chosen, of the payload of `connection_init`, or else of the handshake."""
    found = payload if isinstance(payload, dict) else {}
    said = {name.lower(): value for name, value in found.items() if isinstance(value, str)}
    header = handshake if isinstance(handshake, _Handshake) else _Handshake(None, None)
    token = said.get("authorization") or (None if header.authorization is None else header.authorization.reveal())
    return token, said.get(ORGANIZATION_HEADER.lower()) or header.organization


def listens(document: Any, operation: str | None) -> bool:
    """Whether what runs is a subscription. A document that cannot be read runs nothing."""
    if not isinstance(document, str) or "subscription" not in document:
        return False
    try:
        definitions = parse(document).definitions
    except GraphQLError:
        return False
    found = [each for each in definitions if isinstance(each, OperationDefinitionNode)]
    named = [each for each in found if operation is None or (each.name is not None and each.name.value == operation)]
    return bool(named) and all(each.operation is OperationType.SUBSCRIPTION for each in named)
