"""The three-way merge of one cell. Its rules were found by brute force; a test repeats it.

Three values are compared, all as `short` texts: the base (what the file said when it was last taken), ours (what is
here), and theirs (what the file says now).
"""

from __future__ import annotations

from enum import Enum, auto

from msgspec import Struct

from goldenthread.contracts.enums import ConflictChoice
from services.goals.domain.merge_base import BaseCell


class MergeOutcome(Enum):
    """The outcome of a merge: whether the cell of the file is taken, left, or in conflict with what is here."""

    SAME = auto()
    LEFT = auto()
    """The file says what it said; it was changed here."""
    READ_ANEW = auto()
    """The file has its old text, which is read as something else now."""
    TAKEN = auto()
    CONFLICT = auto()


class CellMerge(Struct, frozen=True):
    """A merged cell: outcome, whether theirs becomes ours (`takes`), and whether it is the next base (`remembers`)."""

    outcome: MergeOutcome
    takes: bool
    remembers: bool


def merge(base: BaseCell | None, ours: str, theirs: BaseCell, choice: ConflictChoice | None = None) -> CellMerge:
    """Merge one cell. `base` is None where nothing is remembered of it; `choice` decides conflicts, and nothing else.

    1. The file says what is here: nothing changes. 2. Else it says what it said: what was changed here stays. 3. Else
    nobody changed it here: it is taken. 4. Else, and where the base is not known: a conflict, which every import
    reports until it is decided.
    """
    if theirs.value == ours:
        return CellMerge(MergeOutcome.SAME, takes=False, remembers=theirs != base)
    if base is not None and theirs.value == base.value:
        return CellMerge(MergeOutcome.LEFT, takes=False, remembers=False)
    if base is not None and _text(theirs) == _text(base):
        return CellMerge(MergeOutcome.READ_ANEW, takes=False, remembers=False)
    if base is not None and ours == base.value:
        return CellMerge(MergeOutcome.TAKEN, takes=True, remembers=True)
    if choice is ConflictChoice.THEIRS:
        return CellMerge(MergeOutcome.TAKEN, takes=True, remembers=True)
    return CellMerge(MergeOutcome.CONFLICT, takes=False, remembers=choice is ConflictChoice.OURS)


def _text(cell: BaseCell) -> str:
    return cell.value if cell.text is None else cell.text
