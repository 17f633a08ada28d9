"""Commands about links between goals."""

from __future__ import annotations

from msgspec.structs import force_setattr

from goldenthread.contracts.commands.base import Change, Command
from goldenthread.contracts.entities import Id
from goldenthread.contracts.enums import LinkKind


class ProposeLink(Command, frozen=True, kw_only=True, tag="Link"):
    """Without a because, the terms that these two had the last time are offered again, but for what is given here.

    With one, the kind is CONTRIBUTES unless given.
    """

    child: Id
    parent: Id
    because: str | None = None
    kind: LinkKind | None = None
    weight: float | None = None

    def __post_init__(self) -> None:
        # So that a request of a time when each had a because and a kind is known again by its idempotency key.
        if self.because is not None and self.kind is None:
            force_setattr(self, "kind", LinkKind.CONTRIBUTES)


class AcceptLink(Command, frozen=True, kw_only=True, tag=True):
    link: Id
    round: int
    in_return: str | None = None


class CounterLink(Change, frozen=True, kw_only=True, tag=True):
    link: Id
    round: int
    because: str | None = None
    in_return: str | None = None


class DeclineLink(Command, frozen=True, kw_only=True, tag=True):
    link: Id
    round: int
    reason: str


class WithdrawLink(Command, frozen=True, kw_only=True, tag=True):
    link: Id
    reason: str
    dry_run: bool = False


class ReaffirmLinks(Command, frozen=True, kw_only=True, tag=True):
    links: list[Id]
    because: str | None = None
