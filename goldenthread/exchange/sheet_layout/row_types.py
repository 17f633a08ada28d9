"""What people and other tools call the rows of a plan, in English and German, and which of our types that is.

A word stands here where it means one thing in all of them. `Goal` is an objective: what is wanted, with results below.
A `KPI` or a `Metric` is a key result: what is measured. `Initiative`, `Project`, `Milestone`, `Task` and `Epic` do not
stand here: they are work in one tool, an objective in the next, and a measure in a third; so somebody says it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from goldenthread.contracts.plan import PlanWords, RowType
from goldenthread.exchange.tables.headings import heading_key, split_words

_WORDS: Mapping[RowType, tuple[str, ...]] = {
    RowType.PURPOSE: split_words(
        """
        Purpose, Vision, Mission, Purpose Statement, Vision Statement, Mission Statement, Vision & Mission,
        Mission & Vision, Ultimate Goal, Zweck, Unternehmenszweck, Daseinszweck, Leitbild
        """
    ),
    RowType.WHY: split_words(
        """
        Why, Strategic Why, Pillar, Strategic Pillar, Theme, Strategic Theme, Strategic Priority, Strategy,
        Strategic Intent, Strategic Direction, Warum, Strategie, Säule, Strategische Säule,
        Strategisches Thema, Strategische Priorität, Strategisches Handlungsfeld, Stoßrichtung,
        Strategische Stoßrichtung
        """
    ),
    RowType.OBJECTIVE: split_words(
        """
        Objective, Obj, Goal, Subgoal, Sub-Goal, Sub-Objective, O, OKR Objective, Ziel, Teilziel, Unterziel,
        Oberziel, Unternehmensziel, Firmenziel, Bereichsziel, Abteilungsziel, Teamziel, Gruppenziel,
        Jahresziel, Quartalsziel, Strategisches Ziel, Operatives Ziel, Persönliches Ziel
        """
    ),
    RowType.KEY_RESULT: split_words(
        """
        Key Result, KR, KeyResult, OKR Key Result, KPI, Metric, Key Performance Indicator,
        Performance Indicator, Schlüsselergebnis, Schlüsselresultat, Kernergebnis, Kennzahl, Messgröße
        """
    ),
}
_WHOSE = frozenset(
    map(
        heading_key,
        split_words(
            """
            Company, Corporate, Organization, Organizational, Organization, Organizational, Enterprise,
            Business, Division, Department, Departmental, Team, Group, Individual, Personal, Program,
            Portfolio, Solution, Strategic, Tactical, Operational, Annual, Yearly, Quarterly, Committed,
            Aspirational, Stretch, Parent, Child, Shared
            """
        ),
    )
)
"""Whose goal it is, or for how long, makes no other type of it."""
_PLURALS = {"s": "", "ies": "y", "e": "", "se": "", "n": "", "en": ""}
_BEHIND = re.compile(r"_?(\([^()]*\)|\[[^\[\]]*\]|#?\d[\d.]*)\Z")
_AROUND = re.compile(r"\A[\W_]+|[\W_]+\Z")
_TYPES = {heading_key(word): type for type, words in _WORDS.items() for word in words}


class RowTypes:
    """The types of rows by what a sheet calls them: what somebody said (`words`), else what all mean by it."""

    def __init__(self, words: PlanWords) -> None:
        self._found: dict[str, RowType | None] = {heading_key(word): type for word, type in words.types.items()}
        self._met: dict[str, RowType | None] = {}
        """By text, as it stands in the sheet."""

    def get(self, text: str) -> RowType | None:
        """The type that a word means; None: nobody knows."""
        if text not in self._met:
            key = heading_key(text)
            if key not in self._found:
                self._found[key] = _known(key)
            self._met[text] = self._found[key]
        return self._met[text]


def _known(key: str) -> RowType | None:
    """Also of several (`Goals`, `Ziele`), with whose it is before it (`Company Objective`), and with its number, a mark
    or something in brackets (`KR 2`, `* Goal`, `Objective (Team)`).
    """
    tidy = _AROUND.sub("", _BEHIND.sub("", key))
    for each in (key, tidy, *(tidy.removesuffix(end) + one for end, one in _PLURALS.items() if tidy.endswith(end))):
        if each in _TYPES:
            return _TYPES[each]
    whose, _, rest = tidy.partition("_")
    if rest and whose in _WHOSE:
        found = _known(rest)
        return found if found in (RowType.OBJECTIVE, RowType.KEY_RESULT) else None
    return None
