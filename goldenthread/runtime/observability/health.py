"""`/live`, `/ready` and `/metrics`, the same in every process.

Live: the event loop answers, whatever other services do. Ready: everything that the process cannot work without has
answered just now. A service that the process can do without for a while is reported as degraded, and the process stays
ready: otherwise one process that is away would take all of them out of service.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from time import monotonic

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from goldenthread.runtime.observability import metrics_export
from goldenthread.runtime.observability.metrics import READY

Check = Callable[[], Awaitable[None]]
"""Asks one service whether it answers. Raises an error when it does not; `NotReady` has a message for the operator."""

PATHS = ("/live", "/ready", "/metrics")
_PATIENCE = 1.5
_KEPT = 1.0
"""Seconds for which an answer is repeated, so that frequent requests cost nothing."""


class NotReady(Exception):
    """The process is not ready; the message is a sentence for the operator."""


def named_check(name: str, check: Check) -> Check:
    """`check`, whose errors become `NotReady` with a sentence: `name` does not answer, and why."""

    async def named() -> None:
        try:
            await check()
        except NotReady:
            raise
        except Exception as error:
            raise NotReady(f"{name} does not answer: {type(error).__name__} {error}".strip()) from error

    return named


def routes(
    checks: Mapping[str, Check], besides: Mapping[str, Check] | None = None, patience: float = _PATIENCE
) -> list[Route]:
    """Ready: all `checks` answered within `patience` seconds. A failure of `besides` is only reported, as degraded.

    `/metrics` makes the `checks`, too, so that `goldenthread.ready` is as recent as a scrape.
    """
    needed = {name: _Pinged(check, patience) for name, check in checks.items()}
    wanted = {name: _Pinged(check, patience) for name, check in (besides or {}).items()}

    async def live(_: Request) -> Response:
        return JSONResponse({"live": True})

    async def ready(_: Request) -> Response:
        every = {**needed, **wanted}
        found = dict(zip(every, await asyncio.gather(*(each.problem() for each in every.values())), strict=True))
        fine = all(found[name] is None for name in needed)
        said = {"ready": fine, "checks": {name: found[name] for name in needed}}
        degraded = {name: found[name] for name in wanted if found[name] is not None}
        return JSONResponse({**said, "degraded": degraded} if degraded else said, 200 if fine else 503)

    async def metrics(_: Request) -> Response:
        await asyncio.gather(*(each.problem() for each in needed.values()))
        return metrics_export.response()

    READY.follow(lambda: int(all(each.answered for each in needed.values())))
    return [Route(path, handler) for path, handler in zip(PATHS, (live, ready, metrics), strict=True)]


def extracted_from(app: Starlette) -> Starlette:
    """A new application with these endpoints of `app`; they are removed from `app`."""
    taken = [route for route in app.routes if isinstance(route, Route) and route.path in PATHS]
    app.router.routes = [route for route in app.routes if route not in taken]
    return Starlette(routes=taken)


class _Pinged:
    """One check: at most once a second, at most one at a time, however many ask."""

    def __init__(self, check: Check, patience: float) -> None:
        self._check, self._patience = check, patience
        self._running: asyncio.Task[str | None] | None = None
        self._found: tuple[float, str | None] | None = None

    @property
    def answered(self) -> bool:
        """Whether the last attempt found no problem; False before the first one."""
        return self._found is not None and self._found[1] is None

    async def problem(self) -> str | None:
        """The current problem, None without any."""
        if self._found is not None and monotonic() - self._found[0] < _KEPT:
            return self._found[1]
        if self._running is None or self._running.done():
            self._running = asyncio.create_task(_try(self._check), name="ready")
        running = self._running
        # It is not cancelled: what hangs may not end by that, and the next to ask need not begin another.
        await asyncio.wait({running}, timeout=self._patience)
        problem = running.result() if running.done() else f"no answer within {self._patience:g} s"
        self._found = monotonic(), problem
        return problem


async def _try(check: Check) -> str | None:
    try:
        await check()
    except NotReady as error:
        return str(error)
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return None
