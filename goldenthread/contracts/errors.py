"""Refusals a caller can act on: what, where, and what to do next."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from goldenthread.contracts.entities import Id

NO_SUCH_LOGIN = (
    "This login is nobody's here. Take a token for your new one, or an administrator can add you (addPerson, "
    "createServiceAccount)."
)


class ErrorCode(StrEnum):
    """The kinds of refusal."""

    INVALID = "INVALID"
    UNAUTHENTICATED = "UNAUTHENTICATED"
    NOT_FOUND = "NOT_FOUND"
    FORBIDDEN = "FORBIDDEN"
    CONFLICT = "CONFLICT"
    LINK_LOOP = "LINK_LOOP"
    STATE_NOT_ALLOWED = "STATE_NOT_ALLOWED"
    STALE_VERSION = "STALE_VERSION"
    POLICY = "POLICY"
    UNAVAILABLE = "UNAVAILABLE"


class Problem(Struct, frozen=True):
    """One refusal or warning. `path` points into the input (camelCase names as in GraphQL); `nodes` is the loop.

    `candidates` are the values to choose from at `path`, where there are some.
    """

    code: ErrorCode
    message: str
    path: list[str] = []
    nodes: list[Id] | None = None
    candidates: list[str] = []


class Refused(Exception):
    """A command that was refused. Nothing was changed."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__("; ".join(problem.message for problem in problems))
        self.problems = list(problems)


def refuse(code: ErrorCode, message: str, *path: str, nodes: list[Id] | None = None) -> Refused:
    """A refusal with one problem, to be raised."""
    return Refused(Problem(code, message, list(path), nodes))
