"""What people and other tools write above the columns of a plan, in English and German. Nothing else knows these words.

A column is found under any of its spellings, whatever the case, the signs between words, and a `*` or `:` at the end.
Where a sheet has several of one column's, the one that stands first here is read, and the note about columns that were
not read names the others. Words that may mean two things stand here only where a rule tells which (`columns`).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping


def words_of(text: str) -> tuple[str, ...]:
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
STANDING = ("In Return", "Link State", "Draft", "Invited Units", "Audience Units")
"""What else an export says of links, of objectives and of whys."""
OPTIONAL_COLUMNS = ("Because", "Measure Unit", "Direction", "Link Kind", "Weight", *STANDING, "Readings", REVISION)
OUTLINE, OWNER = "Outline", "Owner"
"""What may be meant by a heading besides: numbers that place a row in an outline, and who answers for it."""

SPELLINGS: Mapping[str, tuple[str, ...]] = {
    "Row ID": words_of(
        """
        Row ID, ID, RowID, Row, Key, OKR ID, Goal ID, Objective ID, Item ID, Issue Key, Ref, Zeilen-ID,
        Kennung, Schlüssel, ID-Nr.
        """
    ),
    "Type": words_of(
        """
        Type, Row Type, Item Type, Record Type, Entry Type, Issue Type, Kind, Typ, Zeilentyp, Art,
        Elementtyp, Vorgangstyp
        """
    ),
    "Title": words_of(
        """
        Title, Name, Summary, OKR Title, OKR Name, Goal Title, Goal Name, Objective Title, Objective Name,
        Item Name, Titel, Bezeichnung, Zusammenfassung
        """
    ),
    "Description": words_of("Description, Details, Narrative, Beschreibung, Erläuterung"),
    "Parent": words_of(
        """
        Parent, Parents, Parent ID, Parent IDs, Parent Row ID, Parent Row IDs, Parent Goal, Parent OKR,
        Parent Objective, Parent Objective ID, Parent Goal ID, Parent Goal IDs, Parent Key, Parent Title,
        Parent Name, Parent Item, Aligned To, Aligns To, Align To, Supports, Contributes To, Übergeordnet,
        Übergeordnetes Ziel, Übergeordnetes Element, Oberziel, Eltern, Elternteil, Eltern-ID, Ausgerichtet
        auf, Ausgerichtet an, Zahlt ein auf, Unterstützt, Gehört zu
        """
    ),
    "Entity": words_of(
        """
        Entity, Owning Unit, Team, Department, Teams, Departments, Team Name, Owning Team, Owner Team,
        Business Unit, Org Unit, Organizational Unit, Organisational Unit, Division, Squad, Group, Abteilung,
        Bereich, Organisationseinheit, Gruppe, Teamname, Fachbereich
        """
    ),
    "Time Period": words_of(
        """
        Time Period, Period, Cycle, Timeframe, Time Frame, Quarter, Session, OKR Period, OKR Cycle, Goal
        Cycle, Planning Period, Program Increment, Zeitraum, Periode, Zyklus, Quartal
        """
    ),
    "Start Date": words_of(
        """
        Start Date, Starts On, Start On, Expected Start Date, Planned Start Date, Planned Start, Begin Date,
        Startdatum, Beginn, Anfangsdatum, Beginnt am, Geplanter Beginn
        """
    ),
    "End Date": words_of(
        """
        End Date, End, Ends On, Due Date, Due On, Due, Deadline, Expected End Date, Planned End Date,
        Planned End, Target Date, Finish Date, Enddatum, Ende, Fällig, Fällig am, Fälligkeit,
        Fälligkeitsdatum, Endet am, Termin, Frist, Geplantes Ende
        """
    ),
    "Start Value": words_of(
        """
        Start Value, Baseline, Starting Value, Initial Value, Initial, Baseline Value, Metric Start Value,
        Metric Start, Startwert, Ausgangswert, Anfangswert, Basiswert
        """
    ),
    "Target Value": words_of(
        """
        Target Value, Target, Goal Value, Metric Target Value, Metric Target, Target Number, Zielwert,
        Sollwert, Soll, Soll-Wert
        """
    ),
    "Current Value": words_of(
        """
        Current Value, Current, Actual, Actual Value, Metric Current Value, Latest Value, Value Now,
        Istwert, Ist, Ist-Wert, Aktueller Wert, Aktuell, Aktueller Stand
        """
    ),
    "Status": words_of("Status, Progress Status, Health, RAG, RAG Status, Confidence Status, Ampel, Ampelstatus"),
    "Because": words_of("Because, Why It Serves, Rationale, Weil, Begründung"),
    "Measure Unit": words_of(
        """
        Measure Unit, Unit of Measure, Unit of Measurement, Measurement Unit, Metric Unit, UoM, Maßeinheit,
        Messeinheit
        """
    ),
    "Direction": words_of("Direction, Richtung"),
    "Link Kind": words_of("Link Kind, Art der Verbindung"),
    "Weight": words_of("Weight, Gewicht, Gewichtung"),
    "In Return": ("In Return",),
    "Link State": ("Link State",),
    "Draft": ("Draft",),
    "Invited Units": ("Invited Units",),
    "Audience Units": ("Audience Units",),
    "Readings": words_of("Readings, Messwerte"),
    REVISION: (REVISION,),
}
"""The columns of an OKR sheet, with what they are called, the better words first."""

NUMBERS = words_of(
    """
    Outline, Outline Number, WBS, Order, #, No, No., Nr, Nr., Number, Nummer, Gliederung, Gliederungsnummer,
    Lfd. Nr.
    """
)
"""Numbers of rows, which may be an outline's; they are row ids where nothing else is."""
SOMEBODY = words_of(
    """
    Owner, Accountable, Responsible, Lead, DRI, Assignee, Owners, Owner Name, Owner Email, Owner Emails,
    Owner E-Mail, Owned By, Assigned To, Accountable Person, Leader, Champion, Verantwortlich,
    Verantwortliche, Verantwortlicher, Verantwortliche Person, Verantwortliche(r), Verantwortliche/r,
    Zuständig, Besitzer, Eigentümer, Inhaber, Bearbeiter, Eigner
    """
)
"""Who answers for a row: a unit, or a person. They own rows where no column names units."""
BEGIN = words_of("Start, Begin, Anfang")
"""A day or a value: the cells below tell."""
UNIT = words_of("Unit, Einheit")
"""The unit that owns a row, or what a key result is measured in: the other columns tell."""
OF_GOALS = words_of("Objective, Objectives, Goal, Goals, Ziel, Ziele")
OF_RESULTS = words_of(
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


NAMES: Mapping[str, str] = {heading_key(each): name for name, spellings in SPELLINGS.items() for each in spellings}
RANKS: Mapping[str, int] = {
    heading_key(each): rank for spellings in SPELLINGS.values() for rank, each in enumerate(spellings)
}
NUMBER_KEYS = [heading_key(each) for each in NUMBERS]
SOMEBODY_KEYS = [heading_key(each) for each in SOMEBODY]
BEGIN_KEYS, UNIT_KEYS = frozenset(map(heading_key, BEGIN)), frozenset(map(heading_key, UNIT))
GOAL_KEYS, RESULT_KEYS = frozenset(map(heading_key, OF_GOALS)), frozenset(map(heading_key, OF_RESULTS))
_KNOWN = {*NAMES, *NUMBER_KEYS, *SOMEBODY_KEYS, *BEGIN_KEYS, *UNIT_KEYS}


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
    if key in NAMES:
        return NAMES[key]
    if key in UNIT_KEYS:
        return "Entity"
    if key in SOMEBODY_KEYS:
        return OWNER
    return OUTLINE if key in NUMBER_KEYS else None
