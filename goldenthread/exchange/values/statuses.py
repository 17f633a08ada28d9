"""The words that tools and people have for how a goal goes, and those that say something else."""

from __future__ import annotations

import re

from goldenthread.contracts.enums import ProgressStatus

_LONGEST = 40
_WORDS = {
    ProgressStatus.ON_TRACK: (
        "on track, on target, on schedule, on plan, green, ahead, ahead of plan, ahead of schedule, healthy, "
        "auf kurs, im plan, nach plan, planmäßig, planmässig, im zeitplan, grün, über plan, vor plan"
    ),
    ProgressStatus.AT_RISK: (
        "at risk, needs attention, needs work, some risk, amber, yellow, orange, gefährdet, in gefahr, mit risiko, "
        "gelb, aufmerksamkeit nötig, braucht aufmerksamkeit"
    ),
    ProgressStatus.OFF_TRACK: (
        "off track, off target, off plan, behind, behind plan, behind schedule, red, critical, in trouble, unhealthy, "
        "nicht auf kurs, vom kurs abgekommen, nicht im plan, hinter plan, hinter dem plan, im rückstand, kritisch, rot"
    ),
}
_CIRCLES = {
    "🟢": ProgressStatus.ON_TRACK,
    "🟡": ProgressStatus.AT_RISK,
    "🟠": ProgressStatus.AT_RISK,
    "🔴": ProgressStatus.OFF_TRACK,
}
_STATUSES = {word: status for status, words in _WORDS.items() for word in words.split(", ")}
_ENDED = (
    "done, complete, completed, closed, finished, achieved, accomplished, missed, failed, not achieved, dropped, "
    "partially achieved, partial, cancelled, canceled, abandoned, archived, erledigt, fertig, abgeschlossen, beendet, "
    "geschlossen, erreicht, nicht erreicht, teilweise erreicht, verfehlt, abgebrochen, storniert, verworfen, archiviert"
)
_UNDER_WAY = (
    "not started, to do, todo, open, new, draft, planned, pending, upcoming, in progress, progressing, ongoing, "
    "active, started, blocked, delayed, late, postponed, deferred, on hold, paused, no status, not updated, "
    "nicht begonnen, nicht gestartet, offen, neu, entwurf, geplant, ausstehend, in arbeit, in bearbeitung, laufend, "
    "update overdue, läuft, aktiv, begonnen, gestartet, blockiert, verspätet, verzögert, im verzug, verschoben, "
    "zurückgestellt, pausiert, angehalten, ruht, kein status"
)
_NUMBER = re.compile(r"[\d.,]+ ?%?", re.ASCII)
_WRITE = "write On Track, At Risk or Off Track"


def parse_status(text: str) -> ProgressStatus:
    """The status that a person means. Raises ValueError, with words for a person, for any other word."""
    found = {_CIRCLES[char] for char in text if char in _CIRCLES} if len(text) <= _LONGEST else set()
    word = status_key(text)
    if word in _STATUSES:
        found.add(_STATUSES[word])
    if len(found) == 1 and (not word or word in _STATUSES):
        return found.pop()
    raise ValueError(_why_not(text, word))


def status_key(text: str) -> str:
    """How words of statuses are compared: without case, signs and colours; `on_hold` is `on hold`."""
    return (
        " ".join(re.sub(r"[^\w%.,]|_", " ", text[: _LONGEST + 1].casefold()).split()) if len(text) <= _LONGEST else ""
    )


def _why_not(text: str, word: str) -> str:
    named = f"“{' '.join(text.split())[:_LONGEST]}” is not a status"
    if word in _ENDED.split(", "):
        return f"{named}: it says that a goal has ended, and an import ends none. Close it here, or {_WRITE}"
    if word in _UNDER_WAY.split(", "):
        return (
            f"{named}: it says what is done about a goal, not whether it will be reached; {_WRITE}, or leave it empty"
        )
    if word and _NUMBER.fullmatch(word):
        return f"{named}: a number is a Current Value; {_WRITE}"
    return f"{named}; {_WRITE}"
