"""What people and other tools write above the columns of a plan, in English and German. Nothing else knows these words.

A column is found under any of its spellings, whatever the case, the signs between words, and a `*` or `:` at the end.
Where a sheet has several of one column's, the one that stands first here is read, and the note about columns that were
not read names the others. Words that may mean two things stand here only where a rule tells which (`column_layout`).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping


def split_words(text: str) -> tuple[str, ...]:
    """What stands between the commas of a text."""
    return tuple(" ".join(word.split()) for word in text.split(","))


LONGEST = 200
"""Characters of a heading that is compared; a longer one is a text."""
REVISION = "Revision"
"""In every row of an export, so that it survives sorting and new rows: the revision that the sheet shows."""
COLUMNS = (
    "Row ID",
    "Type",
    "Title",
    "Description",
    "Parent",
    "Entity",
    "Time Period",
    "Start Date",
    "End Date",
    "Start Value",
    "Target Value",
    "Current Value",
    "Status",
)
STATE_COLUMNS = ("In Return", "Link State", "Draft", "Invited Units", "Audience Units")
"""What else an export says of links, of objectives and of whys."""
OPTIONAL_COLUMNS = ("Because", "Measure Unit", "Direction", "Link Kind", "Weight", *STATE_COLUMNS, "Readings", REVISION)
OUTLINE, OWNER = "Outline", "Owner"
"""What may be meant by a heading besides: numbers that place a row in an outline, and who answers for it."""

SPELLINGS: Mapping[str, tuple[str, ...]] = {
    "Row ID": split_words(
        """
        Row ID, ID, RowID, Row, Key, OKR ID, Goal ID, Objective ID, Item ID, Issue Key, Ref, Zeilen-ID,
        Kennung, Schlüssel, ID-Nr.
        """
    ),
    "Type": split_words(
        """
        Type, Row Type, Item Type, Record Type, Entry Type, Issue Type, Kind, Typ, Zeilentyp, Art,
        Elementtyp, Vorgangstyp
        """
    ),
    "Title": split_words(
        """
        Title, Name, Summary, OKR Title, OKR Name, Goal Title, Goal Name, Objective Title, Objective Name,
        Item Name, Titel, Bezeichnung, Zusammenfassung
        """
    ),
    "Description": split_words("Description, Details, Narrative, Beschreibung, Erläuterung"),
    "Parent": split_words(
        """
        Parent, Parents, Parent ID, Parent IDs, Parent Row ID, Parent Row IDs, Parent Goal, Parent OKR,
        Parent Objective, Parent Objective ID, Parent Goal ID, Parent Goal IDs, Parent Key, Parent Title,
        Parent Name, Parent Item, Aligned To, Aligns To, Align To, Supports, Contributes To, Übergeordnet,
        Übergeordnetes Ziel, Übergeordnetes Element, Oberziel, Eltern, Elternteil, Eltern-ID, Ausgerichtet
        auf, Ausgerichtet an, Zahlt ein auf, Unterstützt, Gehört zu
        """
    ),
    "Entity": split_words(
        """
        Entity, Owning Unit, Team, Department, Teams, Departments, Team Name, Owning Team, Owner Team,
        Business Unit, Org Unit, Organizational Unit, Organisational Unit, Division, Squad, Group, Abteilung,
        Bereich, Organisationseinheit, Gruppe, Teamname, Fachbereich
        """
    ),
    "Time Period": split_words(
        """
        Time Period, Period, Cycle, Timeframe, Time Frame, Quarter, Session, OKR Period, OKR Cycle, Goal
        Cycle, Planning Period, Program Increment, Zeitraum, Periode, Zyklus, Quartal
        """
    ),
    "Start Date": split_words(
        """
        Start Date, Starts On, Start On, Expected Start Date, Planned Start Date, Planned Start, Begin Date,
        Startdatum, Beginn, Anfangsdatum, Beginnt am, Geplanter Beginn
        """
    ),
    "End Date": split_words(
        """
        End Date, End, Ends On, Due Date, Due On, Due, Deadline, Expected End Date, Planned End Date,
        Planned End, Target Date, Finish Date, Enddatum, Ende, Fällig, Fällig am, Fälligkeit,
        Fälligkeitsdatum, Endet am, Termin, Frist, Geplantes Ende
        """
    ),
    "Start Value": split_words(
        """
        Start Value, Baseline, Starting Value, Initial Value, Initial, Baseline Value, Metric Start Value,
        Metric Start, Startwert, Ausgangswert, Anfangswert, Basiswert
        """
    ),
    "Target Value": split_words(
        """
        Target Value, Target, Goal Value, Metric Target Value, Metric Target, Target Number, Zielwert,
        Sollwert, Soll, Soll-Wert
        """
    ),
    "Current Value": split_words(
        """
        Current Value, Current, Actual, Actual Value, Metric Current Value, Latest Value, Value Now,
        Istwert, Ist, Ist-Wert, Aktueller Wert, Aktuell, Aktueller Stand
        """
    ),
    "Status": split_words("Status, Progress Status, Health, RAG, RAG Status, Confidence Status, Ampel, Ampelstatus"),
    "Because": split_words("Because, Why It Serves, Rationale, Weil, Begründung"),
    "Measure Unit": split_words(
        """
        Measure Unit, Unit of Measure, Unit of Measurement, Measurement Unit, Metric Unit, UoM, Maßeinheit,
        Messeinheit
        """
    ),
    "Direction": split_words("Direction, Richtung"),
    "Link Kind": split_words("Link Kind, Art der Verbindung"),
    "Weight": split_words("Weight, Gewicht, Gewichtung"),
    "In Return": ("In Return",),
    "Link State": ("Link State",),
    "Draft": ("Draft",),
    "Invited Units": ("Invited Units",),
    "Audience Units": ("Audience Units",),
    "Readings": split_words("Readings, Messwerte"),
    REVISION: (REVISION,),
}
"""The columns of an OKR sheet, with what they are called, the better words first."""

ROW_NUMBER_HEADINGS = split_words(
    """
    Outline, Outline Number, WBS, Order, #, No, No., Nr, Nr., Number, Nummer, Gliederung, Gliederungsnummer,
    Lfd. Nr.
    """
)
"""Numbers of rows, which may be an outline's; they are row ids where nothing else is."""
PERSON_HEADINGS = split_words(
    """
    Owner, Accountable, Responsible, Lead, DRI, Assignee, Owners, Owner Name, Owner Email, Owner Emails,
    Owner E-Mail, Owned By, Assigned To, Accountable Person, Leader, Champion, Verantwortlich,
    Verantwortliche, Verantwortlicher, Verantwortliche Person, Verantwortliche(r), Verantwortliche/r,
    Zuständig, Besitzer, Eigentümer, Inhaber, Bearbeiter, Eigner
    """
)
"""Who answers for a row: a unit, or a person. They own rows where no column names units."""
START_HEADINGS = split_words("Start, Begin, Anfang")
"""A day or a value: the cells below tell."""
UNIT_HEADINGS = split_words("Unit, Einheit")
"""The unit that owns a row, or what a key result is measured in: the other columns tell."""
GOAL_HEADINGS = split_words("Objective, Objectives, Goal, Goals, Ziel, Ziele")
RESULT_HEADINGS = split_words(
    """
    Key Result, Key Results, KR, KRs, Key Result Title, Key Result Name, KPI, Schlüsselergebnis,
    Schlüsselergebnisse
    """
)
"""Sheets that have an objective and its key result side by side in one row, which is not read."""

_BETWEEN = re.compile(r"[\s_\-‐‑–—]+")
_AT_THE_END = re.compile(r"[\s*:]+\Z")
_IN_BRACKETS = re.compile(r"\s*\([^()]*\)\Z|\s*\[[^\[\]]*\]\Z")


def heading_key(text: str) -> str:
    """What is the same for headings that are the same: `Row-ID *`, `row id:` and `ROW_ID`. Empty for what is a text."""
    if len(text) > LONGEST:
        return ""
    tidy = unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())
    return _BETWEEN.sub("_", _AT_THE_END.sub("", tidy).strip())


COLUMN_BY_KEY: Mapping[str, str] = {
    heading_key(each): name for name, spellings in SPELLINGS.items() for each in spellings
}
RANK_BY_KEY: Mapping[str, int] = {
    heading_key(each): rank for spellings in SPELLINGS.values() for rank, each in enumerate(spellings)
}
ROW_NUMBER_KEYS = [heading_key(each) for each in ROW_NUMBER_HEADINGS]
PERSON_KEYS = [heading_key(each) for each in PERSON_HEADINGS]
START_KEYS, UNIT_KEYS = frozenset(map(heading_key, START_HEADINGS)), frozenset(map(heading_key, UNIT_HEADINGS))
GOAL_KEYS, RESULT_KEYS = frozenset(map(heading_key, GOAL_HEADINGS)), frozenset(map(heading_key, RESULT_HEADINGS))
_KNOWN = {*COLUMN_BY_KEY, *ROW_NUMBER_KEYS, *PERSON_KEYS, *START_KEYS, *UNIT_KEYS}


def known_key(text: str) -> str:
    """The key of a heading; without what it says in brackets where only the rest is known (`Due Date (optional)`)."""
    key = heading_key(text)
    if key in _KNOWN or not key:
        return key
    rest = heading_key(_IN_BRACKETS.sub("", text.rstrip(" *:")))
    return rest if rest in _KNOWN else key


def column_named(text: str) -> str | None:
    """The column that somebody means by a word: any of its spellings; `Owner` for one that may name people, `Outline`
    for numbers of rows. None: no column is called that.
    """
    key = heading_key(text)
    if key in COLUMN_BY_KEY:
        return COLUMN_BY_KEY[key]
    if key in UNIT_KEYS:
        return "Entity"
    if key in PERSON_KEYS:
        return OWNER
    return OUTLINE if key in ROW_NUMBER_KEYS else None
