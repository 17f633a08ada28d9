"""The last link between two nodes that has ended: goals offers its terms again, and the gateway shows them
beforehand.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from goldenthread.contracts.entities import Id, Link
from goldenthread.contracts.enums import LinkState
from goldenthread.organization.organization import Organization

ENDED_LINKS = (LinkState.WITHDRAWN, LinkState.DECLINED)


def candidates(org: Organization, child: Id, parent: Id) -> Collection[Id]:
    """The links to search: those up from the child or those down from the parent, whichever are fewer."""
    up, down = org.up.get(child, {}), org.down.get(parent, {})
    return up if len(up) <= len(down) else down


def former_link(org: Organization, child: Id, parent: Id) -> Link | None:
    """The last link between these two that was withdrawn or declined, or None.

    A link that moved to a copy or a successor is theirs. One that had ended before is up from the copy, too, but not
    from or to a successor: that is another goal.
    """
    links = (org.links[id] for id in candidates(org, child, parent))
    ended = (each for each in links if each.state in ENDED_LINKS and (each.child, each.parent) == (child, parent))
    return max(ended, key=_when, default=None)


def _when(link: Link) -> tuple[datetime, datetime, Id]:
    return link.decided_at or link.proposed_at, link.proposed_at, link.id
