"""What a process answers before it is started: that it lives, what it waits for, and 503 to everything else."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, Router
from starlette.types import ASGIApp, Receive, Scope, Send

from goldenthread.runtime.observability import health, metrics, metrics_export, tracing
from goldenthread.runtime.observability.start_progress import StartProgress
from goldenthread.runtime.web.connection_limits import problem

_STARTING = "This process is starting. Try again in a moment."
_BODY = problem("UNAVAILABLE", _STARTING)
_HEADERS = [
    (b"content-type", b"application/json"),
    (b"content-length", str(len(_BODY)).encode()),
    (b"retry-after", b"1"),
    (b"connection", b"close"),
]


class SwappableApp:
    """A placeholder for an application that does not exist yet: it calls `app` as soon as that is set, before that
    `before`.
    """

    def __init__(self, before: ASGIApp) -> None:
        self._before = before
        self.app: ASGIApp | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await (self.app or self._before)(scope, receive, send)


class PortApps:
    """What is served on the public port, and on the internal one where there is one."""

    def __init__(self, start: StartProgress, has_internal: bool) -> None:
        self._start = start
        metrics.READY.follow(lambda: 0)  # until the application follows its own checks
        answers = (_live, self._ready, _metrics)
        routes = [Route(path, answer) for path, answer in zip(health.PATHS, answers, strict=True)]
        self.public = SwappableApp(Router([] if has_internal else routes, default=_unavailable))
        self.internal = SwappableApp(Router(routes)) if has_internal else None

    def serve(self, app: Starlette) -> None:
        """From now on `app` answers, whose health is taken from it for the internal port."""
        if self.internal is not None:
            self.internal.app = health.extracted_from(app)
        self.public.app = tracing.instrumented_app(app)

    async def _ready(self, _: Request) -> Response:
        return JSONResponse({"ready": False, "checks": self._start.checks}, 503)


async def _live(_: Request) -> Response:
    return JSONResponse({"live": True})


async def _metrics(_: Request) -> Response:
    return metrics_export.response()


async def _unavailable(scope: Scope, _: Receive, send: Send) -> None:
    """A WebSocket is refused with an answer of HTTP, too, where the server can."""
    before = ""
    if scope["type"] == "websocket":
        if "websocket.http.response" not in scope.get("extensions", {}):
            await send({"type": "websocket.close", "code": 1013, "reason": _STARTING})
            return
        before = "websocket."
    await send({"type": f"{before}http.response.start", "status": 503, "headers": _HEADERS})
    await send({"type": f"{before}http.response.body", "body": _BODY})
