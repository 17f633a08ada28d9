"""What goes in and out of the engine, by number; and what a commit changed."""

from __future__ import annotations

from msgspec import Struct

from goldenthread.contracts.entities import Id
from goldenthread.contracts.enums import LinkState
from goldenthread.contracts.events.alignment import AlignmentState, OrphanCause, Verdict

STATES = (None, *AlignmentState)
"""By number; in the order of `columns`."""
CAUSES = (None, *OrphanCause)
LINK_STATES = tuple(LinkState)


class LabelChange(Struct, frozen=True):
    """The verdict on one node before a commit (None when it did not exist) and after."""

    node: Id
    before: Verdict | None
    after: Verdict
