"""The terms of a new proposal: those of its command, or those that the two goals had the last time."""

from __future__ import annotations

from typing import NamedTuple

from goldenthread.contracts.commands import ProposeLink
from goldenthread.contracts.entities import Link
from goldenthread.contracts.enums import LinkKind
from goldenthread.contracts.errors import ErrorCode, Refused, refuse
from goldenthread.organization.former_links import former_link
from goldenthread.organization.organization import Organization
from goldenthread.organization.responsibility import title
from services.goals.domain import validation


class Offer(NamedTuple):
    """The terms of a first round. `agreed`: both sides had accepted what is given in return."""

    because: str
    kind: LinkKind
    weight: float | None
    in_return: str | None = None
    agreed: bool = False


def of(org: Organization, command: ProposeLink, *prefix: str) -> Offer:
    """The terms that `command` offers. Raises `Refused` where it says no because and there is none to offer again."""
    weight = None if command.weight is None else validation.share(command.weight, *prefix, "weight")
    if command.because is not None:
        because = validation.text(command.because, *prefix, "because")
        return Offer(because, command.kind or LinkKind.CONTRIBUTES, weight)
    former = former_link(org, command.child, command.parent)
    if former is None or former.because is None:
        raise _unsaid(org, command, former, *prefix)
    kind = command.kind or former.kind
    if weight is None and kind is LinkKind.CONTRIBUTES:
        weight = former.weight
    return Offer(former.because, kind, weight, former.in_return, former.accepted_order is not None)


def _unsaid(org: Organization, command: ProposeLink, former: Link | None, *prefix: str) -> Refused:
    child, parent = title(org, command.child), title(org, command.parent)
    before = f"No link from {child} to {parent} was withdrawn or declined, so there are no terms to offer again"
    if former is not None:
        before = f"Of the last link from {child} to {parent} nobody said why"
    message = f"{before}; write a because: why {child} serves {parent}."
    return refuse(ErrorCode.INVALID, message, *prefix, "because")
