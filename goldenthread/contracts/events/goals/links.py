"""What goals publishes about links, and about the promises made in return."""

from __future__ import annotations

from goldenthread.contracts.entities import Link
from goldenthread.contracts.enums import Kept, Side
from goldenthread.contracts.events.goals.payload import GoalsPayload


class LinkProposed(GoalsPayload, frozen=True):
    link: Link


class LinkCountered(GoalsPayload, frozen=True):
    link: Link


class LinkAccepted(GoalsPayload, frozen=True):
    link: Link


class LinkDeclined(GoalsPayload, frozen=True):
    link: Link


class LinkWithdrawn(GoalsPayload, frozen=True):
    link: Link
    side: Side


class LinkReaffirmed(GoalsPayload, frozen=True):
    link: Link


class LinkMoved(GoalsPayload, frozen=True):
    """An end of a link was replaced by its successor, or by the copy that continues it. It is unexplained until
    reaffirmed, unless the text it was written for goes on unchanged.
    """

    link: Link
    before: Link


class PromiseKept(GoalsPayload, frozen=True):
    """Said at closing for a link with a promise in return (`kept` YES or PARTLY)."""

    link: Link
    kept: Kept


class PromiseBroken(GoalsPayload, frozen=True):
    link: Link
    kept: Kept
