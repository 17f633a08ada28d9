"""Errors of a whole request, as against refusals of a command (those are data: `UserError`)."""

from __future__ import annotations

from graphql import GraphQLError


class BadRequest(GraphQLError):
    """A request that cannot be answered as it stands: says what to change."""

    def __init__(self, message: str, code: str = "INVALID") -> None:
        super().__init__(message, extensions={"code": code})


class Unavailable(BadRequest):
    """Something this answer needs cannot be reached now; trying again may help."""

    def __init__(self, message: str) -> None:
        super().__init__(message, "UNAVAILABLE")
