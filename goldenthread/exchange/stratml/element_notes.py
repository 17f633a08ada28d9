"""What StratML has no element for: a line of JSON at the end of an `OtherInformation`, after words for people.

A document whose root has such a line is ours. What stands before the line is not read; what the line does not name is
read from the elements, so that a name changed by hand counts.
"""

from __future__ import annotations

import re
from typing import Any
from xml.etree.ElementTree import Element

import msgspec
from msgspec.structs import replace

from goldenthread.contracts.plan import Plan, PlanRow
from goldenthread.exchange.text import xml

Notes = dict[str, Any]
_MARK = "golden-thread: "
_NUL = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")
PLAN_FIELDS = ("name", "units", "cycles", "feedback", "read_at", "revision")
"""What is noted of the plan itself."""
_FIXED = ("line", "type")
"""What of a row is the element itself."""


def read_notes(element: Element) -> Notes | None:
    """The notes in an element; None when it has none. Raises ValueError, with words for a person, for no such notes."""
    found = xml.child(element, "OtherInformation")
    last = (found.text or "").rstrip().rpartition("\n")[2] if found is not None else ""
    if not last.startswith(_MARK):
        return None
    if _NUL.search(last):
        raise ValueError("they contain the character U+0000, which is not text")
    try:
        return msgspec.json.decode(last.removeprefix(_MARK), type=Notes)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        raise ValueError("they are no JSON object") from None


def notes_text(words: list[str], notes: Notes) -> str:
    """The text of an `OtherInformation`: words for people, then the notes in characters that any XML has."""
    encoded = msgspec.json.encode(notes).decode()
    plain = "".join(char if " " <= char <= "~" else _escaped(char) for char in encoded)
    return "\n".join([*words, _MARK + plain])


def _escaped(char: str) -> str:
    units = char.encode("utf-16-be")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))


def apply_row_notes(row: PlanRow, notes: Notes) -> PlanRow:
    """`row` with what the notes say of it. Raises ValueError, with words for a person, when that makes no sense."""
    said = {name: value for name, value in notes.items() if name in PlanRow.__struct_fields__ and name not in _FIXED}
    try:
        return msgspec.convert({**msgspec.to_builtins(row), **said}, PlanRow)
    except msgspec.ValidationError as error:
        raise ValueError(str(error)) from None


def apply_plan_notes(plan: Plan, notes: Notes) -> Plan:
    """`plan` with what the notes of its root say. Raises ValueError, with words for a person, for what is no plan."""
    said = {name: notes[name] for name in PLAN_FIELDS if name in notes}
    known = {"format": plan.format, "rows": [], "units": plan.units, "name": plan.name}
    try:
        more = msgspec.convert(notes.get("rows", []), list[PlanRow])
        noted = msgspec.convert(msgspec.to_builtins(known) | said, Plan)
    except msgspec.ValidationError as error:
        raise ValueError(str(error)) from None
    return replace(noted, rows=[*plan.rows, *more], problems=plan.problems)


def missing_notes(row: PlanRow, heard: PlanRow | None) -> Notes:
    """The notes that a row needs, since its elements alone are read as `heard` (None: as no row at all)."""
    names = [name for name in PlanRow.__struct_fields__ if name not in _FIXED]
    differs = [name for name in names if heard is None or getattr(row, name) != getattr(heard, name)]
    return {name: msgspec.to_builtins(getattr(row, name)) for name in differs}
