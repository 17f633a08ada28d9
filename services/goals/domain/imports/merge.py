"""The rules by which one cell of a file meets what is here. They were found by brute force; a test repeats it.

Three values are compared, all as `short` texts: what the file said when it was last taken, what is here, and what the
file says now.
"""

from __future__ import annotations

from enum import Enum, auto

from msgspec import Struct

from goldenthread.contracts.enums import ConflictChoice
from services.goals.domain.import_memory import SaidCell


class Meeting(Enum):
    """How a cell of a file and what is here meet."""

    SAME = auto()
    LEFT = auto()
    """The file says what it said; it was changed here."""
    READ_ANEW = auto()
    """The file has its old text, which is read as something else now."""
    TAKEN = auto()
    CONFLICT = auto()


class Merged(Struct, frozen=True):
    """`meeting`; whether what the file says becomes what is here (`takes`), and what is remembered (`remembers`)."""

    meeting: Meeting
    takes: bool
    remembers: bool


def merge(was: SaidCell | None, here: str, said: SaidCell, choice: ConflictChoice | None = None) -> Merged:
    """One cell. `was` is None where nothing is remembered of it; `choice` decides conflicts, and nothing else.

    1. The file says what is here: nothing changes. 2. Else it says what it said: what was changed here stays. 3. Else
    nobody changed it here: it is taken. 4. Else, and where nobody knows what it said: a conflict, told at every import
    until it is decided.
    """
    if said.value == here:
        return Merged(Meeting.SAME, takes=False, remembers=said != was)
    if was is not None and said.value == was.value:
        return Merged(Meeting.LEFT, takes=False, remembers=False)
    if was is not None and _text(said) == _text(was):
        return Merged(Meeting.READ_ANEW, takes=False, remembers=False)
    if was is not None and here == was.value:
        return Merged(Meeting.TAKEN, takes=True, remembers=True)
    if choice is ConflictChoice.THEIRS:
        return Merged(Meeting.TAKEN, takes=True, remembers=True)
    return Merged(Meeting.CONFLICT, takes=False, remembers=choice is ConflictChoice.OURS)


def _text(cell: SaidCell) -> str:
    return cell.value if cell.text is None else cell.text
