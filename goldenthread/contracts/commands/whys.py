"""Commands about the purpose and the whys."""

from __future__ import annotations

from goldenthread.contracts.commands.base import Change, Command
from goldenthread.contracts.entities import Id


class PublishPurpose(Command, frozen=True, kw_only=True, tag=True):
    statement: str
    expected_version: int | None = None
    editorial: bool = False


class RetirePurpose(Command, frozen=True, kw_only=True, tag=True):
    reason: str
    dry_run: bool = False


class PublishWhy(Command, frozen=True, kw_only=True, tag=True):
    statement: str
    because: str
    audience: list[Id]
    serves: Id | None = None
    unit: Id | None = None
    title: str | None = None


class ReviseWhy(Change, frozen=True, kw_only=True, tag=True):
    why: Id
    expected_version: int
    editorial: bool = False
    statement: str | None = None
    because: str | None = None
    audience: list[Id] | None = None
    dry_run: bool = False


class RetireWhy(Command, frozen=True, kw_only=True, tag=True):
    why: Id
    reason: str
    successor: Id | None = None
    dry_run: bool = False
