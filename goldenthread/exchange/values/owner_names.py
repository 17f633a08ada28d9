"""Who owns a row of a sheet: units, several in one cell; and what looks like a person, of whom no unit is made."""

from __future__ import annotations

import re

from goldenthread.contracts.texts import folded
from goldenthread.exchange.text.tidying import one_line
from goldenthread.exchange.values.cell_words import is_empty, is_error

MAX_OWNERS = 100
"""Owners of one cell that are read; a text of more is one name."""
_PART = re.compile(r'\s*(?:"((?:[^"]|"")*)"\s*(?=[;|]|\Z)|([^;|]*))(?:[;|]|\Z)')
_QUOTED = re.compile(r'[,;|"]')
_EMAIL = re.compile(r"[^\s@<>]+@[^\s@<>]+\.[^\s@<>]+")
_HANDLE = re.compile(r"@[\w.-]{1,60}|[a-z]{2,30}\.[a-z]{2,30}|[A-Z]\. ?[A-Z][a-z]{1,30}")
_NAME = re.compile(r"[^\W\d_](?:[^\W\d_]|['’.-])*")
_LONGEST = 80


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_BETWEEN = _words("von vom van zu zum zur de der den del da di do dos du la le el al bin ibn ben ter ten af y e")
"""Words within the name of a person that begin with a small letter."""
_OF_UNITS = _words(
    """
    team teams department dept division unit group crew squad tribe chapter guild circle office board committee council
    sales operations ops customer customers client success finance financial marketing product products engineering
    support service services human resources people legal procurement logistics supply chain quality research staff
    development design data digital management executive executives leadership strategy strategic business corporate
    communications communication public relations affairs security safety compliance risk audit infrastructure platform
    platforms technology technical tech systems system software hardware network networks field store stores retail
    warehouse production manufacturing plant maintenance purchasing accounting controlling treasury tax investor partner
    partners channel region regional north south east west northern southern eastern western central global
    international national local europe emea apac americas america asia africa program programme programs project
    projects portfolio delivery care experience insights analytics growth brand content media events training learning
    talent recruiting facilities chief officer officers director directors head manager managers president vice vp
    university school college institute agency ministry bureau administration authority commission company inc ltd llc
    plc gmbh ag se depot depots station stations fleet rail line lines centre center lab labs studio hub desk house hr
    it r&d
    abteilung bereich gruppe vertrieb einkauf personal kunden kundendienst entwicklung verwaltung leitung vorstand
    betrieb technik finanzen recht produktion werk lager logistik qualität forschung werkstatt geschäftsführung
    innendienst außendienst
    """
)
"""Words of names of units, folded."""
_ENDS = ("tion", "tions", "ment", "ments", "ics", "ware", "ung", "ungen", "abteilung", "team", "wesen", "dienst")
"""What words end in that name what somebody does, and hardly anybody."""


def split_owners(cell: str) -> list[str]:
    """The owners in a cell, each once: on lines of their own, or with `;` or `|` between. In quotes it is one name.

    What says that nobody owns it is none.
    """
    found = _found(cell)
    return list(found) if len(found) <= MAX_OWNERS else [one_line(cell)]


def quoted_owners(cell: str) -> list[str]:
    """The owners in a cell that are one name for certain, whatever signs are in it."""
    return [name for name, quoted in _found(cell).items() if quoted] if '"' in cell else []


def _found(cell: str) -> dict[str, bool]:
    """The owners in a cell, and whether each stands in quotes."""
    found: dict[str, bool] = {}
    for line in cell.splitlines():
        at = 0
        while at < len(line):
            part = _PART.match(line, at)
            if part is None:
                break
            at = part.end()
            name = one_line(part[2] if part[1] is None else part[1].replace('""', '"'))
            if name and not (part[1] is None and is_nobody(name)):
                found[name] = found.get(name, False) or part[1] is not None
    return found


def quote_owner(name: str) -> str:
    """The name of one owner so that `split_owners` gives it back."""
    says = not _QUOTED.search(name) and not is_nobody(name) and not is_error(name)
    return name if says else '"' + name.replace('"', '""') + '"'


def is_nobody(cell: str) -> bool:
    """Whether a cell says that nobody owns a row: a dash, `n/a`, `TBD`. `NA` may be North America."""
    return is_empty(cell) and cell.strip() != "NA"


def people_in(text: str, *, owner: bool) -> list[str]:
    """The texts in an owner's text that look like people: its parts between commas, or the whole of it.

    `owner`: the column's heading asks for somebody rather than for a unit; elsewhere only e-mail addresses count.
    """
    parts = [one_line(part) for part in text.split(",", MAX_OWNERS)]
    found = [each for each in dict.fromkeys(parts) if _is_person(each, owner)]
    return found or ([text] if _is_person(text, owner) else [])


def has_email(text: str) -> bool:
    """Whether an e-mail address stands in an owner's text."""
    return "@" in text and _EMAIL.search(text[: 4 * _LONGEST]) is not None


def _is_person(text: str, owner: bool) -> bool:
    return has_email(text) or (owner and _somebody(text))


def _somebody(text: str) -> bool:
    """`@anna`, `anna.schmidt`, `Anna Schmidt`, `Schmidt, Anna`, `A. van der Berg`: two to four capitalised words that
    name no work.
    """
    if _HANDLE.fullmatch(text):
        return True
    last, comma, first = text.partition(",")
    words = [*first.split(), *last.split()]
    named = [word for word in words if word not in _BETWEEN]
    if len(text) > _LONGEST or not 2 <= len(named) <= 4 or (comma and not (first.strip() and last.strip())):
        return False
    return all(_named(word) for word in named)


def _named(word: str) -> bool:
    """Whether a word may be of somebody's name: capitalised, no abbreviation, and nothing that is done."""
    tidy = folded(word)
    if (
        _NAME.fullmatch(word) is None
        or not word[0].isupper()
        or (1 < len(word) < 4 and word.isupper() and "." not in word)
    ):
        return False
    return tidy not in _OF_UNITS and not tidy.endswith(_ENDS)
