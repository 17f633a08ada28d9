"""The merge base: the contents of a source's file as of its last import. It is one of the three sides of a merge.

It is kept beside the organization and in no event: losing it loses no goal, only who changed what since. Pure data;
`services/goals/stores/import_sources_store.py` keeps it.
"""

from __future__ import annotations

import base64
import hashlib
import unicodedata

from msgspec import Struct

from goldenthread.contracts.entities import Id

LONGEST = 64
"""Characters of a text that is remembered as it is; a longer one is remembered by its digest and its length."""


class BaseCell(Struct, frozen=True, array_like=True, omit_defaults=True, gc=False):
    """A cell of the merge base: what a file said in it: the value it was read as (an entity's field as text, "" for
    none), and the cell's text where that is known and another. Both are `short`.
    """

    value: str
    text: str | None = None

    def says(self, value: str, text: str | None) -> bool:
        """Whether a cell with this value and text says the same. False also where only `short` tells."""
        return value == self.value and (text == self.text or (self.text is None and text == value))


class BaseRow(Struct, frozen=True, array_like=True, gc=False):
    """A row of the merge base: what a file said in it, and the node it became.

    The node stays, whatever becomes of it (`successor`).
    """

    node: Id
    cells: dict[str, BaseCell]


class MergeBase(Struct, frozen=True):
    """The merge base of one source: its rows by row id, and the units that its spellings (`folded`) mean.

    `exported` is what an export said in the rows that said something else since: a copy of it may have been edited by
    somebody who did not see that.
    """

    rows: dict[str, BaseRow] = {}
    units: dict[str, Id] = {}
    exported: dict[str, BaseRow] = {}


class MergeBaseChanges(Struct, frozen=True):
    """The changes of a merge base by one import: only what is new or another. None: the row is remembered no more."""

    rows: dict[str, BaseRow | None] = {}
    units: dict[str, Id] = {}


def short(text: str) -> str:
    """`text` as it is remembered and compared: equal texts are equal, also where an editor stores accents as signs of
    their own; and nobody reads a long one out of it.
    """
    if len(text) <= LONGEST and text.isascii():
        return text
    text = unicodedata.normalize("NFC", text)
    if len(text) <= LONGEST:
        return text
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
    return f"sha256:{base64.b64encode(digest).decode()}:{len(text)}"
