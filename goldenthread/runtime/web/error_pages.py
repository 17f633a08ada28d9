"""What is answered where no endpoint answers, and where one fails: JSON with a code, as everywhere."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from goldenthread.runtime.web.connection_limits import problem

_MESSAGES = {
    404: ("NOT_FOUND", "There is nothing at this address. Check it."),
    405: ("INVALID", "This address does not take {method}. Use another method (see the header Allow)."),
}


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    code, message = _MESSAGES.get(error.status_code, ("INVALID", f"{HTTPStatus(error.status_code).phrase}."))
    text = problem(code, message.format(method=request.method))
    return Response(text, error.status_code, error.headers, media_type="application/json")


async def _failed(request: Request, _: Exception) -> Response:  # the server logs what it was
    done = "" if request.method in ("GET", "HEAD") else " It is not known whether this took effect; look first."
    text = problem("INTERNAL", f"Something failed on our side. Try again, or tell who runs this installation.{done}")
    return Response(text, 500, media_type="application/json")


HANDLERS: Mapping[Any, Any] = {HTTPException: _refused, Exception: _failed}
"""For `exception_handlers` of every application."""
